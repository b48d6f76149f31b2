"""An idle process is quiet: its timetable for a minute costs less than a transaction a second."""

from datetime import timedelta

from sqlalchemy import Engine, event

from config.database import transaction
from jobs.agenda import Agenda
from jobs.runner import Runner
from jobs.startup import StartupStage
from jobs.timetable import TIMETABLE
from notifications.message import Channel
from notifications.outbox.claim import Lanes, take
from tests.world import World

MINUTE = 60


async def let_a_minute_pass(world: World, runner: Runner) -> int:
    """Run the timetable of a minute, second by second; how many transactions it took."""
    transactions, second = 0, 0

    def begun(_: object) -> None:
        nonlocal transactions
        transactions += 1

    runner._agenda = Agenda(world.service, lambda: float(second))
    runner._startup.stage = StartupStage.SEND
    event.listen(Engine, "begin", begun)
    try:
        for second in range(MINUTE):
            for tick in TIMETABLE:
                if tick.need is not None or second % tick.seconds == 0:
                    await runner.run(tick)
            world.clock.advance(seconds=1)
    finally:
        event.remove(Engine, "begin", begun)
    return transactions


async def test_a_minute_without_work_is_less_than_a_transaction_a_second(world: World) -> None:
    await world.tick()
    assert await let_a_minute_pass(world, Runner(world.service)) < MINUTE


async def test_what_is_due_in_it_is_done(world: World) -> None:
    await world.tick()
    runner = Runner(world.service)
    runner._startup.stage = StartupStage.SEND
    await world.receive("bottom_line.breached", bottom_line="x", at=world.now_text())
    assert await let_a_minute_pass(world, runner) > 0
    assert world.everything()


async def test_what_a_lost_worker_left_is_found_though_nothing_else_is_due(world: World) -> None:
    await world.tick()
    await world.receive("bottom_line.breached", bottom_line="x", at=world.now_text())
    now = world.clock.now()
    async with transaction(world.service.sessions) as session:
        lanes = Lanes(list(Channel), list(Channel))
        while await take(session, "a worker that is lost", now, now + timedelta(seconds=20), lanes):
            pass
    runner = Runner(world.service)
    await let_a_minute_pass(world, runner)
    assert world.everything()

"""The runner: drains, wakes, survives what a step raises, and stops without losing hold."""

import asyncio
from datetime import UTC, datetime

import pytest

from jobs.agenda import Need
from jobs.runner import Runner
from jobs.startup import StartupStage
from jobs.timetable import TIMETABLE, Tick
from notifications.message import Channel
from service.app import Service
from tests.waiting import others_turn, until
from tests.world import World


class Steps:
    """A step that has so many things to do, and remembers when they were done."""

    def __init__(self, things: int = 0) -> None:
        self.things, self.done, self.reached = things, 0, asyncio.Event()

    async def __call__(self, service: Service, now: datetime) -> bool:
        self.done += 1
        if self.done >= self.things:
            self.reached.set()
        return self.done < self.things


async def test_a_tick_that_fails_is_known_to_fail_until_it_does_not(world: World) -> None:
    healthy = False

    async def step(*_: object) -> bool:
        if not healthy:
            raise RuntimeError("one bad email")
        return False

    runner, tick = Runner(world.service, [Tick("test", 3600, step)]), Tick("test", 3600, step)
    runner._startup.stage = tick.stage
    await runner.run(tick)
    assert list(world.service.tick_health.failing()) == ["test"]
    healthy = True
    runner._rests_until.clear()
    await runner.run(tick)
    assert list(world.service.tick_health.failing()) == []


async def test_a_tick_goes_on_while_there_is_more(world: World) -> None:
    steps = Steps(things=50)
    runner = Runner(world.service, [Tick("test", 0.05, steps)])
    runner.start()
    await steps.reached.wait()
    await runner.stop()
    assert world.service.tick_health.steps["test"] >= 50


async def test_what_came_in_is_dealt_with_before_the_timetable_says_so(world: World) -> None:
    steps = Steps(things=1)
    runner = Runner(world.service, [Tick("test", 3600, steps, woken=True)])
    runner.start()
    world.service.woken.set()
    await steps.reached.wait()
    await runner.stop()


async def test_of_what_comes_in_close_succession_the_last_is_dealt_with_soon_too(world: World) -> None:
    dealt_with = asyncio.Event()
    came, found = 0, list[int]()

    async def step(service: Service, now: datetime) -> bool:
        found.append(came)
        if came == 20:
            dealt_with.set()
        return False

    runner = Runner(world.service, [Tick("test", 3600, step, woken=True)])
    runner.start()
    for _ in range(20):
        came += 1
        world.service.woken.set()
        while world.service.woken.is_set():
            await others_turn()
    await dealt_with.wait()
    await runner.stop()
    assert found[-1] == 20


async def test_the_lanes_are_woken_for_what_is_urgent_and_for_nothing_else(world: World) -> None:
    lane, other = Steps(), Steps()
    lanes = [Tick("lane", 3600, lane, woken=True, stage=StartupStage.URGENT), Tick("other", 3600, other, woken=True)]
    runner = Runner(world.service, lanes)
    runner.start()
    await world.receive("visit.recorded", by="w-sw")
    await other.reached.wait()
    assert lane.done == 0
    await world.receive("bottom_line.breached", bottom_line="x", at=world.now_text())
    await lane.reached.wait()
    await runner.stop()


async def test_a_step_that_goes_on_raising_is_given_a_rest(world: World) -> None:
    tries: list[float] = []
    again = asyncio.Event()

    async def step(service: Service, now: datetime) -> bool:
        tries.append(asyncio.get_running_loop().time())
        if len(tries) == 2:
            again.set()
        raise ValueError("the database is away")

    runner = Runner(world.service, [Tick("test", 0.01, step)])
    runner.start()
    await again.wait()
    await runner.stop()
    assert tries[1] - tries[0] >= 0.9


async def test_a_step_that_raises_is_tried_again(world: World) -> None:
    tries, again = 0, asyncio.Event()

    async def step(service: Service, now: datetime) -> bool:
        nonlocal tries
        tries += 1
        if tries == 1:
            raise ValueError("a fault of ours")
        again.set()
        return False

    runner = Runner(world.service, [Tick("test", 0.05, step)])
    runner.start()
    await again.wait()
    await runner.stop()


async def test_stopping_lets_a_step_come_to_its_end_and_begins_none(world: World) -> None:
    begun, ended, go_on = 0, 0, asyncio.Event()
    inside = asyncio.Event()

    async def step(service: Service, now: datetime) -> bool:
        nonlocal begun, ended
        begun += 1
        inside.set()
        await go_on.wait()
        ended += 1
        return True

    runner = Runner(world.service, [Tick("test", 0.05, step)])
    runner.start()
    await inside.wait()
    stopping = asyncio.create_task(runner.stop())
    await others_turn()
    go_on.set()
    await stopping
    assert (begun, ended) == (1, 1)


async def test_stopping_lets_the_agenda_come_to_its_end(world: World, caplog: pytest.LogCaptureFixture) -> None:
    runner = Runner(world.service, [Tick("test", 3600, Steps(), need=Need.LOOK)])
    runner.start()
    await runner._agenda._asking.acquire()
    runner._scheduler.modify_job("agenda", next_run_time=datetime.now(UTC))
    await until(lambda: bool(runner._agenda._asking._waiters))
    stopping = asyncio.create_task(runner.stop())
    await until(lambda: runner._ended == {"test"})
    runner._agenda._asking.release()
    await stopping
    assert [record.name for record in caplog.records if "apscheduler" in record.name] == []


async def test_every_alert_has_a_lane_that_nothing_else_uses() -> None:
    names = [tick.name for tick in TIMETABLE]
    alerted = [channel.value for channel in Channel if channel.spec.urgent]
    assert alerted
    assert all({f"urgent-{channel}-1", f"urgent-{channel}-3"} <= set(names) for channel in alerted)
    assert len(set(names)) == len(names)


async def test_the_real_timetable_tells_a_breach_and_stops(world: World) -> None:
    runner = Runner(world.service)
    runner.start()
    await world.receive("bottom_line.breached", bottom_line="x", at=world.now_text())
    await until(lambda: len(world.everything()) >= 4)
    await runner.stop()
    assert len(world.everything()) == 4

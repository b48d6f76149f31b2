"""What a message costs from due to settled: with the real last check over real plans, to receivers beside it.

`python -m bench.delivery [sqlite|postgres] [--profile] [NUMBER]` prints for emails, then for texts: this process's own
milliseconds, messages a second, statements and commits.
"""

import asyncio
import cProfile
import pstats
import sys
import tempfile
import time
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import Engine, event

from bench.faults.rig import caseload, council
from bench.faults.rig.clock import START
from bench.faults.rig.databases import database
from bench.faults.rig.receivers import Receivers, receivers
from bench.faults.rig.worker import Job
from config.clock import ManualClock
from config.garbage import collect_seldom
from config.logs import configure_logs
from jobs.timetable import TIMETABLE, Tick
from notifications.message import Channel
from service.app import Service, open_service

PLANS = 2_000
_NUMBERS = 1_000  # that are nobody's: each is texted once
_DUE = {
    Channel.SMS: START + timedelta(days=1, hours=1, minutes=1),  # they are asked
    Channel.EMAIL: START + timedelta(days=28, hours=-1, minutes=-29),  # their visits are due
}
_MOST_MS = 1.2


class Counts:
    """Statements and commits of this process."""

    def __init__(self) -> None:
        self.statements = self.commits = 0
        event.listen(Engine, "before_cursor_execute", self._statement)
        event.listen(Engine, "commit", self._commit)

    def _statement(self, *_: object) -> None:
        self.statements += 1

    def _commit(self, *_: object) -> None:
        self.commits += 1


async def fill(service: Service, clock: ManualClock, plans: int) -> None:
    """Plans, ten to a worker, whose visits are due on one morning, and of each somebody who is texted every day."""
    at = clock.now()
    raws = caseload.staff(at)
    for number in range(plans):
        worker, name = f"w-{number // council.PLANS_OF_A_TEAM}", f"P-{number}"
        raws += caseload.person(worker, at) if number % council.PLANS_OF_A_TEAM == 0 else []
        raws += caseload.plan(name, at, worker)
        if number < _NUMBERS:
            raws += caseload.check_in(name, f"+447700900{number:03}", at)
    await council.take(service, raws)


async def go_on(service: Service, clock: ManualClock, moment: datetime) -> None:
    """Let time pass, and look at what is due then."""
    clock.set(moment)
    await council.look(service)


async def hand_over(service: Service, channel: Channel) -> None:
    """All lanes of a channel at a time, until nothing is due."""
    lanes = [tick for tick in TIMETABLE if tick.name.startswith(f"{channel.value}-")]
    await asyncio.gather(*(_drain(service, lane) for lane in lanes))


async def _drain(service: Service, lane: Tick) -> None:
    due = True
    while due:
        due = await lane.step(service, service.clock.now())


async def measure(service: Service, receiving: Receivers, channel: Channel, counts: Counts) -> float:
    """Print what the messages that are due cost; the milliseconds of each."""
    arrived = len(receiving.arrivals[channel.value])
    before = (counts.statements, counts.commits, time.process_time(), time.perf_counter())
    await hand_over(service, channel)
    processor, wall = time.process_time() - before[2], time.perf_counter() - before[3]
    receiving.read()
    number = len(receiving.arrivals[channel.value]) - arrived
    statements, commits = counts.statements - before[0], counts.commits - before[1]
    each = processor / number * 1000
    print(
        f"{channel.value}: {number} handed over, {each:.2f} ms of this process each, {number / wall:.0f} a second,"
        f" {statements / number:.2f} statements and {commits / number:.2f} commits each"
    )
    return each


async def _measured(
    service: Service, receiving: Receivers, channel: Channel, counts: Counts, *, profile: bool
) -> float:
    if not profile:
        return await measure(service, receiving, channel, counts)
    profiler = cProfile.Profile()
    profiler.enable()
    try:
        return await measure(service, receiving, channel, counts)
    finally:
        profiler.disable()
        pstats.Stats(profiler).sort_stats("tottime").print_stats(50)
        pstats.Stats(profiler).sort_stats("cumtime").print_stats(90)


async def main(name: str, plans: int, *, profile: bool) -> bool:
    """Fill, measure, print; whether a message costs no more than it may."""
    good = True
    with tempfile.TemporaryDirectory() as folder, database(name, Path(folder)) as db:
        async with receivers(Path(folder)) as receiving:
            job = Job(db.url, receiving.smtp_port, receiving.http_port, 0.0, 1.0, 60.0)
            clock = ManualClock(START)
            service = await open_service(job.settings, clock=clock)
            began = time.process_time()
            await fill(service, clock, plans)
            print(f"{name}: {plans} plans in after {time.process_time() - began:.0f} s")
            collect_seldom()
            counts = Counts()
            for channel, moment in _DUE.items():
                await go_on(service, clock, moment)
                good &= await _measured(service, receiving, channel, counts, profile=profile) <= _MOST_MS
            await service.close()
    return good


if __name__ == "__main__":
    configure_logs(json=True)
    arguments = [argument for argument in sys.argv[1:] if not argument.startswith("--")]
    databases = [argument for argument in arguments if not argument.isdecimal()] or ["sqlite"]
    number = next((int(argument) for argument in arguments if argument.isdecimal()), PLANS)
    kept = [asyncio.run(main(name, number, profile="--profile" in sys.argv)) for name in databases]
    sys.exit(not all(kept))

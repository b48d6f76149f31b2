"""What a message costs from due to settled: with the real last check over real plans, to receivers beside it.

`python -m bench.delivery [sqlite|postgres] [--profile] [--digests] [NUMBER]` prints for texts, then for emails, or for
digests of ten lines with their gathering: this process's own milliseconds, messages a second, statements and commits.
"""

import asyncio
import cProfile
import pstats
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
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
from service.use_cases.looks.send_gathered import send_gathered

PLANS = 2_000
_NUMBERS = 1_000  # that are nobody's: each is texted once
_DUE = {
    Channel.SMS: START + timedelta(days=1, hours=1, minutes=1),  # they are asked
    Channel.EMAIL: START + timedelta(days=28, hours=-1, minutes=-29),  # their visits are due
}
# The morning of a Monday, on which each worker has a digest of the visits to come. Before it come the first digest, on
# a Wednesday, and what else is due that Monday, a minute earlier.
_BEFORE_DIGESTS = (START + timedelta(days=21, hours=-1, minutes=-30), START + timedelta(days=26, hours=-2, minutes=-31))
_DIGESTS = START + timedelta(days=26, hours=-2, minutes=-30)
_PLANS_OF_TEN_LINES = 5  # of each a visit as social worker and one as key professional
_MOST_MS, _MOST_MS_A_DIGEST = 1.2, 3.0


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


async def fill(service: Service, clock: ManualClock, plans: int, of_a_worker: int, *, two_visits: bool = False) -> None:
    """Plans, so many to a worker, whose visits are due on one morning; of each somebody who is texted every day.

    `two_visits`: the worker owes two on each plan, in two roles.
    """
    at = clock.now()
    raws = caseload.staff(at)
    for number in range(plans):
        worker, name = f"w-{number // of_a_worker}", f"P-{number}"
        raws += caseload.person(worker, at) if number % of_a_worker == 0 else []
        raws += caseload.plan(name, at, worker)
        raws += _second_visit(name, worker, at) if two_visits else []
        if number < _NUMBERS:
            raws += caseload.check_in(name, f"+447700900{number:03}", at)
    await council.take(service, raws)


def _second_visit(plan: str, worker: str, at: datetime) -> list[caseload.Raw]:
    """The worker of a plan is its key professional as well, and visits as often."""
    agreed = {"by_role": "key_professional", "every": "4 weeks"}
    return [
        caseload.event("role.assigned", plan, f"kp-{plan}", at, role="key_professional", person=worker),
        caseload.event("visits.agreed", plan, plan, at, **agreed),
    ]


async def go_on(service: Service, clock: ManualClock, moment: datetime) -> None:
    """Let time pass, and look at what is due then."""
    clock.set(moment)
    await council.look(service)


async def hand_over(service: Service, channel: Channel) -> None:
    """All lanes of a channel at a time, until nothing is due."""
    lanes = [tick for tick in TIMETABLE if tick.name.startswith(f"{channel.value}-")]
    await asyncio.gather(*(_drain(service, lane) for lane in lanes))


async def gather(service: Service) -> float:
    """Gather the lines that are due into digests; the milliseconds of processor that it took."""
    began = time.process_time()
    while await send_gathered(service.sessions, service.book, service.clock.now()):
        pass
    return (time.process_time() - began) * 1000


async def _until_digests(service: Service, clock: ManualClock) -> None:
    """Let time pass until the digests are due, and nothing else."""
    for moment in _BEFORE_DIGESTS:
        await go_on(service, clock, moment)
        await gather(service)
        await hand_over(service, Channel.EMAIL)
    await go_on(service, clock, _DIGESTS)


async def _drain(service: Service, lane: Tick) -> None:
    due = True
    while due:
        due = await lane.step(service, service.clock.now())


@dataclass(frozen=True, slots=True)
class Measured:
    """What is handed over, and by what."""

    name: str
    channel: Channel
    work: Callable[[Service], Awaitable[None]]


async def measure(service: Service, receiving: Receivers, measured: Measured, counts: Counts) -> float:
    """Print what the messages that are due cost; the milliseconds of each."""
    channel = measured.channel
    receiving.read()
    arrived = len(receiving.arrivals[channel.value])
    before = (counts.statements, counts.commits, time.process_time(), time.perf_counter())
    await measured.work(service)
    processor, wall = time.process_time() - before[2], time.perf_counter() - before[3]
    receiving.read()
    number = len(receiving.arrivals[channel.value]) - arrived
    statements, commits = counts.statements - before[0], counts.commits - before[1]
    each = processor / number * 1000
    print(
        f"{measured.name}: {number} handed over, {each:.2f} ms of this process each, {number / wall:.0f} a second,"
        f" {statements / number:.2f} statements and {commits / number:.2f} commits each"
    )
    return each


async def _measured(
    service: Service, receiving: Receivers, measured: Measured, counts: Counts, *, profile: bool
) -> float:
    if not profile:
        return await measure(service, receiving, measured, counts)
    profiler = cProfile.Profile()
    profiler.enable()
    try:
        return await measure(service, receiving, measured, counts)
    finally:
        profiler.disable()
        pstats.Stats(profiler).sort_stats("tottime").print_stats(50)
        pstats.Stats(profiler).sort_stats("cumtime").print_stats(90)


async def main(name: str, plans: int, *, profile: bool, digests: bool) -> bool:
    """Fill, measure, print; whether a message costs no more than it may."""
    good = True
    with tempfile.TemporaryDirectory() as folder, database(name, Path(folder)) as db:
        async with receivers(Path(folder)) as receiving:
            job = Job(db.url, receiving.smtp_port, receiving.http_port, 0.0, 1.0, 60.0)
            clock = ManualClock(START)
            service = await open_service(job.settings, clock=clock)
            began = time.process_time()
            of_a_worker = _PLANS_OF_TEN_LINES if digests else council.PLANS_OF_A_TEAM
            await fill(service, clock, plans, of_a_worker, two_visits=digests)
            print(f"{name}: {plans} plans in after {time.process_time() - began:.0f} s")
            collect_seldom()
            counts = Counts()

            async def take(name: str, channel: Channel, work: Callable[[Service], Awaitable[None]]) -> float:
                return await _measured(service, receiving, Measured(name, channel, work), counts, profile=profile)

            work = partial(hand_over, channel=Channel.EMAIL)
            if digests:
                await _until_digests(service, clock)
                gathered = await gather(service)
                good &= await take("digest", Channel.EMAIL, work) <= _MOST_MS_A_DIGEST
                print(f"digest: gathered in {gathered * of_a_worker / plans:.2f} ms each before")
            for channel, moment in ({} if digests else _DUE).items():
                await go_on(service, clock, moment)
                work = partial(hand_over, channel=channel)
                good &= await take(channel.value, channel, work) <= _MOST_MS
            await service.close()
    return good


if __name__ == "__main__":
    configure_logs(json=True)
    arguments = [argument for argument in sys.argv[1:] if not argument.startswith("--")]
    databases = [argument for argument in arguments if not argument.isdecimal()] or ["sqlite"]
    number = next((int(argument) for argument in arguments if argument.isdecimal()), PLANS)
    options = {option: f"--{option}" in sys.argv for option in ("profile", "digests")}
    kept = [asyncio.run(main(name, number, **options)) for name in databases]
    sys.exit(not all(kept))

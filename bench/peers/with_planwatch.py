"""planwatch itself: the reminders of plans that are due on one morning, by the lanes of its own timetable.

The last check is the real one, over plans that were taken in event by event; all that is recorded, is recorded here.
"""

import asyncio
import sys
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import func, select

from bench.faults.rig import caseload, council
from bench.faults.rig.clock import START
from bench.faults.rig.worker import Job
from bench.peers.stopwatch import Stopwatch
from config.clock import ManualClock
from config.database import reading
from config.garbage import collect_seldom
from config.logs import configure_logs
from jobs.timetable import TIMETABLE, Tick
from notifications.message import Channel, Phase
from notifications.tables import attempt, message
from service.app import Service, open_service

# The morning on which the visits are due that were to follow within four weeks.
_DUE = START + timedelta(days=28, hours=-1, minutes=-29)


async def fill(url: str, plans: int) -> None:
    """Plans, ten to a worker, of each of which a reminder is due on one morning."""
    clock = ManualClock(START)
    service = await open_service(Job(url, 1, 1, 0.0, 1.0, 60.0).settings, clock=clock)
    at = clock.now()
    raws = caseload.staff(at)
    for number in range(plans):
        worker = f"w-{number // council.PLANS_OF_A_TEAM}"
        raws += caseload.person(worker, at) if number % council.PLANS_OF_A_TEAM == 0 else []
        raws += caseload.plan(f"P-{number}", at, worker)
    await council.take(service, raws)
    clock.set(_DUE)
    await council.look(service)
    print(await _due(service, clock.now()))
    await service.close()


async def work(url: str, port: int) -> None:
    """Hand over what is due on that morning, until nothing is left."""
    clock = ManualClock(_DUE)
    service = await open_service(Job(url, port, 1, 0.0, 1.0, 60.0).settings, clock=clock)
    collect_seldom()
    lanes = [tick for tick in TIMETABLE if tick.name.startswith("email-")]
    watch = Stopwatch()
    await asyncio.gather(*(_drain(service, lane) for lane in lanes))
    taken = watch.stop(0)
    replace(taken, number=await _handed_over(service)).print()
    await service.close()


async def _drain(service: Service, lane: Tick) -> None:
    is_more_due = True
    while is_more_due:
        is_more_due = await lane.step(service, service.clock.now())
        await asyncio.sleep(0)


async def _due(service: Service, now: datetime) -> int:
    due = (message.c.channel == Channel.EMAIL, message.c.next_attempt_at <= now)
    async with reading(service.sessions) as session:
        return await session.scalar(select(func.count()).where(*due)) or 0


async def _handed_over(service: Service) -> int:
    """By this process, whoever else works on the database."""
    own = (attempt.c.worker == service.name, attempt.c.phase == Phase.ANSWERED)
    async with reading(service.sessions) as session:
        return await session.scalar(select(func.count()).where(*own)) or 0


if __name__ == "__main__":
    configure_logs(json=True)
    match sys.argv[1:]:
        case ["fill", url, plans]:
            asyncio.run(fill(url, int(plans)))
        case ["work", url, port]:
            asyncio.run(work(url, int(port)))

"""48 hours asleep with 10,000 plans due: alerts first and late, nothing lost, and no stale text to a family.

The service has told of a bottom line crossed on some plans, and is to ask their families at ten; then nothing of it
runs for two days. It wakes up with something overdue on every plan, and with alerts that nobody has confirmed. What
counts is what arrives at the mail server and the SMS provider, processes of their own that write it down first.
"""

import asyncio
import time
from collections import Counter
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from bench.faults.rig import case, council
from bench.faults.rig.databases import Database, database
from bench.faults.rig.progress import progress
from bench.faults.rig.receivers import Receivers, receivers
from bench.faults.rig.verdict import Verdict
from bench.faults.rig.worker import Job
from config.clock import FastClock, ManualClock
from jobs.runner import Runner
from notifications.message import Channel
from service.app import Service, open_service
from service.domain.calendar import LONDON
from tests.memory_sender import MemorySender

PLANS = 10_000
ALERTS_EVERY = 100  # one plan in so many has an alert that nobody has confirmed, and a family that is asked
URGENT_WITHIN = 300.0  # real seconds from waking up
BEFORE = datetime(2026, 1, 5, 11, 30, tzinfo=LONDON)  # a Monday
ASLEEP = timedelta(hours=48, minutes=31)
# Real seconds. The rest may wait a quarter of an hour as a storm; after 29 minutes the alerts are told again.
LIMIT = 1700.0
_POLL = 0.5
_DAYS = ("mon", "tue", "wed", "thu", "fri")
_LATER_RUNGS = ("w-oncall@example.org", "w-head@example.org")
Wanted = Counter[tuple[str, str, str]]  # how many by channel, plan, and to whom


def has_alert(number: int) -> bool:
    """Whether the plan of this number has an alert."""
    return number % ALERTS_EVERY == 0


def wanted_of(number: int) -> Wanted:
    """What is to arrive: what is overdue, the alerts at every rung, and that we did not ask."""
    expected: Wanted = Counter()
    for plan in range(number):
        name = council.reference(plan)
        team = plan // council.PLANS_OF_A_TEAM
        worker, manager = f"w-sw-{team}@example.org", f"w-tm-{team}@example.org"
        expected.update([("email", name, worker), ("email", name, manager)])
        if has_alert(plan):
            expected.update(("email", name, who) for who in (worker, worker, manager, *_LATER_RUNGS))
            mobiles = [council.mobile_of(kind, team) for kind in ("sw", "tm")]
            expected.update(("sms", name, mobile) for mobile in (*mobiles, *council.MOBILES[2:]))
    return expected


async def lie_down(service: Service, number: int) -> None:
    """All that is known before sleep comes, and what was told of it."""
    now = service.clock.now()
    events = [*council.staff(now), *council.teams(number, now)]
    for number_of_plan in range(number):
        name = council.reference(number_of_plan)
        events += council.plan(number_of_plan, now)
        events.append(council.event("plan.agreed", name, now, on="2026-01-05"))  # without the next review's date
        if has_alert(number_of_plan):
            events += council.family(number_of_plan, [number_of_plan], now, _DAYS)
            crossed = {"bottom_line": "x", "at": now.isoformat()}
            events.append(council.event("bottom_line.breached", name, now, **crossed))
    await council.take(service, events)
    while await service.delivery.step(urgent_only=True):
        pass


async def asleep(name: str, folder: Path, number: int = PLANS) -> Verdict:
    """Sleep, wake up with so many plans due, and count until all has come."""
    with database(name, folder) as db:
        before = {channel: [MemorySender()] for channel in Channel}
        nowhere = Job(db.url, 1, 1, 0.0, 1.0, 60.0)
        service = await open_service(nowhere.settings, clock=ManualClock(BEFORE), senders=before)
        await lie_down(service, number)
        await service.close()
        async with receivers(folder) as receiving:
            woke, took = await _wake(db, receiving, wanted_of(number))
            return _verdict(db, receiving, woke, took, number)


async def _wake(db: Database, receiving: Receivers, expected: Wanted) -> tuple[float, float]:
    job = Job(db.url, receiving.smtp_port, receiving.http_port, 0.0, 1.0, 60.0)
    service = await open_service(job.settings, clock=FastClock(BEFORE + ASLEEP, 1.0))
    runner = Runner(service)
    woke = time.time()
    runner.start()
    with progress(f"awake, {db.name}", expected.total()) as show:
        while time.time() < woke + LIMIT and expected - _arrived(receiving):
            show(len(receiving.entries))
            await asyncio.sleep(_POLL)
    took = time.time() - woke
    await asyncio.sleep(5)  # for what should not come
    await runner.stop()
    await service.close()
    return woke, took


def _arrived(receiving: Receivers) -> Wanted:
    receiving.read()
    return Counter((entry["channel"], entry["reference"], entry["to"]) for entry in receiving.entries)


def _verdict(db: Database, receiving: Receivers, woke: float, took: float, number: int) -> Verdict:
    expected, arrived = wanted_of(number), _arrived(receiving)
    families = {council.number_of(plan) for plan in range(number)}
    stale = sum(entry["to"] in families for entry in receiving.entries)
    urgent = [
        entry["at"] - woke for entry in receiving.entries if entry["channel"] == "sms" or entry["to"] in _LATER_RUNGS
    ]
    late = sum(seconds > URGENT_WITHIN for seconds in urgent)
    lost, extra = expected - arrived, arrived - expected
    twice = Counter({arrival: count for arrival, count in extra.items() if arrival in expected})
    strangers = (extra - twice).total()
    faults = {"lost": lost.total(), "twice": twice.total(), "unexpected": strangers, "stale": stale, "late": late}
    return Verdict(
        "asleep",
        db.name,
        f"{number:,} plans due after 48 hours, {expected.total():,} messages",
        lost.total(),
        twice.total(),
        strangers,
        late,
        more=(
            f"{stale} stale texts to families",
            f"{len(urgent)} urgent ones within {max(urgent, default=0):.0f} s, everything within {took:.0f} s",
        ),
        faults=tuple(words for words, count in faults.items() if count),
    )


if __name__ == "__main__":
    raise SystemExit(case.run(asleep, partial(asleep, number=PLANS // 5)))

"""What a tick costs when nothing is due: `python -m bench.idle_tick [PLANS]`, 100,000 if no number is given.

Each costs less than 5 ms, however many plans are at rest.
"""

import asyncio
import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta

from sqlalchemy import insert

from config.clock import ManualClock
from config.database import transaction
from config.settings import Settings
from jobs.timetable import TIMETABLE, Tick
from notifications.message import Channel, State, message_id_of
from notifications.tables import message
from service.app import Service, open_service
from service.store.chunks import chunks
from service.store.tables import ledger, obligation, plan
from tests.memory_sender import MemorySender

PLANS = 100_000
ROUNDS = 200
LIMIT_MS = 5.0
NOW = datetime(2026, 3, 4, 10, 0, tzinfo=UTC)


async def fill(service: Service, plans: int, at: datetime) -> None:
    """Plans with an open obligation, a ledger and a message that has gone, and nothing to do before tomorrow."""
    for numbers in chunks(range(plans)):
        names = [f"P-{number:06}" for number in numbers]
        async with transaction(service.sessions) as session:
            await session.execute(insert(plan), [_plan(name, at) for name in names])
            await session.execute(insert(obligation), [_obligation(name, at) for name in names])
            await session.execute(insert(ledger), [_ledger(name, at) for name in names])
            await session.execute(insert(message), [_message(name, at) for name in names])


def _plan(name: str, at: datetime) -> dict[str, object]:
    tomorrow = at + timedelta(days=1, seconds=hash(name) % 86_400)
    return {"id": name, "authority": "dudley", "version": 1, "fault_count": 0, "next_look": tomorrow}


def _ledger(name: str, at: datetime) -> dict[str, object]:
    return {"authority": "dudley", "plan": name, "kind": "seen", "key": "k", "at": at}


def _obligation(name: str, at: datetime) -> dict[str, object]:
    values: dict[str, object] = {"authority": "dudley", "plan": name, "key": f"visit|{name}"}
    values |= {"opened_on": at.date(), "due_on": at.date(), "act_by": at.date()}
    whose = {"responsible_role": "social_worker", "responsible": f"w-{hash(name) % 500}", "status": "open"}
    rule = {
        "kind": "visit_social_worker",
        "rule": "dudley.four-weekly-visit",
        "basis": "guidance",
        "from_event": "e",
        "more": {},
    }
    return values | whose | rule


def _message(name: str, at: datetime) -> dict[str, object]:
    key = f"reminder|{name}"
    who = {"plan": name, "authority": "dudley", "role": "social_worker", "person": f"w-{hash(name) % 500}"}
    content = {"channel": "email", "purpose": "reminder", "urgent": False, "about": [], "template": "reminder"}
    state = {"state": State.SENT, "attempts": 1, "fence": 1, "family": False, "settled_at": at}
    when = {"at": at, "created_at": at, "first_attempt_at": at}
    return {"id": message_id_of(key), "key": key, "context": {}} | who | content | state | when


async def measure(service: Service, tick: Tick) -> list[float]:
    """Milliseconds of each of many idle rounds of a tick."""
    taken = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        assert not await tick.step(service, service.clock.now())
        taken.append((time.perf_counter() - began) * 1000)
    return taken


async def main(plans: int) -> bool:
    """Fill, measure, print; whether every tick stays under the limit."""
    with tempfile.TemporaryDirectory() as folder:
        senders = {channel: [MemorySender()] for channel in Channel}
        settings = Settings(database_url=f"sqlite:///{folder}/bench.db")
        service = await open_service(settings, clock=ManualClock(NOW), senders=senders)
        await fill(service, plans, NOW)
        good = True
        for tick in TIMETABLE:
            taken = await measure(service, tick)
            median, worst = statistics.median(taken), statistics.quantiles(taken, n=100)[98]
            good &= median < LIMIT_MS
            print(f"idle tick {tick.name:<13} {plans:,} plans: median {median:5.2f} ms, 99th {worst:5.2f} ms")
        await service.close()
    return good


if __name__ == "__main__":
    sys.exit(0 if asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else PLANS)) else 1)

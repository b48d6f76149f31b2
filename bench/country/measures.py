"""What is measured at each size: idle ticks, looks that are due, intake, delivery, and the sentinel's questions."""

import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial

from sqlalchemy import Connection, bindparam, delete, select, text, update

from bench.country.council import AUTHORITY, NOW, do_what_is_due
from cli.sentinel import expected_of
from config.clock import ManualClock
from config.database import transaction
from jobs.timetable import TIMETABLE
from notifications.tables import attempt, message
from service.app import Service
from service.sentinel.auditor import Auditor
from service.store.tables import plan
from service.use_cases.intake.receive_events import receive_events
from service.use_cases.looks.look_at_due import look_at_due

DUE, EVENTS, MESSAGES, ROUNDS = 1_000, 200, 200, 10


@dataclass(frozen=True, slots=True)
class Cost:
    """What something took: seconds that passed, and seconds of processor of this process."""

    wall: float
    processor: float

    @classmethod
    async def of(cls, work: Callable[[], Awaitable[object]]) -> "Cost":
        """Do it, and say what it took."""
        began, used = time.perf_counter(), time.process_time()
        await work()
        return cls(time.perf_counter() - began, time.process_time() - used)

    @classmethod
    def least(cls, costs: Sequence["Cost"]) -> "Cost":
        """The least of several."""
        return cls(min(cost.wall for cost in costs), min(cost.processor for cost in costs))


async def idle(service: Service) -> Cost:
    """Every tick once, with nothing to do."""

    async def ticks() -> None:
        for tick in TIMETABLE:
            assert not await tick.step(service, service.clock.now()), tick.name

    return Cost.least([await Cost.of(ticks) for _ in range(ROUNDS)])


async def looks(service: Service) -> Cost:
    """A thousand plans that are due, which come to nothing new."""

    async def drained() -> None:
        while await look_at_due(service.sessions, service.book, NOW, 25):
            pass

    costs = []
    for _ in range(3):  # the first warms it
        async with transaction(service.sessions) as session:
            mine = select(plan.c.id).where(plan.c.authority == AUTHORITY).limit(DUE)
            due = update(plan).where(plan.c.authority == AUTHORITY, plan.c.id.in_(mine.scalar_subquery()))
            await session.execute(due.values(next_look=NOW))
        costs.append(await Cost.of(drained))
    return Cost.least(costs[1:])


async def intake(service: Service, size: int) -> Cost:
    """Events that come in batches, each for another plan; their looks are left to the tick."""
    envelope = {"specversion": "1.0", "source": f"/{AUTHORITY}/new", "type": "visit.recorded", "time": NOW.isoformat()}
    async with service.sessions() as session:
        names = list(await session.scalars(select(plan.c.id).where(plan.c.authority == AUTHORITY).limit(EVENTS)))
    raws = [
        {**envelope, "id": f"{size}-{name}", "subject": name, "data": {"by": "o-head_of_service"}} for name in names
    ]
    halves = (raws[: len(raws) // 2], raws[len(raws) // 2 :])
    take = partial(receive_events, service.sessions, service.book, NOW, looks=0)
    cost = Cost.least([await Cost.of(partial(take, half)) for half in halves])
    await do_what_is_due(service, NOW)  # so that nothing is due when more plans have been added
    return cost


async def delivery(service: Service) -> Cost:
    """Messages that wait again: each is claimed, checked against its plan, and settled."""
    async with transaction(service.sessions) as session:
        mine = (
            select(message.c.id).where(message.c.authority == AUTHORITY, message.c.channel == "email").limit(MESSAGES)
        )
        names = list(await session.scalars(mine))
        await session.execute(delete(attempt).where(attempt.c.message_id.in_(names)))
        fresh = {"state": "queued", "attempts": 0, "next_attempt_at": NOW, "settled_at": None, "outside_id": None}
        again = update(message).where(message.c.id == bindparam("name")).values(**fresh, first_attempt_at=None)
        await session.execute(again, [{"name": name} for name in names])

    async def drained() -> None:
        while await service.delivery.step():
            pass

    return await Cost.of(drained)


class Audits:
    """The looks of one auditor."""

    def __init__(self, service: Service) -> None:
        self._elapsed = 0.0
        self._auditor = Auditor(
            service.sessions, ManualClock(NOW), expected_of(service.book), "bench", lambda: self._elapsed
        )

    async def first(self) -> Cost:
        """The first, which asks about all that is owed."""
        return await Cost.of(self._auditor.look)

    async def usual(self) -> Cost:
        """One between two that ask everything."""
        return await self._least_of(15)

    async def whole(self) -> Cost:
        """One that asks all questions, as every five minutes."""
        return await self._least_of(300)

    async def _least_of(self, seconds: float) -> Cost:
        costs = []
        for _ in range(3):
            self._elapsed += seconds
            costs.append(await Cost.of(self._auditor.look))
        return Cost.least(costs)


def rows_read(connection: Connection) -> dict[str, int]:
    """How many rows PostgreSQL has read so far, table by table through whole scans, index by index through these."""
    scans = text("SELECT relname || ' (whole)', seq_tup_read FROM pg_stat_user_tables")
    indexes = text("SELECT indexrelname, idx_tup_read FROM pg_stat_user_indexes")
    return {str(name): int(number) for asked in (scans, indexes) for name, number in connection.execute(asked)}

"""Plans that are looked at together come to the same as one after the other: random histories of several families."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import date, datetime, time, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from notifications.tables import message
from service.domain.calendar import at_local
from service.domain.own_id import OwnId
from service.store import plans
from service.store.tables import digest_line, ledger, obligation, plan, problem, withheld
from service.use_cases.looks.look_at_plan import look_at_due_plans, look_at_plan
from tests.properties.histories import Raw, history_of
from tests.world import World, book

pytestmark = pytest.mark.both_databases

TABLES = (obligation, ledger, message, digest_line, withheld, problem, plan)
BEGINS = date(2027, 3, 1)
FAMILIES = 5
Looks = Callable[[AsyncSession, list[OwnId], datetime], Awaitable[None]]


def families(seed: int) -> list[Raw]:
    """Histories of one council side by side: the plans are each family's own, the people are the same."""
    raws: list[Raw] = []
    for number in range(FAMILIES):
        for event in history_of(random.Random(f"{seed} {number}"), "south_gloucestershire", BEGINS):
            subject, source = event.get("subject"), f"/family/{number}"
            named = {"subject": f"{subject}-{number}"} if str(subject).startswith("P-") else {}
            raws.append(event | {"source": source} | named)
    return raws


async def together(session: AsyncSession, due: list[OwnId], now: datetime) -> None:
    """All in one go."""
    await look_at_due_plans(session, book(), due, now)


async def one_by_one(session: AsyncSession, due: list[OwnId], now: datetime) -> None:
    """One after the other."""
    for own_id in sorted(due):
        await look_at_plan(session, book(), own_id, now, due_by=now)


async def outcome(world: World, looks: Looks, due: list[OwnId], now: datetime, *, keep: bool = False) -> list[str]:
    """All that is stored after these looks, in lines; nothing of it is kept, unless `keep`."""
    async with world.service.sessions() as session, session.begin() as transaction:
        await looks(session, due, now)
        stored = [
            f"{table.name} {dict(row._mapping)}" for table in TABLES for row in await session.execute(select(table))
        ]
        if not keep:
            await transaction.rollback()
    return sorted(stored)


@pytest.fixture
async def empty_world(database: str) -> AsyncIterator[World]:
    """The service on a database that holds nothing."""
    world = await World.open(database, "2027-03-01T09:00")
    yield world
    await world.close()


async def test_looks_together_come_to_the_same_as_one_after_the_other(empty_world: World) -> None:
    world, events = empty_world, families(1)
    ordered = sorted(events, key=lambda event: datetime.fromisoformat(str(event["time"])))
    most = 0
    for number in range(0, 28, 7):
        now = at_local(BEGINS + timedelta(days=number), time(9, 5))
        world.clock.set(now)
        came = [event for event in ordered if datetime.fromisoformat(str(event["time"])) <= now]
        await world.service.receive(came, looks=0)
        async with world.service.sessions() as session:
            due = await plans.next_due(session, now, 100)
        most = max(most, len(due))
        alone = await outcome(world, one_by_one, due, now)
        assert await outcome(world, together, due, now, keep=True) == alone
    assert most >= FAMILIES

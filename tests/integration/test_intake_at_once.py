"""Events that come at once, to several processes on one database: what one of them adds, the others do not miss."""

import asyncio

from sqlalchemy import func, select

from config.database import reading
from service.store.tables import event, event_wait
from tests.world import World

PLANS = [f"P-2{n:02}" for n in range(12)]


async def count(world: World, question: object) -> int:
    async with reading(world.service.sessions) as session:
        return await session.scalar(select(func.count()).select_from(question)) or 0  # type: ignore[arg-type]


async def test_no_event_waits_for_a_plan_that_was_introduced_in_the_same_moment(world: World) -> None:
    pairs = [(world.open_plan(plan), world.receive("flag.raised", plan, flag="domestic_abuse")) for plan in PLANS]
    await asyncio.gather(*(one for pair in pairs for one in pair))
    assert await count(world, event_wait) == 0
    async with reading(world.service.sessions) as session:
        assert (await session.scalars(select(event.c.id).where(event.c.waiting))).all() == []


async def test_the_same_events_to_everybody_at_once_are_taken_once(world: World) -> None:
    same = [world.event("visit.recorded", by="w-sw"), world.event("visit.planned", ref="v", by="w-sw", at=MOMENT)]
    received = await asyncio.gather(*(world.service.receive(same) for _ in range(8)))
    assert sum(one.accepted for one in received) == 2
    assert sum(one.duplicates for one in received) == 14


MOMENT = "2026-01-20T10:00:00+00:00"

"""Waiting events in figures: they are about plans or persons that nothing has introduced yet."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from service.store.tables import event as events
from service.store.tables import event_wait


@dataclass(frozen=True, slots=True)
class WaitingCounts:
    """How many events wait, since when (aware, UTC), and how many wait for each kind of subject."""

    events: int
    since: datetime
    kinds: Mapping[str, int]  # plan, person, or any (a withdrawal, which may be about either)


async def summary(session: AsyncSession) -> WaitingCounts | None:
    """The figures. None: no event waits."""
    waiting = (
        await session.execute(select(func.count(), func.min(events.c.received_at)).where(events.c.waiting))
    ).one()
    if not waiting[0]:
        return None
    rows = await session.execute(
        select(event_wait.c.kind, func.count(event_wait.c.seq.distinct())).group_by(event_wait.c.kind)
    )
    return WaitingCounts(waiting[0], waiting[1], {row[0]: row[1] for row in rows})


async def for_plan(session: AsyncSession, plan_id: str, authority: str | None = None) -> int:
    """How many events wait for the introduction of a plan, of any authority or of one."""
    waits = (event_wait.c.subject == plan_id, event_wait.c.kind.in_(("plan", "any")))
    statement = select(func.count(events.c.seq.distinct())).join_from(event_wait, events).where(*waits)
    return (
        await session.scalar(statement if authority is None else statement.where(events.c.authority == authority)) or 0
    )

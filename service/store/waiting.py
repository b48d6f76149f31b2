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

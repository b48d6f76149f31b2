"""Exceptions: sight of a plan beyond the rule, for a reason that was given, and for so long."""

from datetime import datetime

from sqlalchemy import func, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from service.domain.own_id import OwnId
from service.store.access_tables import exception as exceptions


async def add(session: AsyncSession, person: OwnId, plan: OwnId, reason: str, now: datetime, ends_at: datetime) -> int:
    """Write down that a person looks at a plan beyond the rule, and why. Returns its number."""
    row = {"authority": plan.authority, "plan": plan.id, "person": person.id, "reason": reason}
    number = await session.scalar(
        insert(exceptions).values(**row, at=now, ends_at=ends_at).returning(exceptions.c.number)
    )
    return int(number or 0)


async def standing_until(session: AsyncSession, person: OwnId, plan: OwnId, now: datetime) -> datetime | None:
    """Until when an exception lets a person see a plan. None: there is none that stands."""
    whose = (exceptions.c.authority == plan.authority, exceptions.c.plan == plan.id, exceptions.c.person == person.id)
    statement = select(func.max(exceptions.c.ends_at)).where(*whose, exceptions.c.ends_at > now)
    ends_at: datetime | None = await session.scalar(statement)
    return ends_at

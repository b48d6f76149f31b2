"""How much waits for somebody: what the navigation counts."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from service.domain.calendar import local_day
from service.domain.own_id import OwnId
from service.store import obligations


async def waiting_numbers(session: AsyncSession, person: OwnId, now: datetime) -> dict[str, int]:
    """By name, how much waits for a person: `overdue` is what they owe and is late."""
    return {"overdue": await obligations.count_late(session, local_day(now), person)}

"""Canaries: what planwatch wrote to itself, one every ten minutes, and what arrived of it."""

import secrets
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from config.database import upsert
from service.store.tables import canary as canaries

KEPT = timedelta(days=1)
_MINUTES = 10  # that a slot has


async def is_begun(session: AsyncSession, now: datetime) -> bool:
    """Whether this slot's canary is on record."""
    return await session.scalar(select(canaries.c.slot).where(canaries.c.slot == _slot(now))) is not None


async def begin(session: AsyncSession, now: datetime) -> str | None:
    """Put this slot's canary on record and give its mark; None: somebody has. Old ones go."""
    await session.execute(delete(canaries).where(canaries.c.slot < now - KEPT))
    mark = secrets.token_hex(16)
    new = upsert(session, canaries).values(slot=_slot(now), mark=mark, sent_at=now)
    taken = new.on_conflict_do_nothing(index_elements=["slot"]).returning(canaries.c.mark)
    found: str | None = await session.scalar(taken)
    return found


async def settle(session: AsyncSession, mark: str, outcome: str) -> None:
    """Note what became of handing one over."""
    await session.execute(update(canaries).where(canaries.c.mark == mark).values(outcome=outcome))


async def arrived(session: AsyncSession, mark: str, now: datetime) -> None:
    """Note that one was met in the mailbox. The first time counts; one that is not on record is nothing."""
    waits = (canaries.c.mark == mark, canaries.c.arrived_at.is_(None))
    await session.execute(update(canaries).where(*waits).values(arrived_at=now))


async def last(session: AsyncSession) -> tuple[datetime | None, datetime | None]:
    """When the last one was sent, and when the last one arrived, of those that are kept."""
    row = (await session.execute(select(func.max(canaries.c.sent_at), func.max(canaries.c.arrived_at)))).one()
    return row[0], row[1]


def _slot(now: datetime) -> datetime:
    return now.replace(minute=now.minute - now.minute % _MINUTES, second=0, microsecond=0)

"""Canaries: the emails that planwatch sends to itself, one every ten minutes, and which of them arrived."""

import secrets
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from config.database import upsert
from service.store.tables import canary as canaries

KEPT = timedelta(days=1)
_MINUTES = 10  # in a slot


async def is_begun(session: AsyncSession, now: datetime) -> bool:
    """Whether this slot's canary is on record."""
    return await session.scalar(select(canaries.c.slot).where(canaries.c.slot == _slot(now))) is not None


async def begin(session: AsyncSession, now: datetime) -> str | None:
    """Record this slot's canary, and return its mark. None: another process has. Old canaries are deleted."""
    await session.execute(delete(canaries).where(canaries.c.slot < now - KEPT))
    mark = secrets.token_hex(16)
    new = upsert(session, canaries).values(slot=_slot(now), mark=mark, sent_at=now)
    taken = new.on_conflict_do_nothing(index_elements=["slot"]).returning(canaries.c.mark)
    new_mark: str | None = await session.scalar(taken)
    return new_mark


async def settle(session: AsyncSession, mark: str, outcome: str) -> None:
    """Note how the handing over of a canary ended."""
    await session.execute(update(canaries).where(canaries.c.mark == mark).values(outcome=outcome))


async def arrived(session: AsyncSession, mark: str, now: datetime) -> None:
    """Note that a canary was found in the mailbox. The first time counts. A mark that is not on record is ignored."""
    awaited = (canaries.c.mark == mark, canaries.c.arrived_at.is_(None))
    await session.execute(update(canaries).where(*awaited).values(arrived_at=now))


async def last(session: AsyncSession) -> tuple[datetime | None, datetime | None]:
    """When the last canary was sent, and when the last one arrived, of those that are kept (aware, UTC)."""
    row = (await session.execute(select(func.max(canaries.c.sent_at), func.max(canaries.c.arrived_at)))).one()
    return row[0], row[1]


def _slot(now: datetime) -> datetime:
    return now.replace(minute=now.minute - now.minute % _MINUTES, second=0, microsecond=0)

"""Receipts: the furthest that a provider said a message has come."""

from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from service.store.tables import receipt as receipts


@dataclass(frozen=True, slots=True)
class Receipt:
    """One word of a provider about one message. `rank`: how far along the message is; it never goes back."""

    provider: str
    id: str
    attempt: str | None
    status: str
    rank: int
    error: str | None
    at: datetime


async def note(session: AsyncSession, new: Receipt) -> bool:
    """Keep a receipt; False when the message is known to be as far, or further."""
    here = (receipts.c.provider == new.provider, receipts.c.id == new.id)
    before = await session.scalar(select(receipts.c.rank).where(*here))
    if before is None:
        await session.execute(insert(receipts).values(asdict(new)))
        return True
    # Two words at once: the guard lets the later one win whatever the order in which they are written.
    moved = await session.execute(
        update(receipts).where(*here, receipts.c.rank < new.rank).values(asdict(new)).returning(receipts.c.id)
    )
    return moved.one_or_none() is not None


async def of_attempt(session: AsyncSession, attempt: str) -> str | None:
    """The last status of an attempt, in the provider's word."""
    found: str | None = await session.scalar(
        select(receipts.c.status).where(receipts.c.attempt == attempt).order_by(receipts.c.rank.desc()).limit(1)
    )
    return found

"""Receipts: the furthest that a provider said a message has come."""

from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from config.database import upsert
from service.store.tables import receipt as receipts


@dataclass(frozen=True, slots=True)
class Receipt:
    """One word of a provider about one message. `rank`: how far along the message is; it never goes back."""

    provider: str
    id: str
    attempt: str | None  # None: of no message of ours that is known
    status: str
    rank: int
    error: str | None
    at: datetime


async def note(session: AsyncSession, new: Receipt) -> bool:
    """Keep a receipt; False when the message is known to be as far, or further."""
    # One statement: of two words at once the later one wins, in whatever order they are written.
    fresh = upsert(session, receipts).values(asdict(new))
    said = {name: fresh.excluded[name] for name in ("status", "rank", "error", "at")}
    named = {"attempt": func.coalesce(fresh.excluded.attempt, receipts.c.attempt)}
    statement = fresh.on_conflict_do_update(
        index_elements=["provider", "id"], set_=said | named, where=receipts.c.rank < fresh.excluded.rank
    )
    return (await session.scalar(statement.returning(receipts.c.id))) is not None


async def strangers(session: AsyncSession) -> int:
    """How many messages providers spoke of that are none of ours."""
    found = await session.scalar(select(func.count()).select_from(receipts).where(receipts.c.attempt.is_(None)))
    return found or 0


async def last(session: AsyncSession, provider: str, provider_id: str) -> str | None:
    """The furthest that a message has come, in the provider's word."""
    here = (receipts.c.provider == provider, receipts.c.id == provider_id)
    found: str | None = await session.scalar(select(receipts.c.status).where(*here))
    return found

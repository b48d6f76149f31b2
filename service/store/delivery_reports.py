"""Delivery reports: the furthest that a provider said a message has come."""

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from config.database import upsert
from notifications.providers.report import DeliveryReport
from service.store.tables import receipt as receipts


async def note(session: AsyncSession, report: DeliveryReport, attempt_id: str | None) -> bool:
    """Keep a report; False when the message is known to be as far, or further: it never goes back.

    `attempt_id`: the attempt that it is about. None: of no message of ours that is known.
    """
    # One statement: of two reports at once the later one wins, in whatever order they are written.
    fresh = upsert(session, receipts).values(
        provider=report.provider,
        id=report.id,
        attempt=attempt_id,
        status=report.status,
        rank=report.standing.rank,
        error=report.error,
        at=report.at,
    )
    reported = {name: fresh.excluded[name] for name in ("status", "rank", "error", "at")}
    named = {"attempt": func.coalesce(fresh.excluded.attempt, receipts.c.attempt)}
    statement = fresh.on_conflict_do_update(
        index_elements=["provider", "id"], set_=reported | named, where=receipts.c.rank < fresh.excluded.rank
    )
    return (await session.scalar(statement.returning(receipts.c.id))) is not None


async def strangers(session: AsyncSession) -> int:
    """How many messages providers spoke of that are none of ours."""
    number = await session.scalar(select(func.count()).select_from(receipts).where(receipts.c.attempt.is_(None)))
    return number or 0


async def last(session: AsyncSession, provider: str, provider_id: str) -> str | None:
    """The furthest that a message has come, in the provider's word."""
    here = (receipts.c.provider == provider, receipts.c.id == provider_id)
    status: str | None = await session.scalar(select(receipts.c.status).where(*here))
    return status

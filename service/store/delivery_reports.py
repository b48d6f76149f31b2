"""Delivery reports: the furthest that a provider said a message has come."""

from sqlalchemy import func
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

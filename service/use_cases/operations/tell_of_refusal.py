"""Tell of a refusal: a provider refuses us, whoever the message is for, and the configuration owner can mend it."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from notifications.errors import RefusesUs
from notifications.message import OutboxRow
from service.domain.calendar import local_day
from service.domain.policy import PolicyBook
from service.use_cases.operations.notify_operator import OperationsCode, is_notified, notify_operator


async def tell_of_refusal(
    session: AsyncSession, book: PolicyBook, row: OutboxRow, error: RefusesUs, now: datetime
) -> None:
    """Tell the owner of the message's authority, once a day for each provider and answer, an urgent one at any hour."""
    urgent = row.message.urgent
    occasion = f"{error.provider} {error.answer} {local_day(now)}{' urgent' if urgent else ''}"
    if await is_notified(session, OperationsCode.REFUSED, occasion, row.message.authority):
        return
    figures = {"provider": error.provider, "answer": error.answer}
    await notify_operator(
        session,
        book,
        OperationsCode.REFUSED,
        occasion,
        now,
        figures=figures,
        authority=row.message.authority,
        urgent=urgent,
    )

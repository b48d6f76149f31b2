"""What tests read in the database and the service never asks."""

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from service.store.tables import receipt as receipts


async def reports_of_strangers(session: AsyncSession) -> int:
    """How many messages providers spoke of that are none of ours."""
    number = await session.scalar(select(func.count()).select_from(receipts).where(receipts.c.attempt.is_(None)))
    return number or 0


async def last_report(session: AsyncSession, provider: str, provider_id: str) -> str | None:
    """The furthest that a message has come, in the provider's word."""
    here = (receipts.c.provider == provider, receipts.c.id == provider_id)
    status: str | None = await session.scalar(select(receipts.c.status).where(*here))
    return status

"""The numbers from which a STOP came in: they are silent for all, whoever has them."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import bindparam, select
from sqlalchemy.ext.asyncio import AsyncSession

from config.database import upsert
from service.store.chunks import chunks
from service.store.tables import received_stop


async def add(session: AsyncSession, number: str, at: datetime) -> None:
    """Note that a STOP came from a number (in international form) at a moment; noted again, it changes nothing."""
    await session.execute(upsert(session, received_stop).on_conflict_do_nothing(), [{"number": number, "at": at}])


async def of_numbers(session: AsyncSession, numbers: Collection[str]) -> list[tuple[str, datetime]]:
    """The STOPs that came from one of these numbers, and when."""
    stops: list[tuple[str, datetime]] = []
    for chunk in chunks(sorted(numbers)):
        stops += [(number, at) for number, at in await session.execute(_OF_NUMBERS, {"numbers": chunk})]
    return stops


# Built once: building this statement takes longer than running it.
_OF_NUMBERS = select(received_stop.c.number, received_stop.c.at).where(
    received_stop.c.number.in_(bindparam("numbers", expanding=True))
)

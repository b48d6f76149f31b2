"""High-water marks: how far the database has come. They only grow, unless an older copy takes its place."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from notifications.tables import attempt
from service.store.numbering import erased_up_to
from service.store.tables import event


@dataclass(frozen=True, slots=True)
class HighWaterMarks:
    """The number of the newest event, and when the newest attempt at handing something over began."""

    events: int
    attempted: datetime | None

    def behind(self, other: "HighWaterMarks") -> bool:
        """Whether something that the other marks knew of is missing."""
        if self.events < other.events:
            return True
        return other.attempted is not None and (self.attempted is None or self.attempted < other.attempted)


async def newest(session: AsyncSession) -> HighWaterMarks:
    """The marks of the database, with what was erased from it. This reads two indexes and two rows."""
    stored, attempted, erased, erased_attempt = (await session.execute(_NEWEST)).one()
    moments = [moment for moment in (attempted, erased_attempt) if moment is not None]
    return HighWaterMarks(max(stored or 0, erased or 0), max(moments, default=None))


async def newest_moment(session: AsyncSession) -> datetime | None:
    """The latest moment that is on record (aware, UTC). None: nothing is stored."""
    newest_received = select(event.c.received_at).order_by(event.c.seq.desc()).limit(1)
    moments = [await session.scalar(newest_received), (await newest(session)).attempted]
    return max((moment for moment in moments if moment is not None), default=None)


# Built once: building this statement takes longer than running it.
_NEWEST = select(
    select(func.max(event.c.seq)).scalar_subquery(),
    select(func.max(attempt.c.started_at)).scalar_subquery(),
    select(erased_up_to.c.number).where(erased_up_to.c.name == event.name).scalar_subquery(),
    select(erased_up_to.c.at).where(erased_up_to.c.name == attempt.name).scalar_subquery(),
)

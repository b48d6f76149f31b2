"""High-water marks: how far the database has come. They only grow, unless it is another database, or an older one."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from notifications.tables import attempt
from service.store.tables import event


@dataclass(frozen=True, slots=True)
class Marks:
    """The number of the newest event, and when the newest attempt at handing something over began."""

    events: int
    attempted: datetime | None

    def behind(self, other: "Marks") -> bool:
        """Whether anything that the other knew of is not there."""
        if self.events < other.events:
            return True
        return other.attempted is not None and (self.attempted is None or self.attempted < other.attempted)


async def newest(session: AsyncSession) -> Marks:
    """The marks as the database has them: two looks at an index."""
    events = select(func.max(event.c.seq)).scalar_subquery()
    attempted = select(func.max(attempt.c.started_at)).scalar_subquery()
    row = (await session.execute(select(events, attempted))).one()
    return Marks(row[0] or 0, row[1])


async def newest_moment(session: AsyncSession) -> datetime | None:
    """The latest moment at which anything was done here."""
    last = select(event.c.received_at).order_by(event.c.seq.desc()).limit(1)
    moments = [await session.scalar(last), (await newest(session)).attempted]
    return max((one for one in moments if one is not None), default=None)

"""The plans on which a bottom line was crossed: an index knows them."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from service.store.tables import event as events


async def plans_with_breaches(session: AsyncSession) -> Sequence[str]:
    """The references of these plans, in order."""
    subjects = select(events.c.subject).where(events.c.type == "bottom_line.breached", ~events.c.waiting)
    return (await session.scalars(subjects.distinct().order_by(events.c.subject))).all()

"""The plans on which a bottom line was crossed: an index knows them."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from service.domain.own_id import OwnId
from service.store.tables import event as events


async def plans_with_breaches(session: AsyncSession) -> Sequence[OwnId]:
    """These plans, in order."""
    own_id = (events.c.authority, events.c.subject)
    subjects = select(*own_id).where(events.c.type == "bottom_line.breached", events.c.authority.is_not(None))
    rows = await session.execute(subjects.distinct().order_by(events.c.subject, events.c.authority))
    return [OwnId(*row) for row in rows]

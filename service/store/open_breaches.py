"""The plans on which a bottom line was crossed: an index knows them."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import and_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from service.domain.own_id import OwnId
from service.store.tables import event as events
from service.store.tables import plan as plans


async def plans_that_may_alert(session: AsyncSession, until: datetime) -> Sequence[OwnId]:
    """Of these plans those that are to be looked at by a moment, or whose last look failed, in order.

    As long as an alert is open, its plan is looked at again when it is next repeated.
    """
    soon = or_(plans.c.next_look <= until, plans.c.fault.is_not(None))
    subjects = (
        select(events.c.authority, events.c.subject)
        .join(plans, and_(plans.c.id == events.c.subject, plans.c.authority == events.c.authority))
        .where(events.c.type == "bottom_line.breached", soon)
    )
    rows = await session.execute(subjects.distinct().order_by(events.c.subject, events.c.authority))
    return [OwnId(*row) for row in rows]

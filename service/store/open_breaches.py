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


async def plans_with_breaches_since(
    session: AsyncSession, authority: str, since: datetime, until: datetime
) -> Sequence[OwnId]:
    """The plans of an authority on which a bottom line was crossed since a moment, or whose alert may still go on.

    While an alert goes on, its plan is looked at again until the moment at which it is next repeated.
    """
    soon = or_(plans.c.next_look <= until, plans.c.fault.is_not(None))
    looked_at_soon = select(plans.c.id).where(plans.c.authority == authority, soon)
    breach = (events.c.type == "bottom_line.breached", events.c.authority == authority)
    lately = or_(events.c.time >= since, events.c.subject.in_(looked_at_soon))
    subjects = select(events.c.subject).where(*breach, lately).distinct().order_by(events.c.subject)
    return [OwnId(authority, subject) for subject in await session.scalars(subjects)]

"""The events that say who may see a plan: a small part of its facts, for lists of many plans."""

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from service.domain.events.event_types import ALERTING, MAY_PROTECT
from service.domain.offices import SAY_WHO_SERVES
from service.domain.own_id import OwnId
from service.store.chunks import own_chunks
from service.store.events import Raw
from service.store.tables import event as events

_TYPES = sorted({*SAY_WHO_SERVES, *ALERTING, *MAY_PROTECT})


async def of_plans(session: AsyncSession, plans: Collection[OwnId]) -> list[Raw]:
    """Those of some plans, withdrawals included, in the order of their coming."""
    raws: list[Raw] = []
    for authority, chunk in own_chunks(plans):
        on_them = (events.c.about == "plan", events.c.subject.in_(chunk), events.c.authority == authority)
        statement = select(events.c.raw).where(*on_them, events.c.type.in_(_TYPES), ~events.c.waiting)
        raws += list(await session.scalars(statement.order_by(events.c.seq)))
    return raws

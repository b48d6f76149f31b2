"""What is stored of some plans, in the order of its coming: for whoever goes through it once more."""

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from service.domain.own_id import OwnId
from service.store.chunks import own_chunks
from service.store.event_order import AS_THEY_CAME
from service.store.events import Raw
from service.store.tables import event as events
from service.store.tables import plan_person


async def of_plans(session: AsyncSession, own_ids: Collection[OwnId]) -> list[Raw]:
    """All events about some plans that are in effect, withdrawals included."""
    raws: list[Raw] = []
    for authority, names in own_chunks(own_ids):
        about = (events.c.about == "plan", events.c.authority == authority, events.c.subject.in_(names))
        statement = select(events.c.raw).where(*about, ~events.c.waiting)
        raws += list(await session.scalars(statement.order_by(AS_THEY_CAME)))
    return raws


async def named_in(session: AsyncSession, own_ids: Collection[OwnId]) -> set[OwnId]:
    """Whom the events of some plans name."""
    named: set[OwnId] = set()
    for authority, names in own_chunks(own_ids):
        statement = select(plan_person.c.person).where(
            plan_person.c.authority == authority, plan_person.c.plan.in_(names)
        )
        named |= {OwnId(authority, person) for person in await session.scalars(statement.distinct())}
    return named

"""The events that say who may see a plan: a small part of its facts, for lists of many plans."""

from collections.abc import Collection

from sqlalchemy import Text, cast, select
from sqlalchemy.ext.asyncio import AsyncSession

from service.domain.events.event_types import ALERTING, MAY_PROTECT
from service.domain.offices import SAY_WHO_SERVES
from service.domain.own_id import OwnId
from service.store.chunks import own_chunks
from service.store.event_order import AS_THEY_CAME
from service.store.events_around import AsStored
from service.store.tables import event as events

_TYPES = sorted({*SAY_WHO_SERVES, *ALERTING, *MAY_PROTECT})


async def of_plans(session: AsyncSession, plans: Collection[OwnId]) -> list[AsStored]:
    """Those of some plans, withdrawals included, in the order of their coming."""
    stored: list[AsStored] = []
    for authority, chunk in own_chunks(plans):
        on_them = (events.c.about == "plan", events.c.subject.in_(chunk), events.c.authority == authority)
        statement = select(cast(events.c.raw, Text)).where(*on_them, events.c.type.in_(_TYPES), ~events.c.waiting)
        stored += await session.scalars(statement.order_by(AS_THEY_CAME))
    return stored


async def assigned_to(
    session: AsyncSession, plans: Collection[OwnId], persons: Collection[str]
) -> list[tuple[OwnId, str]]:
    """The roles that some persons were ever given on some plans, each with its plan, the latest first."""
    role, person = (events.c.raw[("data", name)].as_string() for name in ("role", "person"))
    assigned: list[tuple[int, OwnId, str]] = []
    for authority, chunk in own_chunks(plans):
        on_them = (events.c.about == "plan", events.c.subject.in_(chunk), events.c.authority == authority)
        theirs = (events.c.type == "role.assigned", person.in_(persons), ~events.c.waiting)
        rows = await session.execute(select(events.c.seq, events.c.subject, role).where(*on_them, *theirs))
        assigned += [(seq, OwnId(authority, plan), str(name)) for seq, plan, name in rows]
    return [(plan, name) for _, plan, name in sorted(assigned, reverse=True)]

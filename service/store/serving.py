"""The events that say who serves on which plans: for somebody who is named on a plan and serves there no more."""

from collections.abc import Collection, Sequence

from sqlalchemy import BindParameter, Text, bindparam, cast, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from service.domain.offices import SAY_WHO_SERVES
from service.store.chunks import chunks
from service.store.event_order import AS_THEY_CAME
from service.store.events_around import AsStored
from service.store.tables import event as events
from service.store.tables import plan_person

_TYPES = sorted(SAY_WHO_SERVES)


async def plans_served(session: AsyncSession, authority: str, people: Collection[str]) -> dict[str, list[str]]:
    """By person, the plans of an authority on which each was ever given a role, the newest first."""
    served: dict[str, list[str]] = {person: [] for person in people}
    for chunk in chunks(sorted(people)):
        rows = await session.execute(_PLANS_SERVED, {"people": chunk, "authority": authority})
        for person, plan, _ in sorted(rows, key=lambda row: -row.given):
            served[person].append(plan)
    return served


async def of_plans(session: AsyncSession, authority: str, plans: Collection[str]) -> list[AsStored]:
    """The events of some plans of an authority that say who serves there, withdrawals included, as they came."""
    stored: list[AsStored] = []
    for chunk in chunks(sorted(plans)):
        on_them = (events.c.about == "plan", events.c.subject.in_(chunk), events.c.authority == authority)
        statement = select(cast(events.c.raw, Text)).where(*on_them, events.c.type.in_(_TYPES), ~events.c.waiting)
        stored += await session.scalars(statement.order_by(AS_THEY_CAME))
    return stored


# Built once: building such a statement takes longer than running it.
_people: BindParameter[Sequence[str]] = bindparam("people", expanding=True)
_naming = select(plan_person.c.plan).where(
    plan_person.c.person.in_(_people), plan_person.c.authority == bindparam("authority")
)
_given_to = events.c.raw["data"]["person"].as_string()
_PLANS_SERVED = (
    select(_given_to.label("person"), events.c.subject, func.max(events.c.seq).label("given"))
    .where(
        events.c.about == "plan",
        events.c.subject.in_(_naming),
        events.c.authority == bindparam("authority"),
        events.c.type == "role.assigned",
        _given_to.in_(_people),
        ~events.c.waiting,
    )
    .group_by("person", events.c.subject)
)

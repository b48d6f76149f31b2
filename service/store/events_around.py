"""The events around plans, as they are stored: what looks and last checks read, for many plans at once."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from sqlalchemy import BindParameter, Text, bindparam, cast, or_, select, union, union_all
from sqlalchemy.ext.asyncio import AsyncSession

from service.domain.events.event_types import BEAR_ON_PEOPLE, HEARD_WAITING
from service.domain.own_id import OwnId
from service.store import persons
from service.store.chunks import own_chunks
from service.store.event_order import AS_THEY_CAME
from service.store.tables import event as events
from service.store.tables import person_number, plan_person

AsStored = str  # an event in JSON, letter by letter as it is stored
_HEARD_WAITING = sorted(HEARD_WAITING)
_BEARING = sorted({*BEAR_ON_PEOPLE, "event.withdrawn"})


@dataclass(frozen=True, slots=True)
class AroundPlan:
    """The events about a plan; about its people and the authority's roles; and those of the plan that wait for a person
    and may protect somebody."""

    own: list[AsStored] = field(default_factory=list)
    people: list[AsStored] = field(default_factory=list)
    waiting: list[AsStored] = field(default_factory=list)


async def around_plans(session: AsyncSession, authority: str, plans: Sequence[str]) -> dict[str, AroundPlan]:
    """What a look at each of these plans must know of, apart from other plans. This is one question for one plan."""
    around = {plan: AroundPlan() for plan in plans}
    these = {"plans": plans, "authority": authority}
    rows = sorted(tuple(row) for row in await session.execute(_AROUND_PLANS, these))  # by number: as they came
    naming = await persons.around_plans(session, authority, plans) if len(around) > 1 else {}
    for _, about, subject, waits, stored in rows:
        if about == "plan":
            (around[subject].waiting if waits else around[subject].own).append(stored)
        else:
            for plan in naming.get(subject, ()) if about == "person" and naming else around:
                around[plan].people.append(stored)
    return around


async def of_persons(session: AsyncSession, persons: Collection[OwnId]) -> list[AsStored]:
    """All events about some persons that are in effect: records, decisions, absences."""
    stored: list[AsStored] = []
    for authority, chunk in own_chunks(persons):
        stored += await session.scalars(_OF_PERSONS, {"persons": chunk, "authority": authority})
    return stored


async def bearing_on_people(session: AsyncSession, plans: Collection[OwnId]) -> list[AsStored]:
    """The events of some plans that may keep texts from a person, on other plans, too, or ask one.

    What is withdrawn there is among them.
    """
    stored: list[AsStored] = []
    for authority, chunk in own_chunks(plans):
        stored += await session.scalars(_BEARING_ON_PEOPLE, {"plans": chunk, "authority": authority})
    return stored


_whose: BindParameter[str] = bindparam("authority")
_of_whose = events.c.authority == _whose
_these: BindParameter[Sequence[str]] = bindparam("plans", expanding=True)
_named = select(plan_person.c.person).where(plan_person.c.plan.in_(_these), plan_person.c.authority == _whose)
_numbers = select(person_number.c.number).where(person_number.c.authority == _whose, person_number.c.person.in_(_named))
# Other persons who have or had the same number: what stands against one of them may keep texts from all of them.
_sharing_a_number = select(person_number.c.person).where(
    person_number.c.authority == _whose, person_number.c.number.in_(_numbers)
)
_AS_STORED = cast(events.c.raw, Text)
# Built once: building such a statement takes longer than running it.
_OF_PERSONS = (
    select(_AS_STORED)
    .where(
        events.c.about == "person",
        events.c.subject.in_(bindparam("persons", expanding=True)),
        _of_whose,
        ~events.c.waiting,
    )
    .order_by(AS_THEY_CAME)
)
_BEARING_ON_PEOPLE = (
    select(_AS_STORED)
    .where(
        events.c.about == "plan",
        events.c.subject.in_(_these),
        _of_whose,
        events.c.type.in_(_BEARING),
        ~events.c.waiting,
    )
    .order_by(AS_THEY_CAME)
)
_ROW = (events.c.seq, events.c.about, events.c.subject, events.c.waiting, _AS_STORED.label("stored"))
# Three questions in one, each by an index of its own: as alternatives of one condition they would be weighed together,
# and SQLite, once it has statistics (ANALYZE), takes all events of everybody for the cheapest.
_AROUND_PLANS = union_all(
    select(*_ROW).where(
        events.c.about == "plan",
        events.c.subject.in_(_these),
        _of_whose,
        or_(~events.c.waiting, events.c.type.in_(_HEARD_WAITING)),
    ),
    select(*_ROW).where(events.c.about == "authority", _of_whose, ~events.c.waiting),
    select(*_ROW).where(
        events.c.about == "person",
        events.c.subject.in_(union(_named, _sharing_a_number)),
        _of_whose,
        ~events.c.waiting,
    ),
)

"""Persons: those whom events have introduced, and the plans that name them."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence

from sqlalchemy import BindParameter, ColumnElement, and_, bindparam, insert, select, union, update
from sqlalchemy.ext.asyncio import AsyncSession

from config.database import upsert
from service.domain.events.payloads.people import PersonRecorded
from service.domain.own_id import OwnId
from service.store.chunks import alike_chunks, own_chunks
from service.store.resembling import half_alike
from service.store.tables import event as events
from service.store.tables import person as persons
from service.store.tables import person_number, plan_person


async def known(session: AsyncSession, own_ids: Collection[OwnId]) -> set[OwnId]:
    """Those of these persons who were introduced."""
    introduced: set[OwnId] = set()
    for authorities, chunk in alike_chunks(own_ids):
        rows = await session.execute(_KNOWN, {"persons": chunk, "authorities": authorities})
        introduced.update(OwnId(*row) for row in rows)
    return introduced


async def with_id(session: AsyncSession, person_id: str) -> list[OwnId]:
    """The persons who have this id, each of another authority."""
    rows = await session.execute(select(*_OWN_ID).where(persons.c.id == person_id).order_by(persons.c.authority))
    return [OwnId(*row) for row in rows]


async def resembling(session: AsyncSession, person_id: str) -> list[OwnId]:
    """Persons whose ids share a half with this one, in whatever letters."""
    return [OwnId(*row) for row in await session.execute(half_alike(persons.c.authority, persons.c.id, person_id))]


async def introduce(session: AsyncSession, introduced: Mapping[OwnId, PersonRecorded]) -> None:
    """Note persons with their numbers, whether they are new or recorded again."""
    before = await known(session, introduced)
    rows = [(person, {"mobile": record.mobile}) for person, record in introduced.items()]
    if new := [{**person._asdict(), **values} for person, values in rows if person not in before]:
        await session.execute(insert(persons), new)
    for person, values in rows:
        if person in before:
            await session.execute(update(persons).where(*_is(person)).values(values))


async def had_numbers(session: AsyncSession, pairs: Iterable[tuple[OwnId, str]]) -> None:
    """Note of each pair (person, number) that the person has, or had, the number."""
    rows = [
        {"authority": person.authority, "person": person.id, "number": number} for person, number in sorted(set(pairs))
    ]
    if rows:
        await session.execute(upsert(session, person_number).on_conflict_do_nothing(), rows)


async def with_mobile(session: AsyncSession, number: str) -> list[OwnId]:
    """The persons of all authorities who were last recorded with a number (in international form)."""
    return [OwnId(*row) for row in await session.execute(_WITH_MOBILE, {"number": number})]


async def mobile_of(session: AsyncSession, person: OwnId) -> str | None:
    """The number with which a person was last recorded (in international form). None: without one."""
    mobile: str | None = await session.scalar(select(persons.c.mobile).where(*_is(person)))
    return mobile


async def ever_with(session: AsyncSession, number: str) -> list[OwnId]:
    """The persons of all authorities who were ever recorded with a number (in international form)."""
    had = select(person_number.c.authority, person_number.c.person).where(person_number.c.number == number)
    ordered = had.order_by(person_number.c.authority, person_number.c.person)
    return [OwnId(*row) for row in await session.execute(ordered)]


async def ever_sharing(session: AsyncSession, own_ids: Collection[OwnId]) -> frozenset[OwnId]:
    """These persons, and everybody of their authority who was ever recorded with a number that one of them ever had."""
    sharing = set(own_ids)
    for authority, chunk in own_chunks(own_ids):
        names = await session.scalars(_EVER_SHARING, {"persons": chunk, "authority": authority})
        sharing.update(OwnId(authority, person) for person in names)
    return frozenset(sharing)


async def bear_on(session: AsyncSession, pairs: Iterable[tuple[OwnId, str]]) -> None:
    """Note of each pair (plan, person), named before, that the plan's facts bear on the person on other plans, too."""
    for plan, person in sorted(set(pairs)):
        on_plan = (plan_person.c.plan == plan.id, plan_person.c.authority == plan.authority)
        await session.execute(update(plan_person).where(*on_plan, plan_person.c.person == person).values(bears=True))


async def name_in_plans(session: AsyncSession, pairs: Iterable[tuple[OwnId, str]]) -> None:
    """Note of each pair (plan, person) that the plan's facts name the person."""
    named = set(pairs)
    stored: set[tuple[OwnId, str]] = set()
    for authority, chunk in own_chunks({plan for plan, _ in named}):
        rows = await session.execute(_NAMED_IN_PLANS, {"plans": chunk, "authority": authority})
        stored.update((OwnId(authority, plan), person) for plan, person in rows)
    new = [{"authority": plan.authority, "plan": plan.id, "person": person} for plan, person in sorted(named - stored)]
    if new:
        await session.execute(insert(plan_person), new)


async def named_in(session: AsyncSession, plan: OwnId) -> set[OwnId]:
    """The persons whom a plan's facts name."""
    whose = (plan_person.c.authority == plan.authority, plan_person.c.plan == plan.id)
    return {OwnId(plan.authority, name) for name in await session.scalars(select(plan_person.c.person).where(*whose))}


async def plans_naming(session: AsyncSession, own_ids: Collection[OwnId]) -> frozenset[OwnId]:
    """The plans of each one's authority whose facts name one of these persons."""
    plans: set[OwnId] = set()
    for authority, chunk in own_chunks(own_ids):
        names = await session.scalars(_PLANS_NAMING, {"persons": chunk, "authority": authority})
        plans.update(OwnId(authority, plan) for plan in names)
    return frozenset(plans)


async def borne_on(session: AsyncSession, own_ids: Collection[OwnId]) -> set[tuple[str, OwnId]]:
    """Pairs (person, plan) of these persons and the plans of their authority that bear on them elsewhere, too."""
    pairs: set[tuple[str, OwnId]] = set()
    for authority, chunk in own_chunks(own_ids):
        rows = await session.execute(_BORNE_ON, {"persons": chunk, "authority": authority})
        pairs.update((person, OwnId(authority, plan)) for person, plan in rows)
    return pairs


async def with_number_alone(session: AsyncSession, own_ids: Collection[OwnId]) -> frozenset[OwnId]:
    """Those of these persons whose number, as last recorded, nobody else has, and whom one plan names at most."""
    alone: set[OwnId] = set()
    for authority, chunk in own_chunks(own_ids):
        reached: dict[str, set[tuple[str, ...]]] = defaultdict(set)
        for person, *holder in await session.execute(_WITH_THE_NUMBER, {"persons": chunk, "authority": authority}):
            reached[person].add(tuple(holder))
        alone.update(OwnId(authority, person) for person, on_plans in reached.items() if len(on_plans) == 1)
    return frozenset(alone)


async def around_plans(session: AsyncSession, authority: str, plans: Sequence[str]) -> Mapping[str, Collection[str]]:
    """Of each person whom one of these plans names, and of whoever has or had a number of theirs, those plans."""
    naming: dict[str, set[str]] = defaultdict(set)
    for plan, person in await session.execute(_AROUND_PLANS, {"plans": plans, "authority": authority}):
        naming[person].add(plan)
    return naming


async def ever_covered_by(session: AsyncSession, cover: OwnId) -> frozenset[str]:
    """Those of a person's authority for whom an absence named the person as cover, on whatever days."""
    naming = events.c.raw[("data", "cover")].as_string() == cover.id
    whose = (events.c.about == "person", events.c.authority == cover.authority, events.c.type == "absence.recorded")
    return frozenset(await session.scalars(select(events.c.subject).where(*whose, naming, ~events.c.waiting)))


def _is(person: OwnId) -> tuple[ColumnElement[bool], ...]:
    return (persons.c.authority == person.authority, persons.c.id == person.id)


_OWN_ID = (persons.c.authority, persons.c.id)
_naming = (
    plan_person.c.plan.in_(bindparam("plans", expanding=True)),
    plan_person.c.authority == bindparam("authority"),
)
_had, _has = person_number.alias(), person_number.alias()
# Statements are built once: building one takes longer than running it.
_these: BindParameter[Sequence[str]] = bindparam("persons", expanding=True)
_whose: BindParameter[str] = bindparam("authority")
_WITH_MOBILE = select(*_OWN_ID).where(persons.c.mobile == bindparam("number")).order_by(*_OWN_ID)
_KNOWN = select(*_OWN_ID).where(
    persons.c.id.in_(_these), persons.c.authority.in_(bindparam("authorities", expanding=True))
)
_NUMBERS = select(person_number.c.number).where(person_number.c.authority == _whose, person_number.c.person.in_(_these))
_EVER_SHARING = select(person_number.c.person).where(
    person_number.c.authority == _whose, person_number.c.number.in_(_NUMBERS)
)
_NAMED_IN_PLANS = select(plan_person.c.plan, plan_person.c.person).where(*_naming)
_PLANS_NAMING = select(plan_person.c.plan).where(plan_person.c.authority == _whose, plan_person.c.person.in_(_these))
_BORNE_ON = select(plan_person.c.person, plan_person.c.plan).where(
    plan_person.c.authority == _whose, plan_person.c.person.in_(_these), plan_person.c.bears
)
_holder = persons.alias()
# One row for each plan on which somebody with the number of one of these is named, or for somebody on none.
_WITH_THE_NUMBER = (
    select(persons.c.id, _holder.c.authority, _holder.c.id, plan_person.c.plan)
    .join(_holder, _holder.c.mobile == persons.c.mobile)
    .outerjoin(plan_person, and_(plan_person.c.person == _holder.c.id, plan_person.c.authority == _holder.c.authority))
    .where(persons.c.authority == _whose, persons.c.id.in_(_these))
)
_AROUND_PLANS = union(
    select(plan_person.c.plan, plan_person.c.person).where(*_naming),
    select(plan_person.c.plan, _has.c.person)
    .join(_had, and_(_had.c.person == plan_person.c.person, _had.c.authority == plan_person.c.authority))
    .join(_has, and_(_has.c.number == _had.c.number, _has.c.authority == _had.c.authority))
    .where(*_naming),
)

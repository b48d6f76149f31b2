"""Persons: those whom events have introduced, and the plans that name them."""

from collections.abc import Collection, Iterable, Mapping

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from config.database import upsert
from service.domain.events.payloads.people import PersonRecorded
from service.store.chunks import chunks
from service.store.tables import person as persons
from service.store.tables import person_number, plan_person


async def authorities(session: AsyncSession, ids: Collection[str]) -> dict[str, str]:
    """The authority of each of these persons who was introduced."""
    authority_of: dict[str, str] = {}
    for chunk in chunks(ids):
        rows = await session.execute(select(persons.c.id, persons.c.authority).where(persons.c.id.in_(chunk)))
        authority_of.update({row[0]: row[1] for row in rows})
    return authority_of


async def introduce(session: AsyncSession, introduced: Mapping[str, PersonRecorded]) -> None:
    """Note persons with their authorities and numbers, whether they are new or recorded again."""
    before = await authorities(session, introduced)
    rows = [{"id": name, "authority": person.authority, "mobile": person.mobile} for name, person in introduced.items()]
    if new := [row for row in rows if row["id"] not in before]:
        await session.execute(insert(persons), new)
    for row in rows:
        if row["id"] in before:
            await session.execute(update(persons).where(persons.c.id == row["id"]).values(row))


async def had_numbers(session: AsyncSession, pairs: Iterable[tuple[str, str]]) -> None:
    """Note of each pair (person, number) that the person has, or had, the number."""
    rows = [{"person": person, "number": number} for person, number in sorted(set(pairs))]
    if rows:
        await session.execute(upsert(session, person_number).on_conflict_do_nothing(), rows)


async def with_mobile(session: AsyncSession, number: str) -> list[str]:
    """The persons who were last recorded with a number (in international form)."""
    return list(await session.scalars(select(persons.c.id).where(persons.c.mobile == number).order_by(persons.c.id)))


async def mobile_of(session: AsyncSession, person: str) -> str | None:
    """The number with which a person was last recorded (in international form). None: without one."""
    mobile: str | None = await session.scalar(select(persons.c.mobile).where(persons.c.id == person))
    return mobile


async def ever_with(session: AsyncSession, number: str) -> list[str]:
    """The persons who were ever recorded with a number (in international form)."""
    had = select(person_number.c.person).where(person_number.c.number == number)
    return list(await session.scalars(had.order_by(person_number.c.person)))


async def ever_sharing(session: AsyncSession, ids: Collection[str]) -> frozenset[str]:
    """These persons, and everybody who was ever recorded with a number that one of them ever had."""
    sharing = set(ids)
    for chunk in chunks(ids):
        numbers = select(person_number.c.number).where(person_number.c.person.in_(chunk))
        sharing.update(await session.scalars(select(person_number.c.person).where(person_number.c.number.in_(numbers))))
    return frozenset(sharing)


async def bear_on(session: AsyncSession, pairs: Iterable[tuple[str, str]]) -> None:
    """Note of each pair (plan, person), named before, that the plan's facts bear on the person on other plans, too."""
    for plan, person in sorted(set(pairs)):
        whose = (plan_person.c.plan == plan, plan_person.c.person == person)
        await session.execute(update(plan_person).where(*whose).values(bears=True))


async def name_in_plans(session: AsyncSession, pairs: Iterable[tuple[str, str]]) -> None:
    """Note of each pair (plan, person) that the plan's facts name the person."""
    named = set(pairs)
    stored: set[tuple[str, str]] = set()
    for chunk in chunks(sorted({plan for plan, _ in named})):
        rows = await session.execute(
            select(plan_person.c.plan, plan_person.c.person).where(plan_person.c.plan.in_(chunk))
        )
        stored.update((plan, person) for plan, person in rows)
    if new := sorted(named - stored):
        await session.execute(insert(plan_person), [{"plan": plan, "person": person} for plan, person in new])


async def of_plan(session: AsyncSession, plan: str) -> frozenset[str]:
    """The persons whom a plan's facts name."""
    return frozenset(await session.scalars(select(plan_person.c.person).where(plan_person.c.plan == plan)))


async def plans_naming(session: AsyncSession, ids: Collection[str]) -> frozenset[str]:
    """The plans whose facts name one of these persons."""
    plans: set[str] = set()
    for chunk in chunks(ids):
        plans.update(await session.scalars(select(plan_person.c.plan).where(plan_person.c.person.in_(chunk))))
    return frozenset(plans)

"""Persons: whom an event has introduced, and who is named in which plan."""

from collections.abc import Collection, Iterable, Mapping

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from service.domain.events.payloads.people import PersonRecorded
from service.store.chunks import chunks
from service.store.tables import person as persons
from service.store.tables import plan_person


async def authorities(session: AsyncSession, ids: Collection[str]) -> dict[str, str]:
    """The authorities of those persons who are introduced."""
    found: dict[str, str] = {}
    for some in chunks(ids):
        rows = await session.execute(select(persons.c.id, persons.c.authority).where(persons.c.id.in_(some)))
        found.update({row[0]: row[1] for row in rows})
    return found


async def introduce(session: AsyncSession, introduced: Mapping[str, PersonRecorded]) -> None:
    """Note persons, new or recorded again, with their authorities and numbers."""
    before = await authorities(session, introduced)
    rows = [{"id": name, "authority": its.authority, "mobile": its.mobile} for name, its in introduced.items()]
    if new := [row for row in rows if row["id"] not in before]:
        await session.execute(insert(persons), new)
    for row in rows:
        if row["id"] in before:
            await session.execute(update(persons).where(persons.c.id == row["id"]).values(row))


async def with_mobile(session: AsyncSession, number: str) -> list[str]:
    """Everybody who was last recorded with a number (international form)."""
    return list(await session.scalars(select(persons.c.id).where(persons.c.mobile == number).order_by(persons.c.id)))


async def mobile_of(session: AsyncSession, person: str) -> str | None:
    """The number that a person was last recorded with."""
    found: str | None = await session.scalar(select(persons.c.mobile).where(persons.c.id == person))
    return found


async def name_in_plans(session: AsyncSession, pairs: Iterable[tuple[str, str]]) -> None:
    """Note for each (plan, person) that the plan's facts name the person."""
    wanted = set(pairs)
    known: set[tuple[str, str]] = set()
    for some in chunks(sorted({plan for plan, _ in wanted})):
        rows = await session.execute(
            select(plan_person.c.plan, plan_person.c.person).where(plan_person.c.plan.in_(some))
        )
        known.update((plan, person) for plan, person in rows)
    if new := sorted(wanted - known):
        await session.execute(insert(plan_person), [{"plan": plan, "person": person} for plan, person in new])


async def of_plan(session: AsyncSession, plan: str) -> frozenset[str]:
    """Everybody whom a plan's facts name."""
    return frozenset(await session.scalars(select(plan_person.c.person).where(plan_person.c.plan == plan)))


async def plans_naming(session: AsyncSession, ids: Collection[str]) -> frozenset[str]:
    """The plans whose facts name one of these persons."""
    found: set[str] = set()
    for some in chunks(ids):
        found.update(await session.scalars(select(plan_person.c.plan).where(plan_person.c.person.in_(some))))
    return frozenset(found)

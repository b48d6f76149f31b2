"""Obligations: what is owed on each plan, as of its last look."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import fields
from datetime import date
from operator import attrgetter
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import ColumnElement, Result, Row, bindparam, delete, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from service.domain.obligations.obligation import Obligation, Status
from service.domain.own_id import OwnId
from service.store.chunks import own_chunks
from service.store.tables import IS_LIVE
from service.store.tables import obligation as obligations

_NAMED_BY = ("authority", "plan", "key")
_PLAIN = tuple(name for name in obligations.c.keys() if name not in (*_NAMED_BY, "status", "more"))  # noqa: SIM118
_REST = tuple(field.name for field in fields(Obligation) if field.name not in obligations.c)
_plain_of, _more_of = attrgetter(*_PLAIN), attrgetter(*_REST)
_reading = TypeAdapter(Obligation)


async def of_plan(session: AsyncSession, plan: OwnId) -> list[Obligation]:
    """A plan's obligations, in order of due days."""
    return [_obligation(row) for row in await _rows(session, plan)]


async def live_of_plans(session: AsyncSession, plans: Collection[OwnId]) -> list[Obligation]:
    """The open and overdue obligations of some plans."""
    live: list[Obligation] = []
    for authority, chunk in own_chunks(plans):
        these = (obligations.c.plan.in_(chunk), obligations.c.authority == authority)
        statement = select(obligations).where(*these, IS_LIVE)
        live += [_obligation(row) for row in await session.execute(statement)]
    return live


async def live_of_person(session: AsyncSession, person: OwnId) -> list[Obligation]:
    """The open and overdue obligations for which a person is responsible, in order of due days."""
    rows = await session.execute(_LIVE_OF_PERSON, {"person": person.id, "authority": person.authority})
    return [_obligation(row) for row in rows]


async def overdue_of_persons(session: AsyncSession, persons: Collection[OwnId]) -> dict[OwnId, list[Obligation]]:
    """What was overdue at the last look of that for which each of these persons is responsible."""
    overdue: dict[OwnId, list[Obligation]] = {person: [] for person in persons}
    for authority, chunk in own_chunks(overdue):
        for row in await session.execute(_OVERDUE_OF_PERSONS, {"persons": chunk, "authority": authority}):
            overdue[OwnId(authority, row.responsible)].append(_obligation(row))
    return overdue


async def live_chaired_by(session: AsyncSession, person: OwnId) -> list[Obligation]:
    """The open and overdue obligations that a person is to chair, in order of due days."""
    chaired = (obligations.c.authority == person.authority, obligations.c.more["chair"].as_string() == person.id)
    statement = select(obligations).where(IS_LIVE, *chaired)
    rows = await session.execute(statement.order_by(obligations.c.due_on, obligations.c.plan, obligations.c.key))
    return [_obligation(row) for row in rows]


async def late(
    session: AsyncSession, today: date, authority: str | None = None, responsible: str | None = None
) -> list[Obligation]:
    """What is overdue, or was due before a local day and is still owed: of all, an authority, or a person.

    In order of due days.
    """
    statement = select(obligations).where(IS_LIVE, is_late(today))
    if authority is not None:
        statement = statement.where(obligations.c.authority == authority)
    if responsible is not None:
        statement = statement.where(obligations.c.responsible == responsible)
    order = (obligations.c.due_on, obligations.c.plan, obligations.c.authority, obligations.c.key)
    return [_obligation(row) for row in await session.execute(statement.order_by(*order))]


async def count_late(session: AsyncSession, today: date, person: OwnId) -> int:
    """How much a person owes that is overdue, or was due before a local day."""
    theirs = (obligations.c.responsible == person.id, obligations.c.authority == person.authority)
    statement = select(func.count()).select_from(obligations)
    return await session.scalar(statement.where(*theirs, IS_LIVE, is_late(today))) or 0


async def late_days(session: AsyncSession, today: date, authority: str) -> list[tuple[date, int]]:
    """The due days of what is late and still owed, each with how many, in order. Late is as `is_late` has it."""
    late_ones = (obligations.c.authority == authority, IS_LIVE, is_late(today))
    counted = select(obligations.c.due_on, func.count()).where(*late_ones).group_by(obligations.c.due_on)
    return [(row[0], row[1]) for row in await session.execute(counted.order_by(obligations.c.due_on))]


async def replace(session: AsyncSession, current: Mapping[OwnId, Sequence[Obligation]]) -> None:
    """Make these the obligations of each of these plans, writing only what changed."""
    before: dict[tuple[str, str, str], tuple[object, ...]] = {}
    for authority, chunk in own_chunks(current):
        stored = await session.execute(_OF_PLANS, {"plans": chunk, "authority": authority})
        before.update({(authority, plan, key): tuple(rest) for plan, key, *rest in stored})
    after = {
        (plan.authority, plan.id, obligation.key): _values(obligation)
        for plan, of_plan in current.items()
        for obligation in of_plan
    }
    if new := [_row(name, values) for name, values in after.items() if name not in before]:
        await session.execute(insert(obligations), new)
    changed = [(name, values) for name, values in after.items() if name in before and before[name] != values]
    if changed:
        named = [dict(zip(_OF_ONE, name, strict=True)) | _row(name, values) for name, values in changed]
        await session.execute(_CHANGE, named)
    for name in before.keys() - after.keys():  # opened by an event that was withdrawn
        await session.execute(delete(obligations).where(*_is(*name)))


async def counts(session: AsyncSession) -> dict[str, int]:
    """How many obligations there are of each status."""
    rows = await session.execute(select(obligations.c.status, func.count()).group_by(obligations.c.status))
    return {row[0]: row[1] for row in rows}


# Built once: building such a statement takes longer than running it.
_OF_ONE = ("of_authority", "of_plan", "of_key")
_CHANGE = update(obligations).where(
    obligations.c.authority == bindparam("of_authority"),
    obligations.c.plan == bindparam("of_plan"),
    obligations.c.key == bindparam("of_key"),
)
_OF_PLAN = (
    select(obligations)
    .where(obligations.c.plan == bindparam("plan"), obligations.c.authority == bindparam("authority"))
    .order_by(obligations.c.due_on, obligations.c.key)
)
_OF_PLANS = select(*(obligations.c[name] for name in ("plan", "key", *_PLAIN, "status", "more"))).where(
    obligations.c.plan.in_(bindparam("plans", expanding=True)), obligations.c.authority == bindparam("authority")
)
_LIVE_OF_PERSON = (
    select(obligations)
    .where(obligations.c.responsible == bindparam("person"), obligations.c.authority == bindparam("authority"), IS_LIVE)
    .order_by(obligations.c.due_on, obligations.c.plan, obligations.c.key)
)

_OVERDUE_OF_PERSONS = select(obligations).where(
    obligations.c.responsible.in_(bindparam("persons", expanding=True)),
    obligations.c.authority == bindparam("authority"),
    obligations.c.status == Status.OVERDUE.value,
    IS_LIVE,
)


def is_late(today: date) -> ColumnElement[bool]:
    """Of what is owed, whether it is overdue, by an hour or another fact too, or was due before a local day."""
    return or_(obligations.c.status == Status.OVERDUE.value, obligations.c.due_on < today)


async def _rows(session: AsyncSession, plan: OwnId) -> Result[Any]:
    return await session.execute(_OF_PLAN, {"plan": plan.id, "authority": plan.authority})


def _is(authority: str, plan: str, key: str) -> tuple[Any, ...]:
    return (obligations.c.plan == plan, obligations.c.authority == authority, obligations.c.key == key)


def _values(obligation: Obligation) -> tuple[object, ...]:
    """What is stored of it beside what names it. Most of a plan's are as they were, so that this is mainly compared."""
    more = {name: _in_json(value) for name, value in zip(_REST, _more_of(obligation), strict=True)}
    return (*_plain_of(obligation), obligation.status.value, more)


def _row(name: tuple[str, str, str], values: tuple[object, ...]) -> dict[str, object]:
    return dict(zip((*_NAMED_BY, *_PLAIN, "status", "more"), (*name, *values), strict=True))


def _in_json(value: object) -> object:
    """As pydantic writes it, by which it is read."""
    return value.isoformat().replace("+00:00", "Z") if isinstance(value, date) else value


def _obligation(row: Row[Any]) -> Obligation:
    values = dict(row._mapping)
    return _reading.validate_python(values | values.pop("more"))

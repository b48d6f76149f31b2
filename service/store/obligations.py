"""Obligations: what is owed on each plan, as the last look found it."""

from collections.abc import Collection, Sequence
from dataclasses import fields
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Row, bindparam, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from service.domain.obligations.obligation import Obligation, Status
from service.store.chunks import chunks
from service.store.tables import obligation as obligations

_COLUMNS = tuple(column for column in obligations.c if column.name != "more")
_NAMES = tuple(column.name for column in _COLUMNS)
_REST = tuple(field.name for field in fields(Obligation) if field.name not in _NAMES)
_reading = TypeAdapter(Obligation)


async def of_plan(session: AsyncSession, plan: str) -> list[Obligation]:
    """A plan's obligations, by due day."""
    return [_obligation(row) for row in await session.execute(_OF_PLAN, {"plan": plan})]


async def live_of_plans(session: AsyncSession, plans: Collection[str]) -> list[Obligation]:
    """What is open or overdue on some plans."""
    found: list[Obligation] = []
    for some in chunks(plans):
        asked = select(obligations).where(obligations.c.plan.in_(some), obligations.c.status.in_(_LIVE))
        found += [_obligation(row) for row in await session.execute(asked)]
    return found


async def live_of_person(session: AsyncSession, person: str) -> list[Obligation]:
    """What a person is responsible for and has still to do, by due day."""
    asked = select(obligations).where(obligations.c.responsible == person, obligations.c.status.in_(_LIVE))
    rows = await session.execute(asked.order_by(obligations.c.due_on, obligations.c.plan, obligations.c.key))
    return [_obligation(row) for row in rows]


async def replace(session: AsyncSession, plan: str, now_stand: Sequence[Obligation]) -> None:
    """Make these the plan's obligations, writing only what changed."""
    before = {row.key: row._mapping for row in await session.execute(_OF_PLAN, {"plan": plan})}
    after = {one.key: _values(one) for one in now_stand}
    if new := [values for key, values in after.items() if key not in before]:
        await session.execute(insert(obligations), new)
    for key, values in after.items():
        if key in before and before[key] != values:
            await session.execute(update(obligations).where(*_is(plan, key)).values(values))
    for key in before.keys() - after.keys():  # what a withdrawn event had opened
        await session.execute(delete(obligations).where(*_is(plan, key)))


async def counts(session: AsyncSession) -> dict[str, int]:
    """How many obligations there are of each status."""
    rows = await session.execute(select(obligations.c.status, func.count()).group_by(obligations.c.status))
    return {row[0]: row[1] for row in rows}


# Written once: to put a statement together takes longer than to ask it.
_OF_PLAN = (
    select(obligations).where(obligations.c.plan == bindparam("plan")).order_by(obligations.c.due_on, obligations.c.key)
)
_LIVE = (Status.OPEN.value, Status.OVERDUE.value)


def _is(plan: str, key: str) -> tuple[Any, Any]:
    return (obligations.c.plan == plan, obligations.c.key == key)


def _values(one: Obligation) -> dict[str, object]:
    rest = _reading.dump_python(one, mode="json", include=set(_REST))
    return {name: getattr(one, name) for name in _NAMES} | {"status": one.status.value, "more": rest}


def _obligation(row: Row[Any]) -> Obligation:
    known = dict(row._mapping)
    return _reading.validate_python(known | known.pop("more"))

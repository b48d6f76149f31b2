"""Obligations: what is owed on each plan, as the last look found it."""

from collections.abc import Collection, Sequence
from dataclasses import fields
from typing import Any

from sqlalchemy import Row, bindparam, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from service.domain.obligations import Obligation, Status
from service.store.chunks import chunks
from service.store.tables import obligation as obligations

_FIELDS = tuple(field.name for field in fields(Obligation))
_COLUMNS = tuple(obligations.c[name] for name in _FIELDS)


async def of_plan(session: AsyncSession, plan: str) -> list[Obligation]:
    """A plan's obligations, by due day."""
    return [_obligation(row) for row in await session.execute(_OF_PLAN, {"plan": plan})]


async def live_of_plans(session: AsyncSession, plans: Collection[str]) -> list[Obligation]:
    """What is open or overdue on some plans."""
    found: list[Obligation] = []
    for some in chunks(plans):
        asked = select(*_COLUMNS).where(obligations.c.plan.in_(some), obligations.c.status.in_(_LIVE))
        found += [_obligation(row) for row in await session.execute(asked)]
    return found


async def live_of_person(session: AsyncSession, person: str) -> list[Obligation]:
    """What a person is responsible for and has still to do, by due day."""
    asked = select(*_COLUMNS).where(obligations.c.responsible == person, obligations.c.status.in_(_LIVE))
    rows = await session.execute(asked.order_by(obligations.c.due_on, obligations.c.plan, obligations.c.key))
    return [_obligation(row) for row in rows]


async def replace(session: AsyncSession, plan: str, now_stand: Sequence[Obligation]) -> None:
    """Make these the plan's obligations, writing only what changed."""
    before = {one.key: one for one in await of_plan(session, plan)}
    after = {one.key: one for one in now_stand}
    if new := [_values(one) for key, one in after.items() if key not in before]:
        await session.execute(insert(obligations), new)
    for key, one in after.items():
        if key in before and before[key] != one:
            await session.execute(update(obligations).where(*_is(plan, key)).values(_values(one)))
    for key in before.keys() - after.keys():  # what a withdrawn event had opened
        await session.execute(delete(obligations).where(*_is(plan, key)))


async def counts(session: AsyncSession) -> dict[str, int]:
    """How many obligations there are of each status."""
    rows = await session.execute(select(obligations.c.status, func.count()).group_by(obligations.c.status))
    return {row[0]: row[1] for row in rows}


# Written once: to put a statement together takes longer than to ask it.
_OF_PLAN = (
    select(*_COLUMNS).where(obligations.c.plan == bindparam("plan")).order_by(obligations.c.due_on, obligations.c.key)
)
_LIVE = (Status.OPEN.value, Status.OVERDUE.value)


def _is(plan: str, key: str) -> tuple[Any, Any]:
    return (obligations.c.plan == plan, obligations.c.key == key)


def _values(one: Obligation) -> dict[str, object]:
    return {name: getattr(one, name) for name in _FIELDS} | {"status": one.status.value}


def _obligation(row: Row[Any]) -> Obligation:
    return Obligation(**{**row._mapping, "status": Status(row.status)})

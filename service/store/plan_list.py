"""Lists of plans for the pages: the plans, the events that opened them, and how many plans there are of each sort."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from service.domain.obligations.obligation import Status
from service.store.chunks import chunks
from service.store.tables import event as events
from service.store.tables import obligation as obligations
from service.store.tables import plan as plans

Sort = Literal["running", "late", "ended"]


@dataclass(frozen=True, slots=True)
class Listed:
    """A plan in a list. `opening` is the event that introduced it, as it came."""

    id: str
    ended_on: date | None
    opening: Mapping[str, Any]


async def page(session: AsyncSession, sort: Sort, limit: int, after: str = "") -> list[Listed]:
    """At most `limit` plans of a sort, in order of references, beginning behind `after`."""
    statement = select(plans.c.id, plans.c.ended_on).where(_is_of(sort), plans.c.id > after)
    rows = (await session.execute(statement.order_by(plans.c.id).limit(limit))).all()
    openings = await _openings(session, [plan for plan, _ in rows])
    return [Listed(plan, ended_on, openings[plan]) for plan, ended_on in rows if plan in openings]


async def one(session: AsyncSession, plan: str) -> Listed | None:
    """One plan. None: no plan has this reference."""
    row = (await session.execute(select(plans.c.id, plans.c.ended_on).where(plans.c.id == plan))).one_or_none()
    opening = (await _openings(session, [plan])).get(plan)
    return None if row is None or opening is None else Listed(row.id, row.ended_on, opening)


async def counts(session: AsyncSession) -> dict[Sort, int]:
    """How many plans there are of each sort."""
    sorts: Sequence[Sort] = ("running", "late", "ended")
    numbers = {
        sort: await session.scalar(select(func.count()).select_from(plans).where(_is_of(sort))) for sort in sorts
    }
    return {sort: number or 0 for sort, number in numbers.items()}


def _is_of(sort: Sort) -> ColumnElement[bool]:
    if sort == "ended":
        return plans.c.ended_on.is_not(None)
    if sort == "running":
        return plans.c.ended_on.is_(None)
    return exists().where(obligations.c.plan == plans.c.id, obligations.c.status == Status.OVERDUE.value)


async def _openings(session: AsyncSession, ids: Collection[str]) -> dict[str, Mapping[str, Any]]:
    openings: dict[str, Mapping[str, Any]] = {}
    for chunk in chunks(ids):
        statement = select(events.c.subject, events.c.raw).where(
            events.c.about == "plan", events.c.subject.in_(chunk), events.c.type == "plan.opened"
        )
        rows = await session.execute(statement.order_by(events.c.seq.desc()))
        openings |= {row.subject: row.raw for row in rows}  # the first event counts, where there are several
    return openings

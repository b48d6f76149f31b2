"""Which councils there are, and the lists of plans of one of them."""

from __future__ import annotations

from datetime import date

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from service.domain.obligations.obligation import Status
from service.domain.policy import PolicyBook
from service.store import plan_list
from service.store.plan_list import Listed, Sort
from service.store.tables import obligation as obligations
from service.store.tables import plan as plans


def titles(book: PolicyBook, today: date) -> dict[str, str]:
    """What each council is called by its policy, in the order of these titles."""
    named = {authority: book.in_force(authority, today).title for authority in book.authorities}
    return dict(sorted(named.items(), key=lambda one: one[1]))


async def page(session: AsyncSession, sort: Sort, limit: int, after: str, council: str) -> list[Listed]:
    """Plans of a sort by reference, at most `limit`, of one council; of all where it is ""."""
    if not council:
        return await plan_list.page(session, sort, limit, after)
    found: list[Listed] = []
    while len(found) < limit:
        some = await plan_list.page(session, sort, limit, after)
        found += [one for one in some if one.opening["data"]["authority"] == council]
        if len(some) < limit:
            break
        after = some[-1].id
    return found[:limit]


async def counts(session: AsyncSession, council: str) -> dict[Sort, int]:
    """How many plans there are of each sort, of one council; of all where it is ""."""
    if not council:
        return await plan_list.counts(session)
    is_late = exists().where(obligations.c.plan == plans.c.id, obligations.c.status == Status.OVERDUE.value)
    sorts: dict[Sort, ColumnElement[bool]] = {
        "running": plans.c.ended_on.is_(None),
        "late": is_late,
        "ended": plans.c.ended_on.is_not(None),
    }
    found: dict[Sort, int] = {}
    for sort, condition in sorts.items():
        asked = select(func.count()).select_from(plans).where(plans.c.authority == council, condition)
        found[sort] = await session.scalar(asked) or 0
    return found

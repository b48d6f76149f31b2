"""The councils' titles, and the lists and numbers of one council's plans."""

from __future__ import annotations

from datetime import date
from operator import itemgetter

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from service.domain.obligations.obligation import Status
from service.domain.policy import PolicyBook
from service.store import plan_list
from service.store.plan_list import Listed, Sort
from service.store.tables import obligation as obligations
from service.store.tables import plan as plans


def titles(book: PolicyBook, today: date) -> dict[str, str]:
    """The title of each council by its policy in force on a day, in the order of the titles."""
    title_by_council = {authority: book.in_force(authority, today).title for authority in book.authorities}
    return dict(sorted(title_by_council.items(), key=itemgetter(1)))


async def page(session: AsyncSession, sort: Sort, limit: int, after: str, council: str) -> list[Listed]:
    """Plans of a sort in order of reference, at most `limit`, of one council ("": of all)."""
    if not council:
        return await plan_list.page(session, sort, limit, after)
    listed: list[Listed] = []
    while len(listed) < limit:
        batch = await plan_list.page(session, sort, limit, after)
        listed += [plan for plan in batch if plan.opening["data"]["authority"] == council]
        if len(batch) < limit:
            break
        after = batch[-1].id
    return listed[:limit]


async def counts(session: AsyncSession, council: str) -> dict[Sort, int]:
    """The number of plans of each sort, of one council ("": of all)."""
    if not council:
        return await plan_list.counts(session)
    is_late = exists().where(obligations.c.plan == plans.c.id, obligations.c.status == Status.OVERDUE.value)
    sorts: dict[Sort, ColumnElement[bool]] = {
        "running": plans.c.ended_on.is_(None),
        "late": is_late,
        "ended": plans.c.ended_on.is_not(None),
    }
    numbers: dict[Sort, int] = {}
    for sort, condition in sorts.items():
        query = select(func.count()).select_from(plans).where(plans.c.authority == council, condition)
        numbers[sort] = await session.scalar(query) or 0
    return numbers

"""Lists of plans for the pages: the plans, the events that opened them, and how many plans there are of each sort."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from sqlalchemy import ColumnElement, Subquery, and_, case, exists, func, literal, select, true, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from service.domain.events.event import stored_event
from service.domain.facts import Facts
from service.domain.obligations.obligation import Status
from service.domain.own_id import OwnId
from service.domain.people.directory import Directory
from service.store.chunks import own_chunks
from service.store.event_order import AS_THEY_CAME
from service.store.obligations import is_late
from service.store.tables import IS_LIVE
from service.store.tables import event as events
from service.store.tables import obligation as obligations
from service.store.tables import plan as plans

Sort = Literal["running", "late", "ended"]


Raw = Mapping[str, Any]
_ENDS = ("plan.opened", "plan.ended")  # of the times for which a plan runs


@dataclass(frozen=True, slots=True)
class AsOf:
    """What it takes to read stored events: the local day, and the authorities that have a policy."""

    today: date
    authorities: frozenset[str]


@dataclass(frozen=True, slots=True)
class PlanChoice:
    """What was asked of the list: part of a reference, which plans, and in which order.

    By the day to act by the soonest come first, by what is overdue the most; `descending` turns either round.
    """

    reference: str = ""
    show: Sort = "running"
    sort: Literal["reference", "act_by", "overdue"] = "act_by"
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Listed:
    """A plan in a list. `opening` is the event that opened it, or opened it again, as it came."""

    own_id: OwnId
    ended_on: date | None
    opening: Raw


async def page(
    session: AsyncSession,
    as_of: AsOf,
    sort: Sort,
    limit: int,
    after: tuple[str, str] = ("", ""),
    authority: str | None = None,
) -> list[Listed]:
    """At most `limit` plans of a sort, in order of references, behind the reference and authority of `after`.

    `authority` limits them to those of one.
    """
    behind = tuple_(plans.c.id, plans.c.authority) > tuple_(*map(literal, after))
    statement = select(plans.c.authority, plans.c.id, plans.c.ended_on).where(_is_of(sort), behind)
    if authority is not None:
        statement = statement.where(plans.c.authority == authority)
    rows = (await session.execute(statement.order_by(plans.c.id, plans.c.authority).limit(limit))).all()
    ended = {OwnId(row.authority, row.id): row.ended_on for row in rows}
    openings = await _openings(session, ended, as_of)
    return [Listed(plan, ended_on, openings[plan]) for plan, ended_on in ended.items() if plan in openings]


async def sorted_page(
    session: AsyncSession, as_of: AsOf, authority: str, choice: PlanChoice, among: Collection[OwnId] | None, limit: int,
    offset: int,
) -> list[Listed]:  # fmt: skip
    """Plans of an authority that were asked for, in the order asked for; `among` limits them to some of its plans."""
    owed = _owed(authority, as_of.today)
    act_by, late = owed.c.act_by, func.coalesce(owed.c.late, 0)
    listed = plans.outerjoin(owed, owed.c.plan == plans.c.id)
    of_sort = (plans.c.authority == authority, _is_of(choice.show))
    statement = select(plans.c.id, plans.c.ended_on).select_from(listed).where(*of_sort)
    if choice.reference:
        statement = statement.where(func.lower(plans.c.id).contains(choice.reference.casefold(), autoescape=True))
    if among is not None:
        statement = statement.where(plans.c.id.in_([plan.id for plan in among]))
    undated = act_by.is_(None)
    orders: Mapping[tuple[str, bool], Sequence[ColumnElement[Any]]] = {
        ("reference", False): [plans.c.id],
        ("reference", True): [plans.c.id.desc()],
        ("act_by", False): [undated, act_by],
        ("act_by", True): [undated, act_by.desc()],
        ("overdue", False): [late.desc(), undated, act_by],
        ("overdue", True): [late, undated, act_by],
    }
    keys = orders[choice.sort, choice.descending]
    rows = (await session.execute(statement.order_by(*keys, plans.c.id).limit(limit).offset(offset))).all()
    ended = {OwnId(authority, row.id): row.ended_on for row in rows}
    openings = await _openings(session, ended, as_of)
    return [Listed(plan, ended_on, openings[plan]) for plan, ended_on in ended.items() if plan in openings]


def _owed(authority: str, today: date) -> Subquery:
    """By plan, the day by which to act next, and how much is late: of what is still owed in an authority."""
    late = func.sum(case((is_late(today), 1), else_=0)).label("late")
    counted = select(obligations.c.plan, func.min(obligations.c.act_by).label("act_by"), late)
    return counted.where(obligations.c.authority == authority, IS_LIVE).group_by(obligations.c.plan).subquery()


async def initials(session: AsyncSession, own_ids: Collection[OwnId], as_of: AsOf) -> dict[OwnId, str]:
    """The children's initials of some plans. A plan that no event has opened has none."""
    openings = await _openings(session, own_ids, as_of)
    return {plan: str(raw["data"]["child"]["initials"]) for plan, raw in openings.items()}


async def counts(session: AsyncSession, authority: str | None = None) -> dict[Sort, int]:
    """How many plans there are of each sort, of all authorities or of one."""
    sorts: Sequence[Sort] = ("running", "late", "ended")
    whose = true() if authority is None else plans.c.authority == authority
    numbers = {
        sort: await session.scalar(select(func.count()).select_from(plans).where(whose, _is_of(sort))) for sort in sorts
    }
    return {sort: number or 0 for sort, number in numbers.items()}


def _is_of(sort: Sort) -> ColumnElement[bool]:
    if sort == "ended":
        return plans.c.ended_on.is_not(None)
    if sort == "running":
        return and_(plans.c.ended_on.is_(None), ~plans.c.awaited)
    same_plan = (obligations.c.plan == plans.c.id, obligations.c.authority == plans.c.authority)
    return exists().where(*same_plan, obligations.c.status == Status.OVERDUE.value)


async def _openings(session: AsyncSession, own_ids: Collection[OwnId], as_of: AsOf) -> dict[OwnId, Raw]:
    """The opening of each plan that holds: of a plan that was opened again the latest that changed anything."""
    openings: dict[OwnId, Raw] = {}
    for authority, chunk in own_chunks(own_ids):
        these = (events.c.about == "plan", events.c.subject.in_(chunk), events.c.authority == authority)
        statement = select(events.c.subject, events.c.raw).where(*these, events.c.type.in_((*_ENDS, "event.withdrawn")))
        history: dict[str, list[Raw]] = defaultdict(list)
        for subject, raw in await session.execute(statement.order_by(AS_THEY_CAME)):
            history[subject].append(raw)
        holding = ((subject, _holding(raws, authority, as_of)) for subject, raws in history.items())
        openings |= {OwnId(authority, subject): raw for subject, raw in holding if raw is not None}
    return openings


def _holding(raws: Sequence[Raw], authority: str, as_of: AsOf) -> Raw | None:
    openings = [raw for raw in raws if raw["type"] == "plan.opened"]
    if len(openings) < 2:  # nearly always
        return next(iter(openings), None)
    history = [stored_event(raw, as_of.authorities, authority) for raw in raws]
    facts = Facts.for_alerts(history, Directory(), as_of.today)
    return next((event.raw for event in history if facts is not None and event.uid == facts.opened.uid), None)

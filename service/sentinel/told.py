"""What is overdue, and whether anybody who is still there was told: read from what was sent, not what was meant."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import and_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from notifications.tables import message
from service.sentinel.finding import MOST, Asked, Finding
from service.sentinel.people import LIVE, Held, covers, holders, holders_of_plans
from service.sentinel.working_days import local_date, start_of
from service.store.tables import ledger, obligation, plan

_WORKING_DAYS = 2  # after the day on which it was due, or on which it became known
_PLANS_AT_ONCE = 300


@dataclass(frozen=True, slots=True)
class Owed:
    """Something that is past its day; `since`: the day, or the later one on which it became known."""

    plan: str
    authority: str
    key: str
    kind: str
    about: str | None
    due_on: date
    responsible: str | None
    since: date

    @property
    def told_from(self) -> datetime:
        """From when on word of it is word that it is overdue."""
        return start_of(self.due_on + timedelta(days=1))

    def is_in(self, told: Sequence[Mapping[str, Any]]) -> bool:
        """Whether a message's `about` names it."""
        mine = {"kind": self.kind, "plan": self.plan, "due_on": self.due_on.isoformat(), "about": self.about}
        return any(one == mine for one in told)


async def overdue_untold(session: AsyncSession, asked: Asked) -> Sequence[Finding]:
    """What has been overdue for two working days, and of which no message to anybody who is still there has gone."""
    found: list[Finding] = []
    at_large = await holders(session)
    after = ""
    while len(found) < MOST and (plans := await _next_plans(session, asked, after)):
        after = plans[-1]
        owed = await _owed(session, asked, plans)
        untold = await _not_by_notice(session, owed, at_large)
        found += [_finding(one) for one in await _not_at_all(session, untold, at_large)]
    return found[:MOST]


async def _next_plans(session: AsyncSession, asked: Asked, after: str) -> Sequence[str]:
    late = (obligation.c.status.in_(LIVE), obligation.c.due_on < _limit(asked, None), obligation.c.plan > after)
    plans = select(obligation.c.plan).where(*late).distinct().order_by(obligation.c.plan).limit(_PLANS_AT_ONCE)
    return (await session.scalars(plans)).all()


def _limit(asked: Asked, authority: str | None) -> date:
    """What was due, or known, before this day should have been told by now."""
    return asked.days.before(local_date(asked.now), _WORKING_DAYS, authority)


async def _owed(session: AsyncSession, asked: Asked, plans: Sequence[str]) -> list[Owed]:
    seen = and_(ledger.c.plan == obligation.c.plan, ledger.c.kind == "seen", ledger.c.key == obligation.c.key)
    columns = (
        obligation.c.plan, plan.c.authority, obligation.c.key, obligation.c.kind, obligation.c.about,
        obligation.c.due_on, obligation.c.responsible, ledger.c.at,
    )  # fmt: skip
    rows = await session.execute(
        select(*columns)
        .join(plan, plan.c.id == obligation.c.plan)
        .outerjoin(ledger, seen)
        .where(obligation.c.plan.in_(plans), obligation.c.status.in_(LIVE), obligation.c.due_on < _limit(asked, None))
    )
    found = [Owed(*row[:-1], since=max(row.due_on, local_date(row.at)) if row.at else row.due_on) for row in rows]
    return [one for one in found if one.since < _limit(asked, one.authority)]


async def _not_by_notice(session: AsyncSession, owed: Sequence[Owed], at_large: Sequence[Held]) -> list[Owed]:
    """Those of which no email of its own went to who owes it, or to somebody with a role for the whole authority."""
    if not owed:
        return []
    rows = await session.execute(
        select(message.c.plan, message.c.sent_to, message.c.about, message.c.at).where(
            message.c.plan.in_({one.plan for one in owed}),
            message.c.created_at >= min(one.told_from for one in owed),
            message.c.state == "sent",
            message.c.purpose.in_(("overdue", "escalation", "reminder")),
        )
    )
    sent = rows.all()
    there = {(held.authority, held.person) for held in at_large}
    return [
        one
        for one in owed
        if not any(
            name == one.plan
            and (person == one.responsible or (one.authority, person) in there)
            and at >= one.told_from
            and one.is_in(told)
            for name, person, told, at in sent
        )
    ]


async def _not_at_all(session: AsyncSession, owed: Sequence[Owed], at_large: Sequence[Held]) -> list[Owed]:
    """Those of which nobody heard either who holds a role on the plan, or stands in for somebody, digests included."""
    on_plans = await holders_of_plans(session, {one.plan for one in owed})
    left: list[Owed] = []
    for one in owed:
        there = on_plans.get(one.plan, set()) | {held.person for held in at_large if held.authority == one.authority}
        there |= {one.responsible} if one.responsible else set()
        if not await _heard(session, one, there | await covers(session, there)):
            left.append(one)
    return left


async def _heard(session: AsyncSession, one: Owed, people: set[str]) -> bool:
    rows = await session.scalars(
        select(message.c.about).where(
            message.c.person.in_(people),
            message.c.created_at >= one.told_from,
            message.c.at >= one.told_from,
            message.c.state == "sent",
            message.c.sent_to.in_(people),
            or_(message.c.plan == one.plan, and_(message.c.plan.is_(None), message.c.purpose == "digest")),
        )
    )
    return any(one.is_in(told) for told in rows)


def _finding(one: Owed) -> Finding:
    return Finding(
        "overdue_untold", f"{one.plan}|{one.key}", f"{one.plan}: {one.kind}, due {one.due_on}", one.authority
    )

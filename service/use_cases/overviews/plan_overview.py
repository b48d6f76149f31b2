"""One plan as it stands: what is owed, open alerts, problems, check-ins, and what was withheld lately."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Literal

from sqlalchemy.ext.asyncio import AsyncSession

from notifications.message import OutboxRow, State
from notifications.outbox import outbox
from service.domain.calendar import local_day
from service.domain.facts import Facts
from service.domain.obligations.obligation import Obligation, Status
from service.domain.own_id import OwnId
from service.domain.policy import PolicyBook
from service.domain.telling.alert_state import AlertState, states
from service.domain.telling.check_ins import CheckInSeries, check_in_series
from service.domain.telling.records import Withheld
from service.store import obligations, plans, waiting, withheld
from service.store.plans import PlanRow
from service.store.problems import Occurrences
from service.use_cases.looks.look_at_plan import facts_of
from service.use_cases.overviews.standing_problems import standing_problems

LATELY = timedelta(days=14)
_MOST_WITHHELD = 500
_ROLES = ("social_worker", "key_professional", "team_manager", "service_manager")

Course = Literal["running", "ended", "awaited", "withdrawn"]


@dataclass(frozen=True, slots=True)
class PlanOverview:
    """A plan at a moment.

    `course`: awaited is a plan that no event has opened; withdrawn one whose opening was withdrawn. Both have alerts
    alone. `opened_on`, `ended_on`: of the period that holds. `due`: since when a look at it is due; None: in time.
    """

    own_id: OwnId
    course: Course
    opened_on: date | None
    ended_on: date | None
    route: str | None
    service: str | None
    risk: str | None
    holders: tuple[tuple[str, str], ...]
    obligations: tuple[Obligation, ...]
    alerts: tuple[AlertState, ...]
    problems: tuple[Occurrences, ...]
    check_ins: tuple[CheckInSeries, ...]
    withheld: tuple[Withheld, ...]
    waiting: int
    due: datetime | None
    fault: str | None


async def plan_overview(
    session: AsyncSession, book: PolicyBook, now: datetime, plan: OwnId, late_after: timedelta
) -> PlanOverview | None:
    """How a plan stands; None where there is none. A look counts as late when it is due for `late_after`."""
    row, plan_facts = await plans.read(session, plan), await facts_of(session, book, plan)
    facts = plan_facts.for_alerts(now) if plan_facts else None
    if row is None or plan_facts is None or facts is None:
        return None
    opening = facts.opening if not facts.awaited else None
    return PlanOverview(
        own_id=plan,
        course=_course(facts),
        opened_on=facts.opened.day if opening else None,
        ended_on=facts.ended.day if facts.ended else None,
        route=opening.route if opening else None,
        service=opening.service if opening else None,
        risk=opening.risk if opening else None,
        holders=tuple((role, holder) for role in _ROLES if (holder := facts.holder(role, now))),
        obligations=tuple(_as_of(now, await obligations.of_plan(session, plan))),
        alerts=tuple(alert for alert in states(book, facts, plan_facts.ledger, now) if not alert.settled),
        problems=tuple([entry async for entry in standing_problems(session, book, now, plan=plan)]),
        check_ins=tuple(_agreed(facts, local_day(now))),
        withheld=tuple(await _withheld(session, plan, now - LATELY)),
        waiting=await waiting.for_plan(session, plan.id, plan.authority),
        due=_late_since(row, now - late_after),
        fault=row.fault,
    )


def _course(facts: Facts) -> Course:
    if not facts.introduced:
        return "awaited" if facts.awaited else "withdrawn"
    return "running" if facts.ended is None else "ended"


def _as_of(now: datetime, recorded: Sequence[Obligation]) -> list[Obligation]:
    """What is recorded as open becomes overdue at its moment, whether or not somebody has looked since."""
    return [replace(duty, status=Status.OVERDUE) if duty.live and duty.lapses_at <= now else duty for duty in recorded]


def _agreed(facts: Facts, today: date) -> list[CheckInSeries]:
    """The check-ins that go on, or are still to begin."""
    if facts.ended is not None or not facts.introduced:
        return []
    return [series for series in check_in_series(facts) if series.ends_before is None or series.ends_before > today]


async def _withheld(session: AsyncSession, plan: OwnId, since: datetime) -> list[Withheld]:
    """What a look held back, and what the last check of a queued message did."""
    looks = await withheld.of_plan(session, plan, since)
    rows = await outbox.recent(
        session, authority=plan.authority, plan=plan.id, states=[State.WITHHELD], limit=_MOST_WITHHELD
    )
    checks = [_held_back(row, row.settled_at or row.message.at) for row in rows]
    return sorted([*looks, *(held for held in checks if held.at >= since)], key=lambda held: (held.at, held.key))


def _held_back(row: OutboxRow, at: datetime) -> Withheld:
    message = row.message
    return Withheld(
        row.id, at, message.authority or "", message.plan, message.person, message.purpose, row.reason or "outdated"
    )


def _late_since(row: PlanRow, moment: datetime) -> datetime | None:
    return row.next_look if row.next_look is not None and row.next_look < moment else None

"""What would be told in the days ahead if nothing more were recorded: the looks that come, ahead of time, unwritten."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from config.database import Sessions, reading
from notifications.message import Message
from service.domain.look import Look, look_at
from service.domain.own_id import OwnId
from service.domain.policy import PolicyBook
from service.domain.telling.check_ins import FellowPlan
from service.domain.telling.gathered import gathered
from service.domain.telling.records import DigestLine
from service.store import plans
from service.store.plans import Coming
from service.use_cases.looks.look_at_plan import PlanFacts, facts_of_all, fellows_of

MOST_PLANS = 80
# An alert that nobody acknowledges is repeated every half hour: after so many looks a plan is left as it is.
_MOST_LOOKS = 100
_MOST_KEPT = 800  # plans, some ten kilobytes each


@dataclass(frozen=True, slots=True)
class DaysAhead:
    """What would be told, in order of time, over so many of the plans on which anything is to come."""

    messages: Sequence[Message]
    looked_over: Sequence[OwnId]
    plan_count: int
    is_cut_short: bool  # an open alert would be repeated more often than is listed


@dataclass(frozen=True, slots=True)
class _Start:
    """A plan as it stands, and when it is to be looked at next."""

    facts: PlanFacts
    fellows: Sequence[FellowPlan]
    next_look: datetime


@dataclass(frozen=True, slots=True)
class _OfPlan:
    """What would be told about one plan: messages, and lines for emails that gather those of several, by moment."""

    messages: Sequence[Message]
    lines: Sequence[tuple[datetime, Sequence[DigestLine]]]
    is_cut_short: bool


class DaysAheadDesk:
    """Works out the days ahead, and keeps what it worked out of a plan for as long as nothing looks at it again.

    Every fact that changes anything leads to a look, and each look gives the plan another version.
    """

    def __init__(self, sessions: Sessions, book: PolicyBook) -> None:
        self._sessions, self._book = sessions, book
        self._one_at_a_time = asyncio.Semaphore(1)  # each keeps a processor busy
        self._kept: dict[tuple[Coming, datetime], tuple[object, _OfPlan]] = {}

    async def days_ahead(
        self, authority: str, among: Collection[OwnId] | None, now: datetime, until: datetime
    ) -> DaysAhead:
        """What would be told before `until` on the plans `among` these (None: all of the authority), the nearest."""
        async with self._one_at_a_time:
            async with reading(self._sessions) as session:
                coming = await plans.coming(session, authority, until)
                due = [plan for plan in coming if among is None or plan.own_id in among]
                nearest = due[:MOST_PLANS]
                rules = self._book.versions(authority) if due else None
                ready = {plan: kept for plan in nearest if (kept := self._kept_of(plan, until, rules)) is not None}
                starts = await self._starts(session, [plan for plan in nearest if plan not in ready], now)
            worked_out = await asyncio.to_thread(_worked_out, self._book, starts, until)
        for plan, of_plan in worked_out.items():
            # What is due already depends on the moment, and check-ins on other plans, too.
            if plan.next_look > now and not starts[plan].fellows:
                self._keep(plan, until, rules, of_plan)
        of_plans = ready | worked_out
        return _gathered(self._book, [of_plans[plan] for plan in nearest if plan in of_plans], [*nearest], len(due))

    async def _starts(self, session: AsyncSession, due: Sequence[Coming], now: datetime) -> dict[Coming, _Start]:
        facts = await facts_of_all(session, self._book, [plan.own_id for plan in due])
        starts: dict[Coming, _Start] = {}
        for plan in due:
            if (plan_facts := facts.get(plan.own_id)) is not None:
                fellows = await fellows_of(session, self._book, plan.own_id, plan_facts, now)
                starts[plan] = _Start(plan_facts, fellows, max(plan.next_look, now))
        return starts

    def _kept_of(self, plan: Coming, until: datetime, rules: object) -> _OfPlan | None:
        under, of_plan = self._kept.get((plan, until), (None, None))
        return of_plan if under is rules else None

    def _keep(self, plan: Coming, until: datetime, rules: object, of_plan: _OfPlan) -> None:
        if len(self._kept) >= _MOST_KEPT:
            self._kept.clear()
        self._kept[plan, until] = rules, of_plan


def _worked_out(book: PolicyBook, starts: Mapping[Coming, _Start], until: datetime) -> dict[Coming, _OfPlan]:
    return {plan: _of_plan(book, start, until) for plan, start in starts.items()}


def _of_plan(book: PolicyBook, start: _Start, until: datetime) -> _OfPlan:
    outcomes = list(_looks(book, start, until))
    messages = {message.name: message for _, outcome in outcomes for message in outcome.messages}
    lines = [(moment, outcome.lines) for moment, outcome in outcomes if outcome.lines]
    return _OfPlan([*messages.values()], lines, len(outcomes) == _MOST_LOOKS)


def _gathered(
    book: PolicyBook, of_plans: Sequence[_OfPlan], looked_over: Sequence[Coming], plan_count: int
) -> DaysAhead:
    messages = {message.name: message for of_plan in of_plans for message in of_plan.messages}
    lines: dict[datetime, list[DigestLine]] = defaultdict(list)
    for of_plan in of_plans:
        for moment, of_moment in of_plan.lines:
            lines[moment] += of_moment
    emails = [email for moment, of_moment in lines.items() for email in gathered(of_moment, (), book, moment)]
    in_order = sorted([*messages.values(), *emails], key=lambda message: message.at)
    is_cut_short = any(of_plan.is_cut_short for of_plan in of_plans)
    return DaysAhead(in_order, [plan.own_id for plan in looked_over], plan_count, is_cut_short)


def _looks(book: PolicyBook, start: _Start, until: datetime) -> Iterator[tuple[datetime, Look]]:
    ledger, moment, facts, rests = start.facts.ledger, start.next_look, None, None
    for _ in range(_MOST_LOOKS):
        if facts is None or facts.ahead is not None:  # else nothing of them waits for a day to come
            facts = start.facts.for_alerts(moment)
        outcome = look_at(book, facts, ledger, moment, fellows=start.fellows, rests=rests)
        yield moment, outcome
        if outcome.next_look is None or outcome.next_look >= until:
            return
        ledger, moment, rests = outcome.ledger, outcome.next_look, outcome.rests

"""What would be told in the days ahead if nothing more were recorded: the looks that come, ahead of time, unwritten."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
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
from service.use_cases.looks.look_at_plan import PlanFacts, facts_of, fellows_of

MOST_PLANS = 80
# An alert that nobody acknowledges is repeated every half hour: after so many looks a plan is left as it is.
_MOST_LOOKS = 100
_ONE_AT_A_TIME = asyncio.Semaphore(1)  # each keeps a processor busy


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


async def days_ahead(
    sessions: Sessions,
    book: PolicyBook,
    authority: str,
    among: Collection[OwnId] | None,
    now: datetime,
    until: datetime,
) -> DaysAhead:
    """What would be told before `until` on the plans `among` these (None: all of the authority), the nearest first."""
    async with reading(sessions) as session:
        coming = await plans.coming(session, authority, until)
        due = [(plan, moment) for plan, moment in coming if among is None or plan in among]
        starts = [await _start(session, book, plan, moment, now) for plan, moment in due[:MOST_PLANS]]
    async with _ONE_AT_A_TIME:
        messages, is_cut_short = await asyncio.to_thread(_told, book, [start for start in starts if start], until)
    return DaysAhead(messages, [plan for plan, _ in due[:MOST_PLANS]], len(due), is_cut_short)


async def _start(
    session: AsyncSession, book: PolicyBook, plan: OwnId, next_look: datetime, now: datetime
) -> _Start | None:
    facts = await facts_of(session, book, plan)
    if facts is None:
        return None
    return _Start(facts, await fellows_of(session, book, plan, facts, now), max(next_look, now))


def _told(book: PolicyBook, starts: Sequence[_Start], until: datetime) -> tuple[list[Message], bool]:
    messages: dict[str, Message] = {}
    lines: dict[datetime, list[DigestLine]] = defaultdict(list)
    is_cut_short = False
    for start in starts:
        looks = 0
        for moment, outcome in _looks(book, start, until):
            looks += 1
            messages |= {message.name: message for message in outcome.messages}
            lines[moment] += outcome.lines
        is_cut_short |= looks == _MOST_LOOKS
    emails = [email for moment in lines if lines[moment] for email in gathered(lines[moment], (), book, moment)]
    return sorted([*messages.values(), *emails], key=lambda message: message.at), is_cut_short


def _looks(book: PolicyBook, start: _Start, until: datetime) -> Iterator[tuple[datetime, Look]]:
    ledger, moment, facts = start.facts.ledger, start.next_look, None
    for _ in range(_MOST_LOOKS):
        if facts is None or facts.ahead is not None:  # else nothing of them waits for a day to come
            facts = start.facts.for_alerts(moment)
        outcome = look_at(book, facts, ledger, moment, fellows=start.fellows)
        yield moment, outcome
        if outcome.next_look is None or outcome.next_look >= until:
            return
        ledger, moment = outcome.ledger, outcome.next_look

"""The figures of an authority: what was in time, what is late for how long, and how alerts and texts were answered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from service.domain import figures
from service.domain.calendar import local_day, monday_of
from service.domain.events.event import stored_event
from service.domain.events.payloads.alerts import AlertAcknowledged, BottomLineBreached
from service.domain.events.withdrawals import standing
from service.domain.figures import Bucket, Share
from service.domain.policy import PolicyBook
from service.domain.telling.check_ins import ANSWER_WITHIN
from service.store import obligations, overview_rows, replies
from service.store.open_breaches import plans_with_breaches_since
from service.store.overview_rows import DueCount, MessageCount
from service.use_cases.overviews.open_alerts import next_repeated
from service.use_cases.overviews.teams import teams_of

LATELY = timedelta(days=91)  # a quarter of a year
_ALERTS_SINCE = timedelta(days=365)
_WEEKS = 8
MESSAGES_SINCE = timedelta(days=28)


@dataclass(frozen=True, slots=True)
class AuthorityFigures:
    """The figures at a moment. Teams are named by their managers' ids; "": nobody manages these plans."""

    by_kind: tuple[Share, ...]
    by_team: tuple[Share, ...]
    by_month: tuple[Share, ...]  # labelled `2026-11`
    ages: tuple[Bucket, ...]
    waits: tuple[Bucket, ...]
    median_wait: int | None  # minutes
    answered: tuple[Share, ...]  # labelled by the Monday of the week
    messages: tuple[MessageCount, ...]


async def authority_figures(session: AsyncSession, book: PolicyBook, now: datetime, authority: str) -> AuthorityFigures:
    """The figures of an authority at a moment. What is due today counts once the day is over."""
    today = local_day(now)
    yesterday = today - timedelta(days=1)
    months_ago = (today.replace(day=1) - timedelta(days=150)).replace(day=1)
    counts = await overview_rows.due_counts(session, authority, months_ago, yesterday)
    lately = [count for count in counts if count.due_on >= today - LATELY]
    late = await obligations.late_days(session, today, authority)
    waits = await _waits(session, book, now, authority)
    return AuthorityFigures(
        by_kind=tuple(figures.shares_in_time((count.kind, count.status, count.number) for count in lately)),
        by_team=tuple(await _by_team(session, now, authority, yesterday)),
        by_month=tuple(sorted(_by_month(counts), key=lambda share: share.label)),
        ages=tuple(figures.overdue_by_age(late, book.newest(authority).calendar, today)),
        waits=tuple(figures.by_wait(waits)),
        median_wait=figures.median_minutes(waits),
        answered=tuple(await _answered(session, now, authority)),
        messages=tuple(await overview_rows.message_counts(session, authority, now - MESSAGES_SINCE)),
    )


def _by_month(counts: Sequence[DueCount]) -> list[Share]:
    return figures.shares_in_time((f"{count.due_on:%Y-%m}", count.status, count.number) for count in counts)


async def _by_team(session: AsyncSession, now: datetime, authority: str, until: date) -> list[Share]:
    teams = await teams_of(session, authority)
    counts = await overview_rows.plan_counts(session, authority, local_day(now) - LATELY, until)
    return figures.shares_in_time((teams.manager_of(row.plan), row.status, row.number) for row in counts)


async def _waits(session: AsyncSession, book: PolicyBook, now: datetime, authority: str) -> list[timedelta | None]:
    plans = await plans_with_breaches_since(
        session, authority, now - _ALERTS_SINCE, next_repeated(book, {authority}, now)
    )
    raws = await overview_rows.alert_events(session, authority, [plan.id for plan in plans])
    facts = list(standing([stored_event(raw, book.authorities, authority) for raw in raws]))
    # A breach that is recorded late is alerted when it becomes known: the wait begins then.
    breaches = {f"{fact.subject}#{fact.id}": fact.time for fact in facts if isinstance(fact.data, BottomLineBreached)}
    answers = [
        (f"{fact.subject}#{fact.data.alert}", min(fact.data.at or fact.time, fact.time))
        for fact in facts
        if isinstance(fact.data, AlertAcknowledged)
    ]
    return figures.waits_of(breaches, answers)


async def _answered(session: AsyncSession, now: datetime, authority: str) -> list[Share]:
    begins = monday_of(local_day(now)) - timedelta(weeks=_WEEKS - 1)
    since = now - timedelta(days=(local_day(now) - begins).days + 1)
    texts = [
        (text.person, text.at, monday_of(local_day(text.at)).isoformat())
        for text in await replies.texts_to(session, authority, None, since)
        if text.at <= now - ANSWER_WITHIN and local_day(text.at) >= begins
    ]
    came = [(reply.person, reply.at) for reply in await replies.since(session, authority, since)]
    return figures.answered(texts, came, ANSWER_WITHIN)

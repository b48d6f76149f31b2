"""Figures for monitoring. Their cost grows with what waits, or with the last hour, not with what is stored."""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, and_, case, cast, extract, func, or_, select, true
from sqlalchemy.ext.asyncio import AsyncSession

from notifications.tables import attempt, interruption, message
from service.domain.calendar import local_day
from service.store import findings, high_water_marks, processes
from service.store.obligations import is_late
from service.store.tables import IS_LIVE, event_wait, obligation, plan, problem, pull

Labelled = Mapping[Any, float]  # the key holds the values of the labels, in order
BUCKETS = (1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 300.0, 900.0, 3600.0)  # seconds
_HOUR = timedelta(hours=1)  # not a day: a large council's 200,000 messages would cost each scrape half a second


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures that change from one scrape to the next."""

    waiting: Labelled  # (state, channel, lane)
    last_hour: Labelled  # (state, channel, purpose)
    oldest: Labelled  # (lane,), seconds
    unknown_oldest: float
    hand_over: Mapping[str, Sequence[int]]  # by lane: how many messages within each bucket, then all
    attempts: Labelled  # (provider, outcome)
    pull_age: Labelled  # (provider,), seconds
    interruptions: Labelled  # (kind,)
    findings: Mapping[str, int]
    sentinel_age: float | None
    processes: Mapping[str, int]
    events: int


@dataclass(frozen=True, slots=True)
class SlowFigures:
    """The figures whose cost grows with what is stored. They are asked for once a minute."""

    plans: int
    plans_failing: int
    events_waiting: int
    obligations: Labelled  # (status,)
    problems: Labelled = field(default_factory=dict)  # (code,)


async def figures(session: AsyncSession, now: datetime) -> Figures:
    """The figures of a moment."""
    last_look = await findings.last_look(session)
    unknown = await session.scalar(
        select(func.min(message.c.unknown_since)).where(message.c.next_attempt_at.is_not(None))
    )
    lane = (message.c.state, message.c.channel, message.c.urgent)
    # Two questions, with an index each: one question for both would read all messages that were ever sent.
    waiting = await _by(session, lane, message.c.next_attempt_at.is_not(None))
    waiting |= await _by(session, lane, message.c.lease_until.is_not(None))
    hour = message.c.created_at > now - _HOUR
    return Figures(
        waiting=_in_lanes(waiting),
        last_hour=await _by(session, (message.c.state, message.c.channel, message.c.purpose), hour),
        oldest=await _oldest(session, now),
        unknown_oldest=_age(unknown, now),
        hand_over=await _hand_over(session, now),
        attempts=await _by(session, (attempt.c.provider, attempt.c.outcome), attempt.c.started_at > now - _HOUR),
        pull_age=await _pulls(session, now),
        interruptions=await _by(session, (interruption.c.kind,), interruption.c.ended_at.is_(None)),
        findings=await findings.counts(session),
        sentinel_age=None if last_look is None else _age(last_look, now),
        processes=await processes.living(session, now),
        events=(await high_water_marks.newest(session)).events,
    )


async def slow_figures(session: AsyncSession, now: datetime) -> SlowFigures:
    """The figures for which all that is live is counted: obligations in an index that holds no others."""
    all_live, overdue = (await session.execute(_owed(local_day(now)))).one()
    return SlowFigures(
        plans=await _number(session, select(func.count()).select_from(plan)),
        plans_failing=await _number(session, select(func.count()).where(plan.c.fault_at.is_not(None))),
        events_waiting=await _number(session, select(func.count(event_wait.c.seq.distinct()))),
        obligations={("open",): all_live - overdue, ("overdue",): overdue},
        problems=await _by(session, (problem.c.code,), true()),
    )


def _owed(today: date) -> Select[int, int]:
    """How many obligations are live, and how many of them are late by a local day."""
    return select(func.count(), func.count().filter(is_late(today))).select_from(obligation).where(IS_LIVE)


async def _number(session: AsyncSession, statement: Select[int]) -> int:
    return await session.scalar(statement) or 0


async def _by(
    session: AsyncSession, columns: Sequence[ColumnElement[Any]], condition: ColumnElement[bool]
) -> dict[tuple[Any, ...], float]:
    """How many rows there are of each combination of values."""
    rows = await session.execute(select(*columns, func.count()).where(condition).group_by(*columns))
    return {tuple(label if isinstance(label, bool) else label or "none" for label in row[:-1]): row[-1] for row in rows}


async def _oldest(session: AsyncSession, now: datetime) -> Labelled:
    due = and_(message.c.next_attempt_at.is_not(None), message.c.next_attempt_at <= now)
    rows = await session.execute(select(message.c.urgent, func.min(message.c.at)).where(due).group_by(message.c.urgent))
    return {("urgent",): 0.0, ("routine",): 0.0} | {(_lane(urgent),): _age(at, now) for urgent, at in rows}


async def _hand_over(session: AsyncSession, now: datetime) -> Mapping[str, Sequence[int]]:
    """How long the messages of the last hour took to be handed over.

    The time of an urgent message counts from the event that called for it, that of others from their moment.
    """
    at, created_at = message.c.at, message.c.created_at
    called_for = case((or_(message.c.urgent, at < created_at), created_at), else_=at)
    seconds = _whole_seconds(session, called_for, message.c.settled_at)
    handed_over = (message.c.created_at > now - _HOUR, message.c.state == "sent", message.c.settled_at.is_not(None))
    rows = await session.execute(
        select(message.c.urgent, seconds.label("seconds"), func.count().label("number"))
        .where(*handed_over)
        .group_by(message.c.urgent, "seconds")
    )
    within = {lane: [0] * (len(BUCKETS) + 1) for lane in ("urgent", "routine")}
    for urgent, took, number in rows:
        for bucket in range(bisect_left(BUCKETS, took), len(BUCKETS) + 1):
            within[_lane(urgent)][bucket] += number
    return within


def _whole_seconds(session: AsyncSession, since: ColumnElement[Any], until: ColumnElement[Any]) -> ColumnElement[Any]:
    """The whole seconds between two moments, rounded up. The database works them out, since rows come in thousands."""
    if session.get_bind().dialect.name == "postgresql":
        return func.ceil(extract("epoch", until - since))
    days = func.julianday(until) - func.julianday(since)
    return cast(days * 86_400 + 0.9995, Integer)  # the cast cuts off; half a millisecond is as exact as days are


async def _pulls(session: AsyncSession, now: datetime) -> Labelled:
    rows = await session.execute(select(pull.c.provider, pull.c.covered_until))
    return {(provider,): _age(until, now) if until else float("inf") for provider, until in rows}


def _age(since: datetime | None, now: datetime) -> float:
    return max((now - since).total_seconds(), 0.0) if since else 0.0


def _in_lanes(numbers: Labelled) -> Labelled:
    return {(state, channel, _lane(urgent)): number for (state, channel, urgent), number in numbers.items()}


def _lane(urgent: bool) -> str:
    return "urgent" if urgent else "routine"

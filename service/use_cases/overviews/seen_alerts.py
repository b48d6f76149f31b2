"""The alerts that a page may show a person, and all that happened to one of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from service.domain.own_id import OwnId
from service.domain.policy import PolicyBook
from service.domain.telling.alert_state import AlertState, NextAlert, next_alerts
from service.store.alert_messages import AlertMessage, of_alert
from service.store.open_breaches import plans_with_breaches_since
from service.use_cases.looks.alert_states import alerts_of_all
from service.use_cases.overviews.open_alerts import next_repeated

# How long an alert that has ended stays on the page of whoever was alerted.
STAYS_FOR = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class AlertedRow:
    """What a person was sent about an alert by one channel: how often, from when to when, and the latest's state."""

    person: str
    role: str
    channel: str
    times: int
    began: datetime
    latest: datetime
    state: str


@dataclass(frozen=True, slots=True)
class AlertHistory:
    """An alert, who was told of it when, and who is told next."""

    alert: AlertState
    messages: tuple[AlertedRow, ...]
    next: tuple[NextAlert, ...]


async def alerts_of_person(session: AsyncSession, book: PolicyBook, now: datetime, person: OwnId) -> list[AlertState]:
    """The alerts on whose ladder a person stands: those that go on, the newest first, then those that ended lately."""
    until = next_repeated(book, {person.authority}, now)
    plans = await plans_with_breaches_since(session, person.authority, now - STAYS_FOR, until)
    alerts = await alerts_of_all(session, book, plans, now)
    shown = [alert for alert in alerts if _is_shown(alert, person.id, now)]
    return sorted(shown, key=lambda alert: (alert.settled, -alert.crossed_at.timestamp()))


def _is_shown(alert: AlertState, person: str, now: datetime) -> bool:
    """While it goes on, to everybody on its ladder; afterwards to those who were alerted first, or took it."""
    theirs = [rung for rung in alert.rungs if rung.person == person]
    if not alert.settled:
        return bool(theirs)
    began = min(rung.alerted_from for rung in alert.rungs)
    concerned = any(rung.alerted_from == began or rung.acknowledged_at is not None for rung in theirs)
    return concerned and alert.crossed_at > now - STAYS_FOR


async def alert_history(session: AsyncSession, alert: AlertState, now: datetime) -> AlertHistory:
    """All that happened to an alert, and what comes next."""
    messages = await of_alert(session, OwnId(alert.authority, alert.plan), alert.breach)
    return AlertHistory(alert, tuple(folded(messages)), tuple(next_alerts(alert, now)))


def folded(messages: Sequence[AlertMessage]) -> list[AlertedRow]:
    """Messages in order of time as one row for each person, role and channel, in the order of their beginnings."""
    rows: dict[tuple[str, str, str], AlertedRow] = {}
    for message in messages:
        key = (message.person, message.role, message.channel)
        earlier = rows.get(key)
        times, began = (earlier.times + 1, earlier.began) if earlier else (1, message.at)
        rows[key] = AlertedRow(*key, times, began, message.at, message.state)
    return list(rows.values())

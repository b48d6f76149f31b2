"""How much waits for somebody: what the navigation counts."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from service.domain.calendar import local_day
from service.domain.own_id import OwnId
from service.domain.policy import PolicyBook
from service.domain.telling.alert_state import AlertState
from service.store import obligations
from service.store.alert_messages import alerted_lately
from service.use_cases.looks.alert_states import alerts_of_all
from service.use_cases.overviews.replies_to_read import replies_to_read

_BEHIND = timedelta(minutes=15)  # by which a message may go later than it was due


async def waiting_numbers(session: AsyncSession, book: PolicyBook, person: OwnId, now: datetime) -> dict[str, int]:
    """By name, how much waits for a person: what they owe and is late, alerts to acknowledge, and replies to read.

    Whom an alert waits for is alerted again and again: so only the plans are looked at of which they were told lately.
    """
    again = max(policy.bottom_line.again_every for policy in book.versions(person.authority))
    plans = await alerted_lately(session, person, now - timedelta(minutes=again) - _BEHIND)
    alerts = await alerts_of_all(session, book, plans, now)
    waiting = [alert for alert in alerts if not alert.settled and _waits_for(alert, person.id)]
    replies = await replies_to_read(session, book, now, person)
    return {
        "overdue": await obligations.count_late(session, local_day(now), person),
        "alerts": len(waiting),
        "replies": sum(reply.handling is None for reply in replies),
    }


def _waits_for(alert: AlertState, person: str) -> bool:
    return any(rung.person == person and rung.acknowledged_at is None for rung in alert.rungs)

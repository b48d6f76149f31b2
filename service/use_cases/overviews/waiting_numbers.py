"""How much waits for somebody: what the navigation counts."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from service.domain.calendar import local_day
from service.domain.own_id import OwnId
from service.domain.policy import PolicyBook
from service.store import obligations
from service.store.open_breaches import plans_with_breaches_since
from service.use_cases.looks.alert_states import alerts_of
from service.use_cases.overviews.replies_to_read import replies_to_read


async def waiting_numbers(session: AsyncSession, book: PolicyBook, person: OwnId, now: datetime) -> dict[str, int]:
    """By name, how much waits for a person: what they owe and is late, alerts that go on, and replies to read."""
    plans = await plans_with_breaches_since(session, person.authority, now, now)
    alerts = [alert for plan in plans for alert in await alerts_of(session, book, plan, now) if not alert.settled]
    theirs = [alert for alert in alerts if any(rung.person == person.id for rung in alert.rungs)]
    replies = await replies_to_read(session, book, now, person)
    return {
        "overdue": await obligations.count_late(session, local_day(now), person),
        "alerts": len(theirs),
        "replies": sum(reply.handling is None for reply in replies),
    }

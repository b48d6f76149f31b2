"""The alerts of a plan as they stand, from what is stored."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from service.domain.own_id import OwnId
from service.domain.policy import PolicyBook
from service.domain.telling.alert_state import AlertState, states
from service.store.alert_codes import Alerted
from service.use_cases.looks.look_at_plan import facts_of_all


async def alerts_of(session: AsyncSession, book: PolicyBook, plan: OwnId, now: datetime) -> list[AlertState]:
    """The alerts of a plan, settled ones too. Empty: there are none, or there is no such plan."""
    return await alerts_of_all(session, book, [plan], now)


async def alerts_of_all(
    session: AsyncSession, book: PolicyBook, plans: Collection[OwnId], now: datetime
) -> list[AlertState]:
    """The same of several plans, in order of plans and in about as many questions as for one."""
    by_plan = await facts_of_all(session, book, plans)
    alerts: list[AlertState] = []
    for plan in sorted(by_plan):
        facts = by_plan[plan].for_alerts(now)
        alerts += states(book, facts, by_plan[plan].ledger, now) if facts else []
    return alerts


async def alert_of(session: AsyncSession, book: PolicyBook, alerted: Alerted, now: datetime) -> AlertState | None:
    """The alert that somebody was told of. None: its breach was withdrawn."""
    alerts = await alerts_of(session, book, OwnId(alerted.authority, alerted.plan), now)
    return next((alert for alert in alerts if alert.uid == alerted.breach), None)

"""The alerts of a plan as they stand, from what is stored."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from service.domain.own_id import OwnId
from service.domain.policy import PolicyBook
from service.domain.telling.alert_state import AlertState, states
from service.store.alert_codes import Alerted
from service.use_cases.looks.look_at_plan import facts_of


async def alerts_of(session: AsyncSession, book: PolicyBook, plan: OwnId, now: datetime) -> list[AlertState]:
    """The alerts of a plan, settled ones too. Empty: there are none, or there is no such plan."""
    plan_facts = await facts_of(session, book, plan)
    facts = plan_facts.for_alerts(now) if plan_facts else None
    return states(book, facts, plan_facts.ledger, now) if plan_facts and facts else []


async def alert_of(session: AsyncSession, book: PolicyBook, alerted: Alerted, now: datetime) -> AlertState | None:
    """The alert that somebody was told of. None: its breach was withdrawn."""
    alerts = await alerts_of(session, book, OwnId(alerted.authority, alerted.plan), now)
    return next((alert for alert in alerts if alert.uid == alerted.breach), None)

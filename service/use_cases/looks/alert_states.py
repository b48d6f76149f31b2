"""The alerts of a plan as they stand, from what is stored."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from service.domain.calendar import local_day
from service.domain.facts import Facts
from service.domain.own_id import OwnId
from service.domain.policy import PolicyBook
from service.domain.telling.alert_state import AlertState, states
from service.store import plans
from service.store.alert_codes import Alerted
from service.use_cases.looks.look_at_plan import facts_of_plan


async def alerts_of(session: AsyncSession, book: PolicyBook, plan: OwnId, now: datetime) -> list[AlertState]:
    """The alerts of a plan, settled ones too. Empty: there are none, or there is no such plan."""
    if not await plans.known(session, [plan]):
        return []
    plan_facts = await facts_of_plan(session, book, plan)
    facts = Facts.for_alerts(plan_facts.events, plan_facts.directory, local_day(now))
    return states(book, facts, plan_facts.ledger, now) if facts else []


async def alert_of(session: AsyncSession, book: PolicyBook, alerted: Alerted, now: datetime) -> AlertState | None:
    """The alert that somebody was told of. None: its breach was withdrawn."""
    alerts = await alerts_of(session, book, OwnId(alerted.authority, alerted.plan), now)
    return next((alert for alert in alerts if alert.uid == alerted.breach), None)

"""Acknowledge an alert: an event like any other, made for the person who has the alert."""

import hashlib
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from config.database import Sessions, reading
from service.domain.calendar import iso_local
from service.domain.events.payloads.alerts import AlertAcknowledged
from service.domain.own_id import OwnId
from service.domain.policy import PolicyBook
from service.domain.telling.alert_state import AlertState
from service.store.alert_codes import Alerted
from service.use_cases.looks.alert_states import alert_of
from service.use_cases.looks.look_at_plan import facts_of

Raw = dict[str, object]
Intake = Callable[[Sequence[object]], Awaitable[object]]
ACKNOWLEDGED = "alert.acknowledged"


async def acknowledge(
    sessions: Sessions, book: PolicyBook, take_in: Intake, alerted: Alerted, way: str, now: datetime
) -> AlertState | None:
    """Record that a person has an alert, unless that is known, or nothing more is sent about it.

    Returns the alert as it stands then; None: there is no such alert any more. `way` tells how it came: `link`, say.
    Two clicks at one moment make one event.
    """
    async with reading(sessions) as session:
        alert = await alert_of(session, book, alerted, now)
        if alert is None or alert.settled or alert.acknowledged_by(alerted.person) is not None:
            return alert
        name = await _name(session, book, alert, alerted, way)
    await take_in([acknowledgement(alert, alerted.person, name, now, now)])
    async with reading(sessions) as session:
        return await alert_of(session, book, alerted, now)


def acknowledgement(alert: AlertState, person: str, name: str, at: datetime, recorded: datetime) -> Raw:
    """The event that says that a person has an alert; `name` is its id."""
    return {
        "specversion": "1.0",
        "id": name,
        "source": f"/{alert.authority}/planwatch",
        "type": ACKNOWLEDGED,
        "subject": alert.plan,
        "time": iso_local(recorded),
        "data": {"alert": alert.breach, "by": person, "at": iso_local(at)},
    }


async def _name(session: AsyncSession, book: PolicyBook, alert: AlertState, alerted: Alerted, way: str) -> str:
    """An id that is the same until an acknowledgement by this person is on record: once it is withdrawn, a new one."""
    plan_facts = await facts_of(session, book, OwnId(alert.authority, alert.plan))
    recorded = [event.data for event in plan_facts.events] if plan_facts else []
    answers = [data for data in recorded if isinstance(data, AlertAcknowledged) and data.alert == alert.breach]
    earlier = sum(data.by == alerted.person for data in answers)
    digest = hashlib.sha256(f"{alert.plan}/{alert.uid}/{alerted.person}".encode()).hexdigest()[:16]
    return f"{way}-{digest}-{earlier + 1}"

"""How far a bottom line has climbed: who has been told how often, and who has acknowledged."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from cli.demo.data.caseload import BREACH_TYPE, CloudEvent, DemoPerson, recorded_at
from cli.demo.pages.demonstration import Demonstration
from config.database import reading
from service.domain.calendar import local_day
from service.domain.facts import Facts
from service.domain.own_id import OwnId
from service.store import events
from service.use_cases.looks.alert_states import alerts_of
from service.use_cases.looks.look_at_plan import facts_of_plan

_LATEST = 3


@dataclass(frozen=True, slots=True)
class Step:
    """Somebody on the ladder: `message_count` counts emails and texts."""

    person: DemoPerson
    message_count: int
    has_acknowledged: bool


@dataclass(frozen=True, slots=True)
class AlertProgress:
    """A bottom line that was crossed; `rungs` are (when told, who stands there)."""

    plan: str
    event: str
    at: datetime
    is_open: bool
    rungs: tuple[tuple[str, tuple[Step, ...]], ...]
    is_hub_owed: bool  # whether the council's policy has the Hub told of it, beside all this

    @property
    def told(self) -> int:
        """How many messages it has caused."""
        return sum(step.message_count for _, steps in self.rungs for step in steps)

    @property
    def acknowledged_by(self) -> list[str]:
        """Who has acknowledged."""
        return [step.person.name for _, steps in self.rungs for step in steps if step.has_acknowledged]


async def latest_alerts(demonstration: Demonstration) -> list[AlertProgress]:
    """The bottom lines that were crossed last, the newest first."""
    posted = reversed(demonstration.case_system.posted)
    crossed = [event for event in posted if event["type"] == BREACH_TYPE]
    async with reading(demonstration.service.sessions) as session:
        return [await _progress(session, demonstration, event) for event in crossed[:_LATEST]]


async def _progress(session: AsyncSession, demonstration: Demonstration, breach: CloudEvent) -> AlertProgress:
    book, plan, event = demonstration.service.book, str(breach["subject"]), str(breach["id"])
    authority, at = demonstration.caseload.plans[plan], recorded_at(breach)
    own_id = OwnId(authority, plan)
    message_counts = await _told(session, demonstration, own_id, at)
    acknowledged = [raw for raw in await events.of_plan(session, own_id) if raw["type"] == "alert.acknowledged"]
    by = {str(raw["data"]["by"]) for raw in acknowledged if raw["data"]["alert"] == event}
    alerts = await alerts_of(session, book, own_id, demonstration.clock.now())
    history = await facts_of_plan(session, book, own_id)
    facts = Facts.of(history.events, history.directory, local_day(at))
    policy = book.in_force(authority, local_day(at))

    def steps(roles: list[str]) -> tuple[Step, ...]:
        """Who stands on a rung, as the council's policy has it."""
        holders = [holder for role in roles if facts and (holder := facts.holder(role, at))]
        return tuple(Step(demonstration.person(holder), message_counts[holder], holder in by) for holder in holders)

    line = policy.bottom_line
    later = ((f"After {rung.after} minutes", steps([rung.role])) for rung in line.then)
    rungs = (("At once", steps(list(line.alert))), *later)
    is_open = any(alert.breach == event and not alert.settled for alert in alerts)
    is_hub_owed = any(rule.kind == "notify_hub" for rule in policy.rules)
    return AlertProgress(plan, event, at, is_open, rungs, is_hub_owed)


async def _told(session: AsyncSession, demonstration: Demonstration, plan: OwnId, since: datetime) -> Counter[str]:
    arrivals = [arrival for arrival in demonstration.arrivals.after() if arrival.at >= since]
    sent = (await demonstration.sent.of(session, arrivals)).values()
    about = [message for message in sent if (message.authority, message.plan) == plan]
    return Counter(message.person for message in about if message.template == "bottom_line")

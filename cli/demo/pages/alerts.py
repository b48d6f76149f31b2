"""How far a bottom line has climbed: who has been told how often, and who has taken hold."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from cli.demo.caseload import every_plan
from cli.demo.cast import BY_ID
from cli.demo.pages.demonstration import Stage
from cli.demo.person import Person
from cli.demo.standins.case_system import Posted
from cli.demo.story import BREACH_TYPE
from config.database import reading
from service.domain.calendar import local_day
from service.domain.facts import Facts
from service.domain.policy import PolicyBook
from service.store import events
from service.use_cases.looks.look_at_plan import facts_of_plan
from service.web import board

_LATEST = 3
_AUTHORITIES = {plan.id: plan.authority for plan in every_plan()}


@dataclass(frozen=True, slots=True)
class Step:
    """Somebody on the ladder: `told` counts emails and texts."""

    person: Person
    told: int
    has_acknowledged: bool


@dataclass(frozen=True, slots=True)
class Climb:
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
        return sum(step.told for _, steps in self.rungs for step in steps)

    @property
    def took_hold(self) -> list[str]:
        """Who has acknowledged."""
        return [step.person.name for _, steps in self.rungs for step in steps if step.has_acknowledged]


async def climbs(stage: Stage, book: PolicyBook) -> list[Climb]:
    """The bottom lines that were crossed last, the newest first."""
    crossed = [posted for posted in reversed(stage.case_system.posted) if posted.event["type"] == BREACH_TYPE]
    async with reading(stage.sessions) as session:
        return [await _climb(session, stage, book, posted) for posted in crossed[:_LATEST]]


async def _climb(session: AsyncSession, stage: Stage, book: PolicyBook, posted: Posted) -> Climb:
    plan, event = str(posted.event["subject"]), str(posted.event["id"])
    told = await _told(session, stage, plan, posted.at)
    facts = [raw for raw in await events.of_plan(session, plan) if raw["type"] == "alert.acknowledged"]
    by = {str(raw["data"]["by"]) for raw in facts if raw["data"]["alert"] == event}
    alerts = await board.alerts_of(session, book, stage.clock.now(), plan)

    def step(person: str) -> Step:
        return Step(BY_ID[person], told[person], person in by)

    ladder = await _ladder(session, book, plan, posted.at)
    rungs = tuple((when, tuple(step(person) for person in people)) for when, people in ladder)
    policy = book.in_force(_AUTHORITIES[plan], local_day(posted.at))
    is_hub_owed = any(rule.kind == "notify_hub" for rule in policy.rules)
    return Climb(plan, event, posted.at, any(alert.event == event for alert in alerts), rungs, is_hub_owed)


async def _told(session: AsyncSession, stage: Stage, plan: str, since: datetime) -> Counter[str]:
    arrivals = [one for one in stage.received.everything() if one.at >= since]
    origins = await stage.origins.of(session, arrivals)
    return Counter(one.person for one in origins.values() if one.plan == plan and one.template == "bottom_line")


async def _ladder(session: AsyncSession, book: PolicyBook, plan: str, at: datetime) -> list[tuple[str, list[str]]]:
    """Who stands on each rung, as the council's policy has it."""
    authority = _AUTHORITIES[plan]
    known = await facts_of_plan(session, book, plan, authority)
    facts = Facts.of(known.events, known.directory)
    line = book.in_force(authority, local_day(at)).bottom_line
    rungs = [("At once", list(line.alert))]
    rungs += [(f"After {rung.after} minutes", [rung.role]) for rung in line.then]
    return [(when, [held for role in roles if facts and (held := facts.holder(role, at))]) for when, roles in rungs]

"""What is overdue: on all plans, on those of a team, or of what one worker owes."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from service.domain.calendar import local_day
from service.domain.obligations.obligation import Obligation, Status
from service.domain.own_id import OwnId
from service.domain.policy import PolicyBook
from service.store import events, obligations, persons
from service.use_cases.looks.look_at_plan import facts_of

_TEAM = "team_manager"


async def overdue(session: AsyncSession, now: datetime, authority: str | None = None) -> list[Obligation]:
    """All that is overdue, of every authority or of one, the longest overdue first."""
    return _late(await obligations.late(session, local_day(now), authority))


async def overdue_of_worker(session: AsyncSession, now: datetime, worker: OwnId) -> list[Obligation]:
    """What a person owes and is overdue; what a cover does for somebody who is away stays the other's."""
    return _late(await obligations.late(session, local_day(now), worker.authority, worker.id))


async def overdue_of_team(session: AsyncSession, book: PolicyBook, now: datetime, manager: OwnId) -> list[Obligation]:
    """What is overdue on the plans of which a person is the team manager, or stands in for that manager today."""
    everything = await overdue(session, now, manager.authority)
    plans = {OwnId(duty.authority, duty.plan) for duty in everything}
    led = await _led_by(session, book, now, manager.id, await _candidates(session, manager, plans))
    return [duty for duty in everything if OwnId(duty.authority, duty.plan) in led]


async def _candidates(session: AsyncSession, manager: OwnId, plans: Collection[OwnId]) -> Collection[OwnId]:
    """Those of these plans that a person may lead: whose facts name that person, or somebody whom they ever covered.

    All of them, where one of these was ever given the role for the whole authority.
    """
    stands_for = {
        manager,
        *(OwnId(manager.authority, name) for name in await persons.ever_covered_by(session, manager)),
    }
    authority_wide = await events.of_authority(session, manager.authority)
    given = {raw["data"].get("person") for raw in authority_wide if raw["data"].get("role") == _TEAM}
    if not given.isdisjoint(person.id for person in stands_for):
        return plans
    return await persons.plans_naming(session, stands_for) & set(plans)


async def _led_by(
    session: AsyncSession, book: PolicyBook, now: datetime, manager: str, plans: Collection[OwnId]
) -> set[OwnId]:
    led: set[OwnId] = set()
    for plan in plans:
        plan_facts = await facts_of(session, book, plan)
        facts = plan_facts.for_alerts(now) if plan_facts else None
        holder = facts.holder(_TEAM, now) if facts else None
        if facts is not None and holder is not None and manager in (holder, facts.directory.acts_at(holder, now)):
            led.add(plan)
    return led


def _late(duties: Collection[Obligation]) -> list[Obligation]:
    """The same as they are now: a look may still be to come by which they become overdue on record."""
    return [replace(duty, status=Status.OVERDUE) for duty in duties]

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
from service.store import obligations
from service.use_cases.overviews.concerned_plans import plans_of_roles

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
    led = await plans_of_roles(session, book, now, manager, plans, [_TEAM])
    return [duty for duty in everything if OwnId(duty.authority, duty.plan) in led]


def _late(duties: Collection[Obligation]) -> list[Obligation]:
    """The same as they are now: a look may still be to come by which they become overdue on record."""
    return [replace(duty, status=Status.OVERDUE) for duty in duties]

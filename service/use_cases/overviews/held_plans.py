"""The running plans on which somebody holds a role: what is handed over to somebody else."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlalchemy.ext.asyncio import AsyncSession

from service.domain import figures
from service.domain.own_id import OwnId
from service.store import overview_rows, plan_rows, team_rows


@dataclass(frozen=True, slots=True)
class HeldPlan:
    """A plan, how much its holder owes on it, how much of that is overdue, and when the next of it is due."""

    plan: str
    owed: int
    overdue: int
    next_due: date | None


async def holders_of(session: AsyncSession, authority: str, role: str) -> dict[str, str]:
    """Who holds a role on each plan that runs, by reference."""
    changes = await overview_rows.role_changes(session, authority, role)
    held = figures.holders((change.plan, change.person, change.assigned) for change in changes)
    running = await plan_rows.running(session, {OwnId(authority, plan) for plan in held})
    return {plan: person for plan, person in sorted(held.items()) if OwnId(authority, plan) in running}


async def held_plans(
    session: AsyncSession, authority: str, held: Collection[str], person: str, today: date
) -> list[HeldPlan]:
    """These plans with what a person owes on each, in order of reference."""
    duties = [
        duty
        for duty in await team_rows.live_duties(session, authority)
        if duty.responsible == person and duty.plan in held
    ]
    return [_held(plan, [duty.due_on for duty in duties if duty.plan == plan], today) for plan in sorted(held)]


def _held(plan: str, due_days: list[date], today: date) -> HeldPlan:
    ahead = [day for day in due_days if day >= today]
    return HeldPlan(plan, len(due_days), len(due_days) - len(ahead), min(ahead, default=None))

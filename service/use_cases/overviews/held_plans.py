"""The running plans on which somebody holds a role: what is handed over to somebody else."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.ext.asyncio import AsyncSession

from service.domain import figures
from service.domain.calendar import OPEN_ENDED
from service.domain.own_id import OwnId
from service.store import overview_rows, plan_rows, team_rows
from service.store.team_rows import LiveDuty


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
    duties = [duty for duty in await team_rows.live_duties(session, authority, held) if duty.responsible == person]
    by_plan: dict[str, list[LiveDuty]] = {plan: [] for plan in sorted(held)}
    for duty in duties:
        by_plan[duty.plan].append(duty)
    return [_held(plan, owed, today) for plan, owed in by_plan.items()]


def _held(plan: str, owed: Sequence[LiveDuty], today: date) -> HeldPlan:
    ahead = [duty.due_on for duty in owed if not duty.is_late(today)]
    next_due = min(ahead, default=OPEN_ENDED)
    return HeldPlan(plan, len(owed), len(owed) - len(ahead), next_due if next_due != OPEN_ENDED else None)

"""Whose team a plan belongs to: that of its team manager, or of the authority's where it has none of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from service.domain import figures
from service.domain.own_id import OwnId
from service.domain.policy import PolicyBook
from service.store import events, overview_rows, persons
from service.use_cases.looks.look_at_plan import directory_of

_TEAM = "team_manager"
NO_MANAGER = ""


@dataclass(frozen=True, slots=True)
class Teams:
    """The team manager of each plan that has one of its own, and that of all other plans of the authority."""

    own: Mapping[str, str]
    wide: str

    def manager_of(self, plan: str) -> str:
        """The id of the manager in whose team a plan is; `NO_MANAGER`: nobody manages it."""
        return self.own.get(plan, self.wide)

    def plans_of(self, manager: str) -> frozenset[str] | None:
        """The plans in a manager's team; None: all but those that have another's, too many to be named."""
        if manager == self.wide:
            return None
        return frozenset(plan for plan, of_plan in self.own.items() if of_plan == manager)

    @property
    def managers(self) -> frozenset[str]:
        """Everybody who manages a team now."""
        return frozenset({*self.own.values(), self.wide} - {NO_MANAGER})


async def teams_of(session: AsyncSession, authority: str) -> Teams:
    """The teams of an authority."""
    changes = await overview_rows.role_changes(session, authority, _TEAM)
    own = figures.holders((change.plan, change.person, change.assigned) for change in changes)
    raws = [raw for raw in await events.of_authority(session, authority) if raw["data"].get("role") == _TEAM]
    ordered = sorted(raws, key=lambda raw: datetime.fromisoformat(raw["time"]))
    wide = figures.holders((authority, str(raw["data"]["person"]), raw["type"] == "role.assigned") for raw in ordered)
    return Teams(own, wide.get(authority, NO_MANAGER))


async def acts_for(session: AsyncSession, book: PolicyBook, now: datetime, person: OwnId) -> frozenset[str]:
    """A person, and everybody in whose place the person acts today."""
    covered = {OwnId(person.authority, name) for name in await persons.ever_covered_by(session, person)}
    raws = await events.of_persons(session, covered | {person}) if covered else []
    directory = await directory_of(session, book, person.authority, raws)
    return frozenset({person.id, *(own.id for own in covered if directory.acts_at(own.id, now) == person.id)})

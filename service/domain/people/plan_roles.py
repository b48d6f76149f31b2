"""Who held which role on one plan, by the assignments and ends that stand: of the same ones it is the same."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property, lru_cache

from service.domain.events.event import Event
from service.domain.events.payloads.people import RoleAssigned, RoleEnded
from service.domain.people.tenure import Tenure, by_holder, moments_of


@dataclass(frozen=True, eq=False)
class PlanRoles:
    """The changes of roles on a plan, in order of recording.

    `begins` maps the moment of each opening to the one from which a role that was assigned in it holds.
    `shared_roles` are those that several people hold at once.
    """

    changes: tuple[Event, ...]
    begins: Mapping[datetime, datetime]
    shared_roles: frozenset[str]

    @cached_property
    def held_from(self) -> Mapping[str, datetime]:
        """The assignments and ends that hold from another moment than their own, by the uid of the event."""
        return {event.uid: self.begins[event.time] for event in self.changes if event.time in self.begins}

    @cached_property
    def tenures(self) -> Mapping[str, Tenure]:
        """By role; of a shared role, one for each person, by both."""
        changes: dict[str, list[Event]] = defaultdict(list)
        for event in self.changes:
            if isinstance(event.data, RoleAssigned | RoleEnded):
                role, person = event.data.role, event.data.person
                changes[f"{role} {person}" if role in self.shared_roles else role].append(event)
        return {key: Tenure.of(events, self.held_from) for key, events in changes.items()}

    @cached_property
    def of_persons(self) -> Mapping[str, Sequence[Tenure]]:
        """The roles that each person ever held."""
        return by_holder(self.tenures.values())

    @cached_property
    def by_role(self) -> Mapping[str, Sequence[Tenure]]:
        """The tenures of each role, whether one person holds it or many."""
        by_role: dict[str, list[Tenure]] = defaultdict(list)
        for key, tenure in self.tenures.items():
            by_role[key.split(" ")[0]].append(tenure)
        return dict(by_role)

    @cached_property
    def moments(self) -> Sequence[datetime]:
        """The moments at which a role changes hands, in order."""
        return moments_of(self.tenures.values())

    @cached_property
    def assignments(self) -> Mapping[str, Sequence[Event]]:
        """The assignments of each person."""
        by_person: dict[str, list[Event]] = defaultdict(list)
        for event in self.changes:
            if isinstance(event.data, RoleAssigned):
                by_person[event.data.person].append(event)
        return dict(by_person)

    @classmethod
    def of(
        cls, changes: tuple[Event, ...], begins: Mapping[datetime, datetime], shared_roles: frozenset[str]
    ) -> PlanRoles:
        """The roles that these events make. Most events of a plan change none of them."""
        return _kept(_Basis(changes, tuple(begins.items()), shared_roles))


@dataclass(frozen=True, eq=False, slots=True)
class _Basis:
    """What roles are made of: the very same events, as in `Recorded`."""

    changes: tuple[Event, ...]
    begins: tuple[tuple[datetime, datetime], ...]
    shared_roles: frozenset[str]
    _identity: tuple[object, ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_identity", (self.begins, self.shared_roles, *map(id, self.changes)))

    def __hash__(self) -> int:
        return hash(self._identity)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Basis) and self._identity == other._identity


@lru_cache(maxsize=1024)
def _kept(basis: _Basis) -> PlanRoles:
    return PlanRoles(basis.changes, dict(basis.begins), basis.shared_roles)

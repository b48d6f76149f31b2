"""The holders of one role over time. A new assignment ends the old one; an end leaves the role vacant."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from service.domain.calendar import start_of
from service.domain.events.event import Event
from service.domain.events.payloads.people import RoleAssigned, RoleEnded


@dataclass(frozen=True, slots=True)
class Tenure:
    """The changes of one role in order of time: each is a moment (aware) and who holds the role from it on, or None."""

    changes: tuple[tuple[datetime, str | None], ...] = ()

    @classmethod
    def of(cls, events: Iterable[Event], since: Mapping[str, datetime] | None = None) -> Tenure:
        """The tenure that assignments and ends make. `since` maps an event's uid to an earlier moment of its effect."""
        earlier = since or {}
        changes: list[tuple[datetime, str | None]] = []
        holder: str | None = None
        for event in sorted(events, key=lambda event: (earlier.get(event.uid, event.time), event.time, event.uid)):
            moment = earlier.get(event.uid, event.time)
            if isinstance(event.data, RoleAssigned):
                holder = event.data.person
            elif isinstance(event.data, RoleEnded) and event.data.person == holder:
                holder = None
            changes.append((moment, holder))
        return cls(tuple(changes))

    def at(self, moment: datetime, introduced: Collection[str]) -> str | None:
        """The holder at a moment, passing over persons whom nobody has introduced."""
        holder: str | None = None
        for since, person in self.changes:
            if since > moment:
                break
            if person is None or person in introduced:
                holder = person
        return holder

    def last_by(self, moment: datetime) -> str | None:
        """The holder at a moment, introduced or not."""
        holders = [person for since, person in self.changes if since <= moment]
        return holders[-1] if holders else None

    def on(self, day: date) -> frozenset[str]:
        """Everybody who held the role at any time of a local day."""
        begins, ends = start_of(day), start_of(day + timedelta(days=1))
        holders: set[str] = set()
        for index, (since, person) in enumerate(self.changes):
            until = self.changes[index + 1][0] if index + 1 < len(self.changes) else None
            if person is not None and since < ends and (until is None or until > begins):
                holders.add(person)
        return frozenset(holders)

    def before(self, day: date) -> frozenset[str]:
        """Everybody who held the role before a local day."""
        return frozenset(person for since, person in self.changes if person is not None and since < start_of(day))

    def everybody(self) -> frozenset[str]:
        """Everybody who ever held the role."""
        return frozenset(person for _, person in self.changes if person is not None)


def held_in(tenures: Iterable[Tenure], person: str, moment: datetime) -> bool | None:
    """Whether a person holds one of these roles at a moment; None where they never held one."""
    ever = [tenure for tenure in tenures if person in tenure.everybody()]
    return any(tenure.last_by(moment) == person for tenure in ever) if ever else None

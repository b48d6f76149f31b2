"""The holders of one role over time. A new assignment ends the old one; an end leaves the role vacant."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any

from service.domain.calendar import start_of
from service.domain.events.event import Event
from service.domain.events.payloads.people import RoleAssigned, RoleEnded


@dataclass(frozen=True)
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
        for number in range(bisect_right(self._moments, moment) - 1, -1, -1):
            person = self.changes[number][1]
            if person is None or person in introduced:
                return person
        return None

    def last_by(self, moment: datetime) -> str | None:
        """The holder at a moment, introduced or not."""
        number = bisect_right(self._moments, moment)
        return self.changes[number - 1][1] if number else None

    def on(self, day: date) -> frozenset[str]:
        """Everybody who held the role at any time of a local day."""
        begins, ends = start_of(day), start_of(day + timedelta(days=1))
        # The one who held it when the day began, and whoever came in the course of it.
        earliest = max(bisect_right(self._moments, begins) - 1, 0)
        return frozenset(
            person for _, person in self.changes[earliest : bisect_left(self._moments, ends)] if person is not None
        )

    def held_before(self, person: object, day: date) -> bool:
        """Whether a person held the role before a local day."""
        since = self._first_held.get(person)
        return since is not None and since < start_of(day)

    def everybody(self) -> Collection[str]:
        """Everybody who ever held the role."""
        return self._first_held.keys()

    @cached_property
    def _moments(self) -> Sequence[datetime]:
        return [moment for moment, _ in self.changes]

    @cached_property
    def _first_held(self) -> dict[Any, datetime]:
        """Person → the moment from which they held it first."""
        return {person: since for since, person in reversed(self.changes) if person is not None}


def by_holder(tenures: Iterable[Tenure]) -> Mapping[str, Sequence[Tenure]]:
    """The roles that each person ever held."""
    held: dict[str, list[Tenure]] = defaultdict(list)
    for tenure in tenures:
        for person in tenure.everybody():
            held[person].append(tenure)
    return held


def held_in(tenures: Sequence[Tenure], person: str, moment: datetime) -> bool | None:
    """Whether a person holds one of the roles that they ever held at a moment; None where there are none."""
    return any(tenure.last_by(moment) == person for tenure in tenures) if tenures else None


def moments_of(tenures: Iterable[Tenure]) -> Sequence[datetime]:
    """The moments at which one of these roles changes hands, in order."""
    return sorted({moment for tenure in tenures for moment, _ in tenure.changes})


def change_after(moments: Sequence[datetime], moment: datetime) -> datetime | None:
    """The first of some moments in order that is later than one."""
    number = bisect_right(moments, moment)
    return moments[number] if number < len(moments) else None

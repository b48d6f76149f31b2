"""The events of one plan as they were recorded: of the same events, and the same people, the facts are the same."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from service.domain.events.event import Event
from service.domain.people.directory import Directory


@dataclass(frozen=True, eq=False, slots=True)
class Recorded:
    """Events of a plan as they were recorded, by their identity: comparing what they say would cost more than it saves.

    Whoever keeps one keeps its events, so no other event comes to have the identity of one of them.
    """

    events: tuple[Event, ...]
    directory: Directory
    today: date
    _identity: tuple[object, ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Join what it is known by once."""
        object.__setattr__(self, "_identity", (self.today, id(self.directory), *map(id, self.events)))

    def __hash__(self) -> int:
        return hash(self._identity)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Recorded) and self._identity == other._identity

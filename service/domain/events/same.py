"""Events by their identity: what was made of the very same ones is the same, and need not be made again."""

from __future__ import annotations

from operator import is_

from service.domain.events.event import Event


class SameEvents(tuple[Event, ...]):
    """Events as a key of what is kept of them. To compare what they say would cost more than it saves.

    Whoever keeps one keeps its events, so no other event comes to have the identity of one of them.
    """

    __slots__ = ()

    def __hash__(self) -> int:
        return hash(tuple(map(id, self)))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SameEvents) and len(self) == len(other) and all(map(is_, self, other))

    def __ne__(self, other: object) -> bool:
        return not self == other

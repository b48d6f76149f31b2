"""What stays when events are withdrawn: everything is as if a withdrawn event had never been."""

from __future__ import annotations

from collections.abc import Iterable

from service.domain.events.event import Event
from service.domain.events.payloads import EventWithdrawn


def standing(events: Iterable[Event]) -> list[Event]:
    """The events that stand, withdrawals themselves left out. A withdrawal can be withdrawn, too."""
    everything = list(events)
    withdrawn: set[str] = set()
    if not any(event.type == "event.withdrawn" for event in everything):
        return everything
    # From the latest on: whether a withdrawal holds is known before what it withdraws is looked at.
    latest_first = sorted(everything, key=lambda event: (event.time, event.uid), reverse=True)
    for event in latest_first:
        if isinstance(event.data, EventWithdrawn) and event.uid not in withdrawn:
            withdrawn |= _targets(event, event.data.event, everything)
    return [event for event in everything if event.uid not in withdrawn and event.type != "event.withdrawn"]


def _targets(withdrawal: Event, event_id: str, events: Iterable[Event]) -> set[str]:
    # An id is only unique within its source: the withdrawal's own source comes first.
    found = [event for event in events if event.id == event_id and event.subject == withdrawal.subject]
    own = [event for event in found if event.source == withdrawal.source]
    return {event.uid for event in own or found if event.uid != withdrawal.uid}

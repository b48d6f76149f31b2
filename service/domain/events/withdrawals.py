"""Which events stand when some are withdrawn: everything is as if a withdrawn event had never been."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from service.domain.events.event import Event
from service.domain.events.event_types import WITHDRAWAL


def standing(events: Iterable[Event]) -> list[Event]:
    """The events that stand, withdrawals themselves left out. A withdrawal can be withdrawn, too."""
    recorded = list(events)
    if all(event.type != WITHDRAWAL for event in recorded):
        return recorded
    gone = withdrawn_among(recorded)
    return [event for event in recorded if event.uid not in gone and event.type != WITHDRAWAL]


def withdrawn_among(recorded: Sequence[Event]) -> set[str]:
    """The uids of those of these events that are withdrawn, withdrawals among them."""
    withdrawals = [event for event in recorded if event.type == WITHDRAWAL]
    if not withdrawals:
        return set()
    by_name: dict[tuple[str, str | None], list[Event]] = {}
    for event in recorded:
        by_name.setdefault((event.id, event.subject), []).append(event)
    withdrawn: set[str] = set()
    # From the latest on: whether a withdrawal holds is known before what it withdraws is looked at.
    for withdrawal in sorted(withdrawals, key=lambda event: (event.time, event.uid), reverse=True):
        if withdrawal.uid not in withdrawn:
            event_id = withdrawal.data.__dict__["event"]
            withdrawn |= _targets(withdrawal, by_name.get((event_id, withdrawal.subject), ()))
    return withdrawn


def _targets(withdrawal: Event, candidates: Sequence[Event]) -> set[str]:
    """The uids of the events that a withdrawal is about, of those that have the id which it names."""
    # An id is only unique within its source: the withdrawal's own source comes first.
    of_same_source = [event for event in candidates if event.source == withdrawal.source]
    return {event.uid for event in of_same_source or candidates if event.uid != withdrawal.uid}

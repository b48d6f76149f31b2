"""Which types of events a rule asks about: where no fact of these came or went, it opens what it opened before."""

from __future__ import annotations

from collections.abc import Iterable

from service.domain.events.event_types import LASTING, MAY_REVIEW
from service.domain.language.clocks import Due
from service.domain.language.patterns import ForEach, Pattern


def touched_types(patterns: Iterable[Pattern], due: Due) -> frozenset[str] | None:
    """The types of events that bear on a rule with these patterns and this clock; None where any might."""
    types = {"timeline.started"} if due.in_weeks is not None or due.or_week is not None else set()
    for pattern in patterns:
        if pattern.count is not None:
            return None  # who is in a network follows from what is known of people, too
        types.add(pattern.when)
        if pattern.when == "plan.reviewed":
            types |= MAY_REVIEW  # a visit or meeting may be one
        if "version" in pattern.same.values():
            types.add("plan.agreed")
        if pattern.plan is not None and pattern.plan.risk:
            types.add("risk.changed")
        if isinstance(getattr(pattern, "for_each", None), ForEach):
            types |= LASTING  # they say who is barred
    return frozenset(types)


def joined(touched: Iterable[frozenset[str] | None]) -> frozenset[str] | None:
    """The types that bear on one of several rules; None where any might."""
    each = list(touched)
    return frozenset().union(*(types for types in each if types is not None)) if None not in each else None

"""Facts to which an event is added: what stands stays, where the event bears on nothing but their order."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date

from service.domain.events.event import Event, texts_in
from service.domain.events.event_types import CHANGES_OF_ROLE, COUNT_FROM_THEIR_OWN_DAY, WITHDRAWAL
from service.domain.fact import IN_ORDER, Fact, fact_of
from service.domain.facts import Facts
from service.domain.people.directory import Directory
from service.domain.periods import place

_BEARS_ON_MORE = CHANGES_OF_ROLE | {WITHDRAWAL, "plan.opened", "plan.ended"}


def facts_with(facts: Facts, event: Event, today: date) -> Facts | None:
    """The facts of the same events and one that was recorded since: as `Facts.for_alerts` makes of all, for less.

    None where it bears on more than their order: on periods, on roles, on what is withdrawn or lies ahead of `today`, a
    local day no earlier than that of the facts.
    """
    fact = fact_of(event)
    is_ahead = fact.day > today and fact.type in COUNT_FROM_THEIR_OWN_DAY
    # Where each recorded event is among the facts, none is a withdrawal, which might withdraw this one, too.
    if event.type in _BEARS_ON_MORE or is_ahead or len(facts.recorded) != len(facts.everything):
        return None
    more = replace(facts, everything=_among(facts.everything, fact), recorded=(*facts.recorded, event))
    in_period = _with(facts.by_type, fact) if facts.covers(place(fact)) else facts.by_type
    # What is worked out once, and would come to this.
    vars(more).update(ever_by_type=_with(facts.ever_by_type, fact), by_type=in_period, on_plan=facts.on_plan)
    if (named := _named(facts)).issuperset(_named_in([event], facts.directory)):
        vars(more).update(acting=facts.acting)
        more.derive_once(_named, lambda: named)
    return more


def _named(facts: Facts) -> frozenset[str]:
    """The known persons whom a plan's events name, from whom it follows what is known of who acts on it."""
    return facts.derive_once(_named, lambda: _named_in((*facts.recorded, *facts.roles), facts.directory))


def _named_in(events: Iterable[Event], directory: Directory) -> frozenset[str]:
    return frozenset(text for event in events for text in texts_in(event) if text in directory.persons)


def _with(groups: Mapping[str, Sequence[Fact]], fact: Fact) -> Mapping[str, Sequence[Fact]]:
    """Facts by type, and one more."""
    return {**groups, fact.type: _among(groups.get(fact.type, ()), fact)}


def _among(facts: Sequence[Fact], fact: Fact) -> tuple[Fact, ...]:
    """Facts in order, and one more in its place."""
    number = bisect_right(facts, IN_ORDER(fact), key=IN_ORDER)
    return (*facts[:number], fact, *facts[number:])

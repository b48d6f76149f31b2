"""Rules that open once for each fact: within a time of it, on a date in it, or on its own day."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

from service.domain.calendar import Calendar
from service.domain.facts import Fact, Facts
from service.domain.instances import Instance
from service.domain.matching import any_matches, opens
from service.domain.policy import Due, Opening, Rule


def singles(
    rule: Rule, facts: Facts, calendar: Calendar, undated: Mapping[str, frozenset[str]]
) -> Iterator[Instance]:
    """Every opening of the rule, and what became of it. `undated` names the facts that left a chain without a next."""
    for opening in rule.opens:
        for fact in facts.of_type(opening.when):
            if not opens(opening, fact, facts) or not _left_undated(opening, fact, undated):
                continue
            due_on = _due_on(rule.due, fact, calendar)
            if due_on is not None:
                yield _settled(Instance(fact, due_on, _about(opening, fact)), rule, facts)


def _left_undated(opening: Opening, fact: Fact, undated: Mapping[str, frozenset[str]]) -> bool:
    return opening.leaves_no_next is None or fact.uid in undated.get(opening.leaves_no_next, ())


def _about(opening: Opening, fact: Fact) -> str | None:
    if opening.about is None:
        return None
    value = None if opening.about == "event" else fact.get(opening.about)
    return str(value) if value is not None else fact.id


def _due_on(due: Due, fact: Fact, calendar: Calendar) -> date | None:
    if due.within is not None:
        return calendar.add(fact.day, due.within)
    if due.on is not None:
        value = fact.get(due.on)
        return value if isinstance(value, date) else None
    return fact.day


def _settled(instance: Instance, rule: Rule, facts: Facts) -> Instance:
    """Find the first fact that meets, replaces or cancels it; an end of the plan cancels what is left."""
    opened = instance.opened
    patterns = (*rule.met, *rule.superseded_by, *rule.cancelled_by)
    types = {pattern.when for pattern in patterns}
    later = (fact for name in types for fact in facts.of_type(name) if _can_settle(fact, opened))
    for fact in sorted(later, key=lambda fact: (fact.day, fact.time, fact.uid)):
        if any_matches(rule.met, fact, facts, instance.about, opened):
            instance.met = fact
            return instance
        if fact.uid == opened.uid:
            continue
        if any_matches(rule.superseded_by, fact, facts, instance.about, opened):
            instance.superseded = True
            return instance
        if any_matches(rule.cancelled_by, fact, facts, instance.about, opened):
            instance.cancelled = True
            return instance
    instance.cancelled = facts.ended is not None
    return instance


def _can_settle(fact: Fact, opened: Fact) -> bool:
    # A fact of the same day counts, unless both have moments and it is the earlier.
    if fact.day != opened.day:
        return fact.day > opened.day
    if fact.type == opened.type and fact.uid != opened.uid:
        return fact.time > opened.time
    return not fact.before(opened)

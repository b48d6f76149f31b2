"""Rules that ask for something once in each week of a plan's timeline; a week's own facts alone meet it."""

from __future__ import annotations

from datetime import date, timedelta

from service.domain.calendar import Interval, Unit
from service.domain.fact import Fact
from service.domain.facts import Facts
from service.domain.language.clocks import Weeks
from service.domain.obligations.instances import Instance
from service.domain.obligations.matching import any_matches, matches
from service.domain.policy import Rule

# Where no last week was agreed: a year, which no timeline of this kind outlasts.
_LAST_WEEK = 52


def weekly(rule: Rule, facts: Facts) -> list[Instance]:
    """One obligation for each agreed week not yet past. A newer agreement replaces what is left of the older."""
    weeks = rule.due.in_weeks
    if weeks is None:
        return []
    agreed = [fact for opening in rule.opens for fact in facts.of_type(opening.when) if matches(opening, fact, facts)]
    agreed.sort(key=lambda fact: (fact.day, fact.time, fact.uid))
    instances: list[Instance] = []
    for index, fact in enumerate(agreed):
        newer = agreed[index + 1] if index + 1 < len(agreed) else None
        instances += [_settled(instance, rule, facts, newer) for instance in _weeks_of(weeks, fact, facts)]
    return instances


def week_ends(facts: Facts, week: object, day: date) -> date | None:
    """The last day of a week of the timeline, as the timeline stood on a day; None where there is no timeline."""
    started = _timeline_on(facts, day)
    return started + timedelta(days=7 * week - 1) if isinstance(week, int) and started is not None else None


def _timeline_on(facts: Facts, day: date) -> date | None:
    """The first day of the timeline: the newest start by a day, else the first one after it; None where none is."""
    starts = [fact.day for fact in facts.of_type("timeline.started")]
    return max((start for start in starts if start <= day), default=min(starts, default=None))


def _weeks_of(weeks: Weeks, fact: Fact, facts: Facts) -> list[Instance]:
    started = _timeline_on(facts, fact.day)
    if started is None:
        return []
    first_week, last_week = fact.get(weeks.first), fact.get(weeks.last)
    numbers = range(_number(first_week, 1), _number(last_week, _LAST_WEEK) + 1, _step(fact.get(weeks.every)))
    ends = [started + timedelta(days=7 * number - 1) for number in numbers]
    return [Instance(fact, day, week=(day - started).days // 7 + 1) for day in ends if day >= fact.day]


def _number(value: object, otherwise: int) -> int:
    return value if isinstance(value, int) else otherwise


def _step(every: object) -> int:
    """Every so many weeks; whatever is shorter than a week is asked for once in each."""
    return every.count if isinstance(every, Interval) and every.unit is Unit.WEEKS else 1


def _settled(instance: Instance, rule: Rule, facts: Facts, newer: Fact | None) -> Instance:
    begins = instance.due_on - timedelta(days=6)
    meeting = (fact for pattern in rule.met for fact in facts.of_type(pattern.when))
    in_week = (fact for fact in meeting if begins <= fact.day <= instance.due_on)
    for fact in sorted(in_week, key=lambda fact: (fact.day, fact.time, fact.uid)):
        if any_matches(rule.met, fact, facts, instance.about, instance.opened):
            instance.met = instance.settled_by = fact
            return instance
    if newer is not None and newer.day <= instance.due_on:
        instance.superseded = True
    elif facts.ended is not None:
        instance.cancelled = True
    return instance

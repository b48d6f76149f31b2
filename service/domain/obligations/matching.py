"""Whether a fact is the one that a rule means."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from heapq import merge
from itertools import chain, groupby
from operator import attrgetter

from service.domain.calendar import Calendar, local_day
from service.domain.events.event_type import SCHEDULED
from service.domain.events.payloads.risks import RiskChanged
from service.domain.fact import Fact, as_recorded, scheduled_on
from service.domain.facts import Facts
from service.domain.language.patterns import Count, Opening, Pattern, PlanIs, Takes
from service.domain.obligations.networks import is_enough
from service.domain.periods import place


def matches(pattern: Pattern, fact: Fact, facts: Facts, about: str | None = None, opening: Fact | None = None) -> bool:
    """Whether a fact fits a pattern. `about` and `opening` are those of the obligation that it might meet."""
    if fact.type != pattern.when:
        return False
    # A look calls this thousands of times, so the conditions that a pattern lacks cost no call.
    if pattern.where and not _fields_fit(pattern, fact):
        return False
    if (pattern.has or pattern.lacks) and not _present(pattern, fact):
        return False
    if pattern.same and not all(
        _same(name, same_as, fact, facts, about, opening) for name, same_as in pattern.same.items()
    ):
        return False
    if (pattern.role_of or pattern.not_role_of) and not _by(pattern, fact, facts):
        return False
    if pattern.plan is not None and not _plan_fits(pattern.plan, fact, facts):
        return False
    return pattern.count is None or _counted(pattern.count, fact, facts, opening)


def any_matches(
    patterns: Sequence[Pattern], fact: Fact, facts: Facts, about: str | None = None, opening: Fact | None = None
) -> bool:
    """Whether a fact fits one of several patterns."""
    for pattern in patterns:  # noqa: SIM110 - a generator costs more than most of these questions
        if pattern.when == fact.type and matches(pattern, fact, facts, about, opening):
            return True
    return False


def opens(opening: Opening, fact: Fact, facts: Facts, calendar: Calendar) -> bool:
    """Whether a fact opens an obligation: the pattern, and the hour of the fact."""
    if not matches(opening, fact, facts):
        return False
    return opening.out_of_hours is None or opening.out_of_hours == calendar.out_of_hours(fact.day, fact.moment)


def follows_from_fact_alone(opening: Opening) -> bool:
    """Whether a fact opens an obligation or not whatever else is known of its plan."""
    asks_more = (opening.same, opening.role_of, opening.not_role_of, opening.plan, opening.count)
    return not any(asks_more)


def candidates(pattern: Pattern, facts: Facts, about: str | None, opening: Fact | None) -> Sequence[Fact]:
    """The facts that may fit a pattern, in order: those equal in a field that must be the same, else all of a type."""
    if pattern.when in SCHEDULED:
        return put_in_diary(pattern.when, facts)
    for name, same_as in pattern.same.items():
        if same_as == "about":
            return facts.having(pattern.when, name, about)
        if same_as == "opening" and opening is not None:
            return facts.having(pattern.when, name, opening.id)
    return facts.of_type(pattern.when)


def fitting(pattern: Pattern, facts: Facts) -> Sequence[Fact]:
    """The facts that fit a pattern which asks for nothing of an obligation, in order; gone through once."""
    return facts.derive_once((fitting, id(pattern)), lambda: _fitting(pattern, facts), pattern)


def _fitting(pattern: Pattern, facts: Facts) -> Sequence[Fact]:
    return [fact for fact in calling(pattern.when, facts) if matches(pattern, fact, facts)]


def stands_alone(pattern: Pattern) -> bool:
    """Whether a pattern asks for nothing of the obligation that a fact might meet."""
    return not pattern.same and pattern.count is None


def since(patterns: Sequence[Pattern], facts: Facts, about: str | None, cause: Fact, day: date) -> Iterator[Fact]:
    """The facts from a day on that may fit one of several patterns, in order, each once."""
    by_pattern = (_may_fit(pattern, facts, about, cause) for pattern in patterns)
    later = [_from_day(ordered, day) for ordered in by_pattern if ordered and ordered[-1].day >= day]
    return _each_once(merge(*later, key=_order)) if len(later) > 1 else chain.from_iterable(later)


def _from_day(ordered: Sequence[Fact], day: date) -> Iterator[Fact]:
    for number in range(bisect_left(ordered, day, key=attrgetter("day")), len(ordered)):
        yield ordered[number]


def _each_once(ordered: Iterator[Fact]) -> Iterator[Fact]:
    for _, same in groupby(ordered, key=_order):
        yield from {(fact.type, fact.uid): fact for fact in same}.values()


def _order(fact: Fact) -> tuple[date, datetime, str]:
    return fact.day, fact.time, fact.uid


def _may_fit(pattern: Pattern, facts: Facts, about: str | None, cause: Fact | None) -> Sequence[Fact]:
    return fitting(pattern, facts) if stands_alone(pattern) else candidates(pattern, facts, about, cause)


def calling(name: str, facts: Facts) -> Sequence[Fact]:
    """The facts of a type that may open something, in order."""
    return put_in_diary(name, facts) if name in SCHEDULED else facts.of_type(name)


def put_in_diary(name: str, facts: Facts) -> list[Fact]:
    """The facts by which something was put in the diary, in the order and by the days in which that was done."""
    return facts.derive_once((put_in_diary, name), lambda: _put_in_diary(name, facts))


def _put_in_diary(name: str, facts: Facts) -> list[Fact]:
    recorded = (as_recorded(fact) for fact in facts.ever(name))
    return sorted((fact for fact in recorded if facts.covers(place(fact))), key=lambda fact: (fact.time, fact.uid))


def spoken_against(
    patterns: Sequence[Pattern], fact: Fact, facts: Facts, about: str | None, cause: Fact | None = None
) -> bool:
    """Whether an earlier fact already answers what this would open. One of the same day meets it instead.

    `cause`: the fact that called for it in the first place, where that is another.
    """
    for pattern in patterns:
        for other in _may_fit(pattern, facts, about, cause or fact):
            if other.day > fact.day:
                break
            if _came_before(other, fact) and matches(pattern, other, facts, about, cause or fact):
                return True
    return False


def _came_before(other: Fact, fact: Fact) -> bool:
    """By their own days; of a day by their moments, and of two of one type by when they were recorded."""
    if other.day != fact.day:
        return other.day < fact.day
    if other.type != fact.type or (other.moment is not None and fact.moment is not None):
        return other.before(fact)
    return (other.time, other.uid) < (fact.time, fact.uid)


def taken(takes: Sequence[Takes], fact: Fact, facts: Facts) -> object:
    """What a fact agrees, by the first of the patterns that fits and has a value; None where it agrees nothing."""
    for pattern in takes:
        if pattern.when == fact.type and matches(pattern, fact, facts):
            value = pattern.sets if pattern.takes is None else _agreed_in(fact, pattern.takes)
            if value is not None:
                return value
    return None


def _agreed_in(fact: Fact, name: str) -> object:
    """What a field of a fact agrees: of a moment its local day; of what was put in the diary the day of it."""
    if fact.type in SCHEDULED and name in ("on", "at"):
        return scheduled_on(fact)
    value = fact.get(name)
    return local_day(value) if isinstance(value, datetime) else value


def _empty(value: object) -> bool:
    return value is None or value == []


def _same(name: str, same_as: str, fact: Fact, facts: Facts, about: str | None, opening: Fact | None) -> bool:
    if same_as == "version":
        return opening is not None and facts.version(fact) == facts.version(opening)
    value = fact.id if name == "id" else fact.get(name)
    if same_as == "about":
        return value == about
    if opening is None or name == "id":
        return value == (opening.id if opening is not None else None)
    return means(fact, value, opening, facts)


def means(fact: Fact, event_id: object, event: Fact, facts: Facts) -> bool:
    """Whether the id in a fact means an event: the one of the same source, else any of its type on the plan."""
    if event_id != event.id:
        return False
    return fact.source == event.source or all(
        rival.source != fact.source for rival in facts.having(event.type, "id", event_id, ever=True)
    )


def _fields_fit(pattern: Pattern, fact: Fact) -> bool:
    for name, allowed in pattern.where.items():
        value = fact.get(name)
        if not (value in allowed if isinstance(allowed, list) else value == allowed):
            return False
    return True


def _present(pattern: Pattern, fact: Fact) -> bool:
    if any(_empty(fact.get(name)) for name in pattern.has):
        return False
    return all(_empty(fact.get(name)) for name in pattern.lacks)


def _by(pattern: Pattern, fact: Fact, facts: Facts) -> bool:
    for name, roles in pattern.role_of.items():
        if not _acted(fact, name, roles, facts):
            return False
    return not (
        pattern.not_role_of and any(_acted(fact, name, roles, facts) for name, roles in pattern.not_role_of.items())
    )


def _acted(fact: Fact, name: str, roles: Sequence[str], facts: Facts) -> bool:
    person = fact.get(name)
    for role in roles:  # noqa: SIM110 - as for patterns: mostly there is one
        if facts.acted_as(person, role, fact.day):
            return True
    return False


def _counted(count: Count, fact: Fact, facts: Facts, opening: Fact | None) -> bool:
    # Who was lost when the duty opened is lost to what might meet it, too.
    at = place(fact) if opening is None else max(place(fact), place(opening))
    return is_enough(count, fact, facts, at) is (count.verdict == "enough")


def _plan_fits(condition: PlanIs, fact: Fact, facts: Facts) -> bool:
    plan = facts.opening
    return (
        (not condition.service or plan.service in condition.service)
        and (not condition.route or plan.route in condition.route)
        and (not condition.risk or (_risk(facts, fact) or "none") in condition.risk)
        and (not condition.concerns or not set(plan.concerns).isdisjoint(condition.concerns))
    )


def _risk(facts: Facts, fact: Fact) -> str | None:
    """The plan's level of risk on the day of a fact: as opened, or as last changed to a named level by then."""
    level: str | None = facts.opening.risk
    for change in facts.of_type("risk.changed"):
        if isinstance(change.data, RiskChanged) and change.day <= fact.day and change.data.to is not None:
            level = change.data.to
    return level

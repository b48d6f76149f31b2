"""Whether a fact is the one that a rule means."""

from __future__ import annotations

from collections.abc import Sequence

from service.domain.facts import Fact, Facts
from service.domain.payloads import RiskChanged
from service.domain.policy import Opening, Pattern, Scalar, Takes


def matches(pattern: Pattern, fact: Fact, facts: Facts, about: str | None = None, opening: Fact | None = None) -> bool:
    """Whether a fact fits a pattern. `about` and `opening` are those of the obligation that it might meet."""
    if fact.type != pattern.when:
        return False
    if not all(_is_one_of(fact.get(name), wanted) for name, wanted in pattern.where.items()):
        return False
    if any(_empty(fact.get(name)) for name in pattern.has) or any(not _empty(fact.get(name)) for name in pattern.lacks):
        return False
    if not all(fact.get(name) == _other(which, about, opening, name) for name, which in pattern.same.items()):
        return False
    return _by(pattern, fact, facts)


def any_matches(
    patterns: Sequence[Pattern], fact: Fact, facts: Facts, about: str | None = None, opening: Fact | None = None
) -> bool:
    """Whether a fact fits one of several patterns."""
    return any(matches(pattern, fact, facts, about, opening) for pattern in patterns)


def opens(opening: Opening, fact: Fact, facts: Facts) -> bool:
    """Whether a fact opens an obligation here: the pattern, the plan's conditions, and nothing before that speaks against."""
    if not matches(opening, fact, facts) or not _plan_fits(opening, fact, facts):
        return False
    earlier = (
        other
        for pattern in opening.unless
        for other in facts.of_type(pattern.when)
        if other.uid != fact.uid and other.day <= fact.day and matches(pattern, other, facts)
    )
    return next(earlier, None) is None


def taken(takes: Sequence[Takes], fact: Fact, facts: Facts) -> object:
    """What a fact agrees, by the first of the patterns that fits and has a value; None where it agrees nothing."""
    values = (fact.get(one.takes) for one in takes if matches(one, fact, facts))
    return next((value for value in values if value is not None), None)


def _is_one_of(value: object, wanted: Scalar | list[Scalar]) -> bool:
    return value in wanted if isinstance(wanted, list) else value == wanted


def _empty(value: object) -> bool:
    return value is None or value == []


def _other(which: str, about: str | None, opening: Fact | None, name: str) -> object:
    if which == "about":
        return about
    if opening is None:
        return None
    return opening.id if which == "opening" else opening.get(name)


def _by(pattern: Pattern, fact: Fact, facts: Facts) -> bool:
    by = fact.get("by")
    if pattern.by_role is not None and not facts.acted_as(by, pattern.by_role, fact.day):
        return False
    return pattern.not_by_role is None or not facts.acted_as(by, pattern.not_by_role, fact.day)


def _plan_fits(opening: Opening, fact: Fact, facts: Facts) -> bool:
    for name, wanted in opening.plan.items():
        value = _risk(facts, fact) or "none" if name == "risk" else getattr(facts.opening, name)
        if not (set(value) & set(wanted) if isinstance(value, list) else value in wanted):
            return False
    return True


def _risk(facts: Facts, fact: Fact) -> str | None:
    """The plan's level of risk on the day of a fact: as opened, or as last changed to a named level by then."""
    level: str | None = facts.opening.risk
    for change in facts.of_type("risk.changed"):
        if isinstance(change.data, RiskChanged) and change.day <= fact.day and change.data.to is not None:
            level = change.data.to
    return level

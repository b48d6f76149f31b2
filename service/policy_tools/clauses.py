"""Clauses in plain English for the patterns and openings of the policy language."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from service.domain.events.event_types import EVENT_TYPES
from service.domain.language.patterns import ForEach, Opening, Pattern, PlanIs, Scalar, Takes
from service.domain.policy import Rule
from service.policy_tools.words import (
    TIES,
    TRUTHS,
    VALUES,
    both,
    either,
    field_words,
    plain,
    the_role,
)

_ORDINALS = {2: "second", 3: "third"}


def clause(pattern: Pattern) -> str:
    """`a visit is made by the social worker or the cover, at which the child was seen`."""
    text, covered = _event(pattern)
    text += " and".join(f" {words}" for words in _roles(pattern))
    return text + "".join(f", {words}" for words in (*_conditions(pattern, covered), *_additions(pattern)))


def clauses(patterns: Sequence[Pattern]) -> str:
    """One clause for several patterns, of which any will do."""
    return "; or ".join(dict.fromkeys(clause(pattern) for pattern in patterns))


def takes_clause(takes: Sequence[Takes]) -> str:
    """`the date of the next review, given when an initial meeting is held`, for each of several."""
    fields: dict[str, list[str]] = {}
    for pattern in takes:
        if pattern.takes is not None:
            fields.setdefault(pattern.takes, []).append(clause(pattern))
    agreed = [f"{field_words(name)}, given when {either(events)}" for name, events in fields.items()]
    return "; or ".join([*agreed, *(f"every {each.sets}, when {clause(each)}" for each in takes if each.sets)])


def opening_clause(opening: Opening, rules: Mapping[str, Rule]) -> str:
    """The clause for what opens a duty, with the conditions on plan and hour."""
    parts = [f"when {clause(opening)}"]
    if opening.out_of_hours is not None:
        parts.append("out of office hours" if opening.out_of_hours else "within office hours")
    if opening.leaves_no_next is not None:
        waited = rules.get(opening.leaves_no_next)
        parts.append(f"and no date for the next {waited.label if waited else opening.leaves_no_next} is left")
    text = " ".join(parts)
    if opening.plan is not None and (conditions := list(_plan(opening.plan))):
        text += f", for plans whose {both(conditions)}"
    return f"{text}, unless by then {either(clause(pattern) for pattern in opening.unless)}" if opening.unless else text


def repeated(opening: Opening) -> str | None:
    """The words for whom or what an opening is repeated; None if it is not repeated."""
    if opening.for_each is not None:
        return _each(opening.for_each)
    if opening.about == "event":
        return "each time anew"
    if opening.about is not None:
        return f"for each {_thing(opening, opening.about)}"
    return None


def _event(pattern: Pattern) -> tuple[str, set[str]]:
    """The event's clause, and the names of the conditions that its words cover."""
    template = EVENT_TYPES[pattern.when].clause
    covered: set[str] = set()

    def field_value(match: re.Match[str]) -> str:
        name = match[1]
        words = VALUES[name]
        if name not in pattern.where:
            return words[""]
        covered.add(name)
        return either(_value(words, name, value) for value in _listed(pattern.where[name]))

    return re.sub(r"\{(\w+)\}", field_value, template), covered


def _value(words: Mapping[str, str], name: str, value: Scalar) -> str:
    if name == "milestone":
        return f"'{plain(str(value))}'"
    return the_role(str(value)) if name == "by_role" else words.get(str(value), plain(str(value)))


def _conditions(pattern: Pattern, covered: set[str]) -> Iterator[str]:
    for name, value_or_list in pattern.where.items():
        values = _listed(value_or_list)
        if name in covered:
            continue
        if len(values) == 1 and isinstance(values[0], bool) and (name, values[0]) in TRUTHS:
            yield TRUTHS[name, values[0]]
        else:
            yield f"with {plain(name)} {either(plain(str(value).lower()) for value in values)}"


def _roles(pattern: Pattern) -> Iterator[str]:
    for name, roles in pattern.role_of.items():
        yield f"{_tie(name)} {either(the_role(role) for role in roles)} or the cover"
    for name, roles in pattern.not_role_of.items():
        excepted = either(the_role(role) for role in roles)
        yield f"not {_tie(name)} {excepted}" if name in pattern.role_of else f"{_tie(name)} anybody but {excepted}"


def _additions(pattern: Pattern) -> Iterator[str]:
    if pattern.has:
        yield f"naming {both(field_words(name) for name in pattern.has)}"
    if pattern.lacks:
        yield f"without naming {either(field_words(name) for name in pattern.lacks)}"
    for name, anchor in pattern.same.items():
        yield TIES.get((name, anchor), f"of the same {plain(name)}").format(thing=_thing(pattern, name))
    if pattern.count is not None:
        few = pattern.count.verdict == "fewer"
        people, number = field_words(pattern.count.of), field_words(pattern.count.against)
        yield f"{people} being {'fewer than' if few else 'at least'} {number} (excluded people do not count)"
    if pattern.times is not None:
        yield f"{pattern.times} times"
    if isinstance(pattern, Opening) and pattern.nth is not None:
        yield f"for the {_ORDINALS.get(pattern.nth, f'{pattern.nth}th')} time"
    if pattern.plan is not None and not isinstance(pattern, Opening):  # an opening says it at its end
        yield f"on a plan whose {both(_plan(pattern.plan))}"


def _plan(plan: PlanIs) -> Iterator[str]:
    if plan.service:
        yield f"service is {either(map(plain, plan.service))}"
    if plan.route:
        yield f"route is {either(map(plain, plan.route))}"
    if plan.risk:
        yield f"level of risk is {either('not stated' if level == 'none' else plain(level) for level in plan.risk)}"
    if plan.concerns:
        yield f"concerns include {either(map(plain, plan.concerns))}"


def _each(each: ForEach) -> str:
    whom = [f"{field_words(name)}" for name in each.listed_in]
    whom += [f"everybody marked as having {plain(mark)}" for mark in each.marked]
    but = f", but not {either(the_role(role) for role in each.but_not)}" if each.but_not else ""
    return f"for each of {both(whom)}{but}"


def _thing(pattern: Pattern, field: str) -> str:
    if field == "ref":
        return pattern.when.split(".")[0]
    return "person" if field in ("from", "with", "person", "by") else plain(field)


def _tie(name: str) -> str:
    return name if name in ("by", "with", "from") else f"{field_words(name)} being"


def _listed(value_or_list: Scalar | list[Scalar]) -> list[Scalar]:
    return value_or_list if isinstance(value_or_list, list) else [value_or_list]

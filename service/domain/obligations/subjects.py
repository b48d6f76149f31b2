"""About what facts are, for a rule that asks something of each action, meeting or the like by itself."""

from __future__ import annotations

from collections.abc import Iterable

from service.domain.fact import Fact
from service.domain.language.patterns import Opening
from service.domain.policy import Policy, Rule


def subject_of(opening: Opening, fact: Fact) -> str:
    """What a duty is about that a fact opens: what a field names, or the fact itself where it names nothing."""
    value = None if opening.about in (None, "event") else fact.get(str(opening.about))
    return str(value) if value is not None else fact.id


def subjects_in(policy: Policy, rule: Rule, facts: Iterable[Fact]) -> frozenset[str] | None:
    """About what these facts are for a rule; None where they may bear on what it asks of anything else, too.

    Facts of types that the rule does not ask about are about nothing.
    """
    names = policy.naming_subjects[rule.rule]
    if names is None:
        return None
    opening, touched = rule.opens[0], policy.touched[rule.rule]
    subjects: set[str] = set()
    for fact in facts:
        if touched is not None and fact.type not in touched:
            continue
        if fact.type != opening.when and fact.type not in names:
            return None  # a timeline, which other duties count from
        if fact.type == opening.when:
            subjects.add(subject_of(opening, fact))
        values = (fact.id if name == "id" else fact.get(name) for name in names.get(fact.type, ()))
        subjects.update(value for value in values if isinstance(value, str))
    return frozenset(subjects)

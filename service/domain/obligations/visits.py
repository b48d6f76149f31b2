"""Visits that count for nobody: made by who held a role before, where the role owes visits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from service.domain.fact import Fact
from service.domain.facts import Facts
from service.domain.obligations.instances import Instance
from service.domain.policy import Rule


def uncounted_visits(opened: Iterable[tuple[Rule, Instance]], facts: Facts) -> Iterator[Fact]:
    """The visits by who held a role before, while that role owed one, and who visits in no role that does."""
    owing = [(roles, instance) for rule, instance in opened if (roles := _visiting_roles(rule))]
    if not owing:
        return
    for visit in facts.of_type("visit.recorded"):
        owed = [roles for roles, instance in owing if _was_owed(instance, visit)]
        if owed and _came_as_nobody(visit, owed, facts):
            yield visit


def _visiting_roles(rule: Rule) -> list[str]:
    return [role for pattern in rule.met if pattern.when == "visit.recorded" for role in pattern.role_of.get("by", ())]


def _was_owed(instance: Instance, visit: Fact) -> bool:
    return instance.opened.day <= visit.day and (instance.met is None or instance.met.day >= visit.day)


def _came_as_nobody(visit: Fact, owed: Sequence[Sequence[str]], facts: Facts) -> bool:
    person = visit.get("by")
    roles = {role for some_roles in owed for role in some_roles}
    if any(facts.acted_as(person, role, visit.day) for role in roles):
        return False
    return any(facts.held_before(person, role, visit.day) for role in roles)

"""Visits that count for nobody: made by who held a role before, where the role owes visits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from service.domain.fact import Fact
from service.domain.facts import Facts
from service.domain.obligations.instances import Instance
from service.domain.policy import Rule


def uncounted_visits(opened: Iterable[tuple[Rule, Instance]], facts: Facts) -> Iterator[Fact]:
    """The visits by who held a role before, while that role owed one, and who visits in no role that does."""
    visits = facts.of_type("visit.recorded")
    owing: dict[tuple[str, ...], list[Instance]] = {}
    for rule, instance in opened if visits else ():
        if roles := rule.visiting_roles:
            owing.setdefault(roles, []).append(instance)
    owed_on = {roles: _owed_on(visits, instances) for roles, instances in owing.items()}
    for visit in visits:
        owed = {role for roles, days in owed_on.items() if visit.day in days for role in roles}
        if owed and _came_as_nobody(visit, owed, facts):
            yield visit


def _owed_on(visits: Sequence[Fact], instances: Iterable[Instance]) -> set[date]:
    """The days of these visits, which are in order, on which one of the instances was owed."""
    ordered = sorted(instances, key=lambda instance: instance.opened.day)
    days: set[date] = set()
    number, until = 0, date.min
    for visit in visits:
        while number < len(ordered) and ordered[number].opened.day <= visit.day:
            met = ordered[number].met
            until = max(until, met.day if met is not None else date.max)
            number += 1
        if until >= visit.day:
            days.add(visit.day)
    return days


def _came_as_nobody(visit: Fact, roles: Iterable[str], facts: Facts) -> bool:
    person = visit.get("by")
    if any(facts.acted_as(person, role, visit.day) for role in roles):
        return False
    return any(facts.held_before(person, role, visit.day) for role in roles)

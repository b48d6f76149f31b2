"""The four councils beside the one with sixty plans: six plans each, and what happens there in the first days."""

from __future__ import annotations

from datetime import date, timedelta

from cli.demo import neighbours
from cli.demo.councils import bradford, darlington, south_gloucestershire, wakefield
from cli.demo.diary import Diary, at
from cli.demo.plans import FIRST_DAY, Plan, plan_elsewhere

_OPENED = (date(2026, 10, 13), date(2026, 10, 20), date(2026, 11, 3), date(2026, 10, 15), date(2026, 11, 10))
_LIVES = {
    "bradford": bradford.life,
    "darlington": darlington.life,
    "wakefield": wakefield.life,
    "south_gloucestershire": south_gloucestershire.life,
}
# Plans that are made only as the demonstration begins.
_NEW = {bradford.BY_NIGHT: date(2027, 1, 10), darlington.AGREED_ON_FRIDAY: date(2027, 1, 8)}


def plans() -> list[Plan]:
    """The plans of these councils."""
    return [_plan(authority, number) for authority in neighbours.AUTHORITIES for number in range(1, 7)]


def diaries() -> list[Diary]:
    """Their people, and what happens on each of their plans."""
    return [*(_people(authority) for authority in neighbours.AUTHORITIES), *(_LIVES[p.authority](p) for p in plans())]


def _plan(authority: str, number: int) -> Plan:
    plan = plan_elsewhere(authority, number, _OPENED[number % len(_OPENED)] + timedelta(days=number % 2))
    return plan_elsewhere(authority, number, _NEW.get(plan.id, plan.opened))


def _people(authority: str) -> Diary:
    diary, when = Diary(f"people-{neighbours.prefix_of(authority)}", authority), at(FIRST_DAY, "08:00")
    for person in neighbours.PEOPLE:
        if person.authority == authority:
            diary.note(when, "person.recorded", person.id, **person.as_data())
    for council, role, holder in neighbours.OFFICES:
        if council == authority:
            diary.note(when, "role.assigned", None, authority=authority, role=role, person=holder)
    return diary

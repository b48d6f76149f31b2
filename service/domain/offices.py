"""Offices: whether somebody who is named in the facts holds a role, anywhere in the authority, or has left."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from service.domain.calendar import local_day
from service.domain.events.event import Event
from service.domain.events.event_types import CHANGES_OF_ROLE
from service.domain.events.payloads.actions import ActionAgreed
from service.domain.facts import Facts
from service.domain.people.directory import Directory, InOffice

# They say who holds a role on a plan while it runs.
SAY_WHO_SERVES = CHANGES_OF_ROLE | {"plan.opened", "plan.ended"} | {"event.withdrawn"}


def named_without_role(plan_events: Sequence[Event], directory: Directory, moment: datetime) -> frozenset[str]:
    """Workers and partners whom an action of a plan names, and who hold no role there or for the authority.

    In a period of the plan that has ended nobody holds one, and its duties are asked about as well.
    """
    named = {event.data.who for event in plan_events if isinstance(event.data, ActionAgreed) and event.data.who}
    workers = {name for name in named if (person := directory.persons.get(name)) is None or not person.is_family}
    serving = [event for event in plan_events if event.type in SAY_WHO_SERVES]
    facts = Facts.of(serving, directory, local_day(moment)) if workers else None
    if facts is None:
        return frozenset()
    return frozenset(
        name for name in workers if not all(period.serves_here(name, moment) for period in facts.by_period)
    )


def in_office(plans: Iterable[Facts | None], person: str, moment: datetime) -> bool | None:
    """Whether a person holds a role on one of these plans while it runs; None where they never held one there."""
    answers = [facts.in_office(person, moment) for facts in plans if facts is not None]
    held = [answer for answer in answers if answer is not None]
    return any(held) if held else None


def in_office_on(plans: Sequence[Sequence[Event]]) -> InOffice:
    """The same, asked of the events of plans: those that say who serves there are enough."""

    by_day: dict[date, list[Facts | None]] = {}

    def ask(person: str, moment: datetime) -> bool | None:
        today = local_day(moment)
        if today not in by_day:
            by_day[today] = [Facts.of(events, Directory(), today) for events in plans]
        return in_office(by_day[today], person, moment)

    return ask

"""Whom people's events name and nobody has recorded is known without making anything of these events."""

from __future__ import annotations

import random

from service.domain.events.event import Event, parse_event
from service.domain.people.directory import Directory, wanted
from tests.examples import examples
from tests.properties.histories import history
from tests.unit.domain.builders import book

HISTORIES = examples(100, 2000)


def named_by(directory: Directory) -> set[str]:
    """Whom a directory names and has no record of: covers, and who ever held a role for the whole authority."""
    covers = {absence.cover for person in directory.persons.values() for absence in person.absences if absence.cover}
    holders = {person for tenure in directory.roles.values() for person in tenure.everybody()}
    return (covers | holders) - directory.persons.keys()


def some_of(chance: random.Random) -> list[Event]:
    """Half of the events of a random history that are about people, or about the roles of the authority."""
    events = [parse_event(raw, book().authorities) for raw in history(chance)]
    of_people = [event for event in events if event.subject is None or event.subject[:2] in ("w-", "p-", "f-", "c-")]
    return chance.sample(of_people, len(of_people) // 2)


def test_who_is_wanted_is_whom_the_directory_names_and_does_not_know() -> None:
    named = 0
    for number in range(HISTORIES):
        events = some_of(random.Random(number))
        assert wanted(events) == named_by(Directory.of(events))
        named += len(wanted(events))
    assert named > HISTORIES

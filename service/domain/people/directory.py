"""The directory: persons, the roles of a whole authority, absences and their cover, and decisions about contact."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from service.domain.calendar import local_day
from service.domain.events.event import Event
from service.domain.events.payloads.people import (
    AbsenceRecorded,
    ContactDecided,
    PersonRecorded,
    RoleAssigned,
    RoleEnded,
)
from service.domain.events.withdrawals import standing
from service.domain.people.tenure import Tenure

MARKS = ("poses_risk", "victim")


@dataclass(frozen=True, slots=True)
class Absence:
    """The local days on which a person is away, both ends included, and the person who stands in."""

    first_day: date
    last_day: date
    cover: str | None


@dataclass(frozen=True, slots=True)
class Person:
    """A person as last recorded, with the latest decision about contact and all absences."""

    id: str
    authority: str
    kind: str
    email: str | None
    mobile: str | None
    prefers: str | None
    language: str
    decision: ContactDecided | None = None
    decided_at: datetime | None = None
    # Every decision about contact, in order.
    decisions: tuple[Event, ...] = ()
    absences: tuple[Absence, ...] = ()

    @property
    def is_family(self) -> bool:
        """Whether the person is family or a child, who is sent nothing without a current decision that allows it."""
        return self.kind in ("family", "child")

    @property
    def refusals(self) -> tuple[Event, ...]:
        """The decisions that the person is never to be contacted, in order."""
        return tuple(event for event in self.decisions if getattr(event.data, "decision", None) == "never")


@dataclass(frozen=True)
class Directory:
    """The persons by id, the holders of authority-wide roles, and the numbers that must not be texted any more."""

    persons: Mapping[str, Person] = field(default_factory=dict)
    roles: Mapping[tuple[str, str], Tenure] = field(default_factory=dict)
    opted_out: frozenset[str] = frozenset()
    # (authority, person, mark) of each assignment for a whole authority that marks somebody.
    marks: frozenset[tuple[str, str, str]] = frozenset()

    @classmethod
    def of(cls, events: Iterable[Event], stops: Iterable[tuple[str, datetime]] = ()) -> Directory:
        """The directory that these events make, in whatever order they are given.

        `stops` says which persons asked, on any plan, for no more texts, and when (aware).
        """
        persons: dict[str, Person] = {}
        role_changes: dict[tuple[str, str], list[Event]] = defaultdict(list)
        by_person: dict[str, list[Event]] = defaultdict(list)
        for event in sorted(standing(events), key=lambda event: (event.time, event.uid)):
            if isinstance(event.data, RoleAssigned | RoleEnded) and event.subject is None:
                role_changes[(str(event.data.authority), event.data.role)].append(event)
            elif event.subject is not None:
                by_person[event.subject].append(event)
        for person_id, history in by_person.items():
            if (person := _person(person_id, history)) is not None:
                persons[person_id] = person
        opted_out = frozenset(
            number
            for person, moment in stops
            if (number := _stopped_number(by_person.get(person, ()), moment)) is not None
        )
        tenures = {key: Tenure.of(changes) for key, changes in role_changes.items()}
        return cls(persons, tenures, opted_out, frozenset(_marks(role_changes)))

    def wanted(self) -> frozenset[str]:
        """The persons whom the directory names and has no record of: covers, and holders of authority-wide roles."""
        covers = {absence.cover for person in self.persons.values() for absence in person.absences if absence.cover}
        holders = {person for tenure in self.roles.values() for person in tenure.everybody()}
        return frozenset((covers | holders) - self.persons.keys())

    def holder(self, authority: str, role: str, moment: datetime) -> str | None:
        """The holder of a role for the whole authority at a moment, passing over persons whom nobody has introduced."""
        tenure = self.roles.get((authority, role))
        return tenure.at(moment, self.persons) if tenure else None

    def stand_in(self, person: str, day: date) -> str | None:
        """The person who acts for a person on a local day: the same one while present; None where nobody was named."""
        passed: set[str] = set()
        current: str | None = person
        while current is not None and current not in passed:
            passed.add(current)
            absence = self._absence(current, day)
            if absence is None:
                return current
            current = absence.cover
        return None

    def covers_of(self, person: str, day: date) -> frozenset[str]:
        """Everybody who stands in for a person on a local day: the cover, the cover's own cover, and so on."""
        covers: set[str] = set()
        absence = self._absence(person, day)
        while absence is not None and absence.cover is not None and absence.cover not in covers | {person}:
            covers.add(absence.cover)
            absence = self._absence(absence.cover, day)
        return frozenset(covers)

    def acts_at(self, person: str, moment: datetime) -> str:
        """The person to tell in a person's place at a moment: the cover while away; the person where none is named."""
        return self.stand_in(person, local_day(moment)) or person

    def _absence(self, person: str, day: date) -> Absence | None:
        recorded = self.persons.get(person)
        absences = recorded.absences if recorded is not None else ()
        current = [absence for absence in absences if absence.first_day <= day <= absence.last_day]
        return current[-1] if current else None


def _person(person_id: str, history: list[Event]) -> Person | None:
    records = [event.data for event in history if isinstance(event.data, PersonRecorded)]
    if not records:
        return None
    decisions = [event for event in history if isinstance(event.data, ContactDecided)]
    # Of those of one moment a `never` counts.
    decisions.sort(key=lambda event: (event.time, getattr(event.data, "decision", None) == "never"))
    absences = [event.data for event in history if isinstance(event.data, AbsenceRecorded)]
    latest = records[-1]
    decision = decisions[-1] if decisions else None
    return Person(
        id=person_id,
        authority=latest.authority,
        kind=latest.kind,
        email=latest.email,
        mobile=latest.mobile,
        prefers=latest.prefers,
        language=latest.language,
        decision=decision.data if decision is not None and isinstance(decision.data, ContactDecided) else None,
        decided_at=decision.time if decision is not None else None,
        decisions=tuple(decisions),
        absences=tuple(Absence(away.from_, away.until, away.cover) for away in absences),
    )


def _marks(role_changes: Mapping[tuple[str, str], list[Event]]) -> Iterator[tuple[str, str, str]]:
    for (authority, _), changes in role_changes.items():
        for event in changes:
            if isinstance(event.data, RoleAssigned):
                yield from ((authority, event.data.person, mark) for mark in MARKS if getattr(event.data, mark))


def _stopped_number(history: Sequence[Event], stopped: datetime) -> str | None:
    """The number that a person had when asking for no more texts; None where a later decision allows texts again."""
    decisions = [event for event in history if isinstance(event.data, ContactDecided) and event.time > stopped]
    if any(isinstance(event.data, ContactDecided) and event.data.decision == "allow" for event in decisions):
        return None
    records = [event for event in history if isinstance(event.data, PersonRecorded)]
    by_then = [event for event in records if event.time <= stopped] or records[:1]
    record = by_then[-1].data if by_then else None
    return record.mobile if isinstance(record, PersonRecorded) else None

"""Who is who: persons, the roles of a whole authority, absences and their cover, and decisions about contact."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from service.domain.calendar import local_day
from service.domain.events.event import Event
from service.domain.events.payloads import AbsenceRecorded, ContactDecided, PersonRecorded, RoleAssigned, RoleEnded
from service.domain.events.withdrawals import standing
from service.domain.people.tenure import Tenure

MARKS = ("poses_risk", "victim")


@dataclass(frozen=True, slots=True)
class Absence:
    """A person away from a day to a day, both included."""

    first: date
    last: date
    cover: str | None


@dataclass(frozen=True, slots=True)
class Person:
    """A person as last recorded, with the current decision about contact and the times away."""

    id: str
    authority: str
    kind: str
    email: str | None
    mobile: str | None
    prefers: str | None
    language: str
    decision: ContactDecided | None = None
    decided_at: datetime | None = None
    absences: tuple[Absence, ...] = ()

    @property
    def is_family(self) -> bool:
        """Whether nothing may be sent without a current decision."""
        return self.kind in ("family", "child")


@dataclass(frozen=True)
class Directory:
    """Persons by id, the holders of authority-wide roles, and the numbers that are not to be texted any more."""

    persons: Mapping[str, Person] = field(default_factory=dict)
    roles: Mapping[tuple[str, str], Tenure] = field(default_factory=dict)
    opted_out: frozenset[str] = frozenset()
    # (authority, person, mark), of assignments for a whole authority that mark somebody.
    marks: frozenset[tuple[str, str, str]] = frozenset()

    @classmethod
    def of(cls, events: Iterable[Event], stops: Iterable[tuple[str, datetime]] = ()) -> Directory:
        """Fold what was recorded of persons and authority-wide roles, in any order.

        `stops` says which persons asked, on any plan, for no more texts, and when.
        """
        persons: dict[str, Person] = {}
        roles: dict[tuple[str, str], list[Event]] = defaultdict(list)
        by_person: dict[str, list[Event]] = defaultdict(list)
        for event in sorted(standing(events), key=lambda event: (event.time, event.uid)):
            if isinstance(event.data, RoleAssigned | RoleEnded) and event.subject is None:
                roles[(str(event.data.authority), event.data.role)].append(event)
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
        tenures = {key: Tenure.of(history) for key, history in roles.items()}
        return cls(persons, tenures, opted_out, frozenset(_marks(roles)))

    def wanted(self) -> frozenset[str]:
        """Persons that it refers to and has no record of: covers, and holders of authority-wide roles."""
        covers = {absence.cover for person in self.persons.values() for absence in person.absences if absence.cover}
        holders = {person for tenure in self.roles.values() for person in tenure.everybody()}
        return frozenset((covers | holders) - self.persons.keys())

    def holder(self, authority: str, role: str, moment: datetime) -> str | None:
        """Who holds a role for the whole authority at a moment, among persons who were introduced."""
        tenure = self.roles.get((authority, role))
        return tenure.at(moment, self.persons) if tenure else None

    def stand_in(self, person: str, day: date) -> str | None:
        """Who stands in for a person on a day: the person, where not away; None, where nobody was named."""
        seen: set[str] = set()
        current: str | None = person
        while current is not None and current not in seen:
            seen.add(current)
            absence = self._absence(current, day)
            if absence is None:
                return current
            current = absence.cover
        return None

    def covers_of(self, person: str, day: date) -> frozenset[str]:
        """Everybody who stands in for a person on a day, the cover's own cover included."""
        found: set[str] = set()
        absence = self._absence(person, day)
        while absence is not None and absence.cover is not None and absence.cover not in found | {person}:
            found.add(absence.cover)
            absence = self._absence(absence.cover, day)
        return frozenset(found)

    def acts_at(self, person: str, moment: datetime) -> str:
        """Who is to be told at a moment what is a person's: the cover while away; the person where none was named."""
        return self.stand_in(person, local_day(moment)) or person

    def _absence(self, person: str, day: date) -> Absence | None:
        known = self.persons.get(person)
        away = [absence for absence in known.absences if absence.first <= day <= absence.last] if known else []
        return away[-1] if away else None


def _person(person_id: str, history: list[Event]) -> Person | None:
    records = [event.data for event in history if isinstance(event.data, PersonRecorded)]
    if not records:
        return None
    decisions = [event for event in history if isinstance(event.data, ContactDecided)]
    # Of those of one moment a `never` counts.
    decisions.sort(key=lambda event: (event.time, getattr(event.data, "decision", None) == "never"))
    absences = [event.data for event in history if isinstance(event.data, AbsenceRecorded)]
    last = records[-1]
    return Person(
        id=person_id,
        authority=last.authority,
        kind=last.kind,
        email=last.email,
        mobile=last.mobile,
        prefers=last.prefers,
        language=last.language,
        decision=decisions[-1].data if decisions and isinstance(decisions[-1].data, ContactDecided) else None,
        decided_at=decisions[-1].time if decisions else None,
        absences=tuple(Absence(away.from_, away.until, away.cover) for away in absences),
    )


def _marks(roles: Mapping[tuple[str, str], list[Event]]) -> Iterator[tuple[str, str, str]]:
    for (authority, _), events in roles.items():
        for event in events:
            if isinstance(event.data, RoleAssigned):
                yield from ((authority, event.data.person, mark) for mark in MARKS if getattr(event.data, mark))


def _stopped_number(history: Sequence[Event], stopped: datetime) -> str | None:
    """The number that a person had when asking for no more texts; None where a later decision allows them again."""
    decisions = [event for event in history if isinstance(event.data, ContactDecided) and event.time > stopped]
    if any(isinstance(event.data, ContactDecided) and event.data.decision == "allow" for event in decisions):
        return None
    records = [event for event in history if isinstance(event.data, PersonRecorded)]
    then = [event.data for event in records if event.time <= stopped] or [event.data for event in records[:1]]
    last = then[-1] if then else None
    return last.mobile if isinstance(last, PersonRecorded) else None

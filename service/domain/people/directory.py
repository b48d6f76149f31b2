"""The directory: persons, the roles of a whole authority, absences and their cover, and decisions about contact."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import cached_property, lru_cache
from typing import NamedTuple
from weakref import WeakValueDictionary

from service.domain.calendar import local_day
from service.domain.events.event import Event
from service.domain.events.event_types import BEAR_ON_PEOPLE
from service.domain.events.payloads.check_ins import CheckInReplied
from service.domain.events.payloads.people import (
    AbsenceRecorded,
    ContactDecided,
    PersonRecorded,
    RoleAssigned,
    RoleEnded,
)
from service.domain.events.payloads.plans import PlanWithheld
from service.domain.events.payloads.risks import PersonExcluded
from service.domain.events.replies import ReplyMeaning, meaning_of
from service.domain.events.same import SameEvents
from service.domain.events.vocabulary import SHARED_ROLES
from service.domain.events.withdrawals import standing
from service.domain.people.opt_outs import NumberHistory, OptOuts
from service.domain.people.tenure import Tenure, by_holder, held_in, moments_of

MARKS = ("poses_risk", "victim")
_MOST_KEPT = 2048  # persons, and so many roles: a kilobyte each
_NOBODY: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Absence:
    """The local days on which a person is away, both ends included, and the person who stands in."""

    first_day: date
    last_day: date
    cover: str | None


class Acting:
    """What a directory says of who acts in which role, and who is family: it stands for all that say the same."""

    __slots__ = ("__weakref__",)


# As long as somebody keeps what was made of it.
_acting: WeakValueDictionary[tuple[object, ...], Acting] = WeakValueDictionary()


@dataclass(frozen=True, slots=True)
class Person:
    """A person as last recorded, with the latest decision about contact and all absences."""

    id: str
    kind: str
    email: str | None
    mobile: str | None
    prefers: str | None
    language: str
    decision: ContactDecided | None = None
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


# Whether a person holds a role at a moment: False where they hold none any more, None where they never did.
InOffice = Callable[[str, datetime], bool | None]


def _nowhere(person: str, moment: datetime) -> bool | None:
    del person, moment
    return None


@dataclass(frozen=True)
class Directory:
    """One authority's persons by id, the holders of its authority-wide roles, and whom any plan keeps texts from."""

    persons: Mapping[str, Person] = field(default_factory=dict)
    roles: Mapping[str, Tenure] = field(default_factory=dict)
    opt_outs: OptOuts = field(default_factory=OptOuts)
    # Who is barred on any plan, and why: excluded, withheld_person, poses_risk.
    barred: Mapping[str, frozenset[str]] = field(default_factory=dict)
    # (person, mark) of each assignment for the whole authority that marks somebody.
    marks: frozenset[tuple[str, str]] = frozenset()
    # The roles that several people hold at once; all others pass from one person to the next.
    shared_roles: frozenset[str] = SHARED_ROLES
    # On the authority's other plans, of whom it was asked.
    in_office_elsewhere: InOffice = field(default=_nowhere, compare=False, repr=False)

    @classmethod
    def of(
        cls,
        events: Collection[Event],
        on_plans: Iterable[Event] = (),
        received_stops: Iterable[tuple[str, datetime]] = (),
        shared_roles: frozenset[str] = SHARED_ROLES,
    ) -> Directory:
        """The directory that these events of one authority make, in whatever order they are given.

        `on_plans` are events of any plan: what bears on people beyond their plan is taken from them. `received_stops`
        are the numbers from which a STOP came in, and when (aware). `shared_roles` are those that several people hold.
        """
        role_changes: dict[str, list[Event]] = defaultdict(list)
        by_person: dict[str, list[Event]] = defaultdict(list)
        for event in sorted(standing(events), key=lambda event: (event.time, event.uid)):
            if isinstance(event.data, RoleAssigned | RoleEnded) and event.subject is None:
                role_changes[event.data.role].append(event)
            elif event.subject is not None:
                by_person[event.subject].append(event)
        # Where none of somebody's events stands, what plans say of them holds: a STOP, or that they are excluded.
        by_person |= {event.subject: [] for event in events if event.subject and event.subject not in by_person}
        people = {person_id: _known_by(person_id, history) for person_id, history in by_person.items()}
        persons = {
            person_id: of_person.person for person_id, of_person in people.items() if of_person.person is not None
        }
        directory = cls(
            persons=persons,
            roles={role: _tenure_by(changes) for role, changes in role_changes.items()},
            opt_outs=OptOuts((), {person_id: of_person.numbers for person_id, of_person in people.items()}),
            marks=frozenset(_marks(role_changes)),
            shared_roles=shared_roles,
        )
        return directory.with_bars(on_plans, received_stops)

    def with_bars(self, on_plans: Iterable[Event], received_stops: Iterable[tuple[str, datetime]] = ()) -> Directory:
        """The same people, and of them what these say beyond a plan, as in `of`; what others said of it is left out."""
        bearing = [event for event in standing(on_plans) if bears_on_people(event)]
        opt_outs = OptOuts.of(_asked_for_no_more(bearing), received_stops, self.opt_outs.people)
        return replace(self, opt_outs=opt_outs, barred=_barred(bearing))

    @cached_property
    def _holders_of(self) -> Mapping[str, Sequence[Person]]:
        by_number: dict[str, list[Person]] = defaultdict(list)
        for person in self.persons.values():
            if person.mobile is not None:
                by_number[person.mobile].append(person)
        return by_number

    def sharing(self, person: Person) -> list[Person]:
        """Everybody else who has a person's number."""
        holders = self._holders_of.get(person.mobile, ()) if person.mobile is not None else ()
        return [holder for holder in holders if holder.id != person.id]

    @cached_property
    def itself(self) -> object:
        """What is equal to that of no other directory: to compare all that two say would take long."""
        return object()

    def acting(self, names: Iterable[str]) -> Acting:
        """What it says of who acts in which role when, and who is family, as far as persons of these names go.

        Where two directories say the same of them, it is the same. A directory is made anew with each event about
        anybody, and few of them are about somebody of one plan. Whoever holds a role for the whole authority, and who
        stands in for one of these, is among them.
        """
        return _acting.setdefault((self._said_of(names), *self._of_all), Acting())

    @cached_property
    def _of_all(self) -> tuple[object, ...]:  # what bears on every plan
        return self._said_of(self._tenures_of_persons), frozenset(self.roles.items()), self.marks, self.shared_roles

    def _said_of(self, names: Iterable[str]) -> frozenset[tuple[str, bool, tuple[Absence, ...]]]:
        """Of these persons, and all who stand in for them: whether each is family, and when away."""
        persons: dict[str, Person] = {}
        names_ahead = set(names)
        while names_ahead:
            more = {name: self.persons[name] for name in names_ahead if name in self.persons}
            persons |= more
            names_ahead = {away.cover or "" for person in more.values() for away in person.absences} - persons.keys()
        return frozenset((person.id, person.is_family, person.absences) for person in persons.values())

    @cached_property
    def _ever_held(self) -> Mapping[str, frozenset[str]]:
        by_number: dict[str, set[str]] = defaultdict(set)
        for person, history in self.opt_outs.people.items():
            for _, number in history.numbers:
                if number is not None:
                    by_number[number].add(person)
        return {number: frozenset(persons) for number, persons in by_number.items()}

    def ever_sharing(self, persons: Iterable[str]) -> frozenset[str]:
        """These persons, and everybody who ever had a number that one of them ever had."""
        ids = frozenset(persons)
        histories = (self.opt_outs.people[person] for person in ids if person in self.opt_outs.people)
        numbers = {number for history in histories for _, number in history.numbers if number is not None}
        return ids.union(*(self._ever_held[number] for number in numbers))

    def holder(self, role: str, moment: datetime) -> str | None:
        """The holder of a role for the whole authority at a moment, passing over persons whom nobody has introduced."""
        tenure = self.roles.get(role)
        return tenure.at(moment, self.persons) if tenure else None

    def in_office(self, person: str, moment: datetime) -> bool | None:
        """Whether a person holds a role of the whole authority at a moment; None where they never held one."""
        return held_in(self._tenures_of_persons.get(person, ()), person, moment)

    @cached_property
    def role_changes(self) -> Sequence[datetime]:
        """The moments at which a role of the whole authority changes hands, in order."""
        return moments_of(self.roles.values())

    @cached_property
    def _tenures_of_persons(self) -> Mapping[str, Sequence[Tenure]]:
        return by_holder(self.roles.values())

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
        absence = self._absence(person, day)
        if absence is None:
            return _NOBODY
        covers: set[str] = set()
        while absence is not None and absence.cover is not None and absence.cover not in covers | {person}:
            covers.add(absence.cover)
            absence = self._absence(absence.cover, day)
        return frozenset(covers)

    def acts_at(self, person: str, moment: datetime) -> str:
        """The person to tell in a person's place at a moment: the cover while away; the person where none is named."""
        return self.stand_in(person, local_day(moment)) or person

    def _absence(self, person: str, day: date) -> Absence | None:
        recorded = self.persons.get(person)
        if recorded is None or not recorded.absences:
            return None
        absences = recorded.absences
        current = [absence for absence in absences if absence.first_day <= day <= absence.last_day]
        return current[-1] if current else None


def wanted(events: Sequence[Event]) -> frozenset[str]:
    """The persons whom a directory of these names and has no record of: covers, and holders of authority-wide roles."""
    stand = standing(events)
    recorded = {event.subject for event in stand if isinstance(event.data, PersonRecorded)}
    named = {event.data.person for event in stand if isinstance(event.data, RoleAssigned) and event.subject is None} | {
        event.data.cover
        for event in stand
        if isinstance(event.data, AbsenceRecorded) and event.data.cover and event.subject in recorded
    }
    return frozenset(named - recorded)


class _KnownPerson(NamedTuple):
    """What the events about a person say of them; no person where none of them introduces one."""

    person: Person | None
    numbers: NumberHistory


def _known_by(person_id: str, history: Sequence[Event]) -> _KnownPerson:
    """What events about a person say: of the very same events it is the same, whichever plan it is asked for."""
    return _known(SameEvents(history), person_id)


@lru_cache(maxsize=_MOST_KEPT)
def _known(same: SameEvents, person_id: str) -> _KnownPerson:
    return _KnownPerson(_person(person_id, same), _numbers(same))


def _tenure_by(changes: Sequence[Event]) -> Tenure:
    return _tenure(SameEvents(changes))


@lru_cache(maxsize=_MOST_KEPT)
def _tenure(same: SameEvents) -> Tenure:
    return Tenure.of(same)


def _person(person_id: str, history: Sequence[Event]) -> Person | None:
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
        kind=latest.kind,
        email=latest.email,
        mobile=latest.mobile,
        prefers=latest.prefers,
        language=latest.language,
        decision=decision.data if decision is not None and isinstance(decision.data, ContactDecided) else None,
        decisions=tuple(decisions),
        absences=tuple(Absence(away.from_, away.until, away.cover) for away in absences),
    )


def _marks(role_changes: Mapping[str, list[Event]]) -> Iterator[tuple[str, str]]:
    for changes in role_changes.values():
        for event in changes:
            if isinstance(event.data, RoleAssigned):
                yield from ((event.data.person, mark) for mark in MARKS if getattr(event.data, mark))


def bears_on_people(event: Event) -> bool:
    """Whether what an event of a plan says of the people whom it names matters on other plans, too."""
    harmless = isinstance(event.data, RoleAssigned) and not event.data.poses_risk
    return event.type in BEAR_ON_PEOPLE and event.subject is not None and not harmless


def _asked_for_no_more(events: Iterable[Event]) -> Iterator[tuple[datetime, str, str, str]]:
    """Moment, event, plan and person of each reply that asks for no more texts."""
    for event in events:
        if isinstance(event.data, CheckInReplied) and meaning_of(event.data.text) is ReplyMeaning.STOP:
            yield event.data.at or event.time, event.uid, str(event.subject), event.data.person


def _barred(events: Iterable[Event]) -> Mapping[str, frozenset[str]]:
    reasons: dict[str, set[str]] = defaultdict(set)
    for event in events:
        match event.data:
            case PersonExcluded():
                reasons[event.data.person].add("excluded")
            case PlanWithheld():
                reasons[event.data.from_].add("withheld_person")
            case RoleAssigned():
                reasons[event.data.person].add("poses_risk")
    return {person: frozenset(of_person) for person, of_person in reasons.items()}


def _numbers(history: Sequence[Event]) -> NumberHistory:
    """A person's numbers over time, and when texts were allowed. A decision for email alone says nothing of texts."""
    return NumberHistory(
        tuple((event.time, event.data.mobile) for event in history if isinstance(event.data, PersonRecorded)),
        tuple(event.time for event in history if isinstance(event.data, ContactDecided) and _allows_texts(event.data)),
    )


def _allows_texts(decided: ContactDecided) -> bool:
    return decided.decision == "allow" and decided.channel in (None, "sms")

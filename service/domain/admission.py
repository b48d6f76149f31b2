"""Admission: the one place that says what happens to an event that comes in.

`take_in` decides, and is pure. Its callers gather what is known before, and keep what comes out: the service in its
database, a simulation in memory.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from service.domain.events.event import Event, EventFault, introduces, mentions, names_authority, needs
from service.domain.events.event_types import ABOUT_PERSONS, CHANGES_OF_ROLE
from service.domain.events.fingerprint import fingerprint
from service.domain.events.payloads.plans import EventWithdrawn
from service.domain.keys.problems import WaitingKey
from service.domain.people.directory import bears_on_people
from service.domain.telling.records import Problem

NOT_INTRODUCED = "not_introduced"
EventName = tuple[str, str]  # source, id
# The clock of a computer that is set to another zone is less than a day ahead.
_WRONG_ZONE = timedelta(days=1)
# A plan's reference stands in subjects and in texts of one part: it is no sentence, no link and no path.
_PLAN_REFERENCE = re.compile(r"(?!.*\.\.)[A-Za-z0-9][A-Za-z0-9/_.-]{0,31}")
_REFERENCE_RULE = (
    "is no reference of a plan: write 1 to 32 letters without accents, digits and / _ . - (not .. and not a sign first)"
)


class Refusal(StrEnum):
    """Why an event is refused."""

    FAULT = "fault"  # it is not as the contract has it
    CONFLICT = "conflict"  # its id was used for something else
    FORBIDDEN = "forbidden"  # the token may not write it


@dataclass(frozen=True, slots=True)
class Rejected:
    """An event that is not taken: the field, what is wrong with it, and of what kind that is."""

    id: str | None
    field: str
    detail: str
    refusal: Refusal = Refusal.FAULT

    @classmethod
    def of(cls, fault: EventFault) -> "Rejected":
        """What the reading of an event found."""
        return cls(fault.event_id, fault.field, fault.detail)


class Duplicate:
    """An event that is stored already."""


@dataclass(frozen=True, slots=True)
class Wait:
    """What an event waits for: `kind` is plan, person, or any of the two."""

    kind: str
    subject: str


@dataclass(frozen=True, slots=True)
class Admitted:
    """An event that is to be kept: what and whose it is about, as far as that is known, and what it waits for."""

    event: Event
    fingerprint: str
    about: str | None
    authority: str | None
    writer: str | None
    waits: tuple[Wait, ...] = ()


Verdict = Admitted | Duplicate | Rejected


@dataclass(slots=True)
class Waiting:
    """An event that was admitted before: its number where it is kept, who wrote it, and what it still waits for."""

    seq: int
    event: Event
    writer: str | None
    waits: set[Wait]


@dataclass(slots=True)
class Known:
    """What is known before events are admitted, as far as it bears on them; it grows with each that is."""

    authorities: frozenset[str] = frozenset()
    fingerprints: dict[EventName, str] = field(default_factory=dict)
    plans: dict[str, str] = field(default_factory=dict)  # id → authority
    persons: dict[str, str] = field(default_factory=dict)  # id → authority
    authority_wide: dict[str, str] = field(default_factory=dict)  # event id → authority
    waiting: dict[Wait, list[Waiting]] = field(default_factory=dict)

    def has(self, wait: Wait) -> bool:
        """Whether what an event waits for is introduced."""
        introduced = {"plan": (self.plans,), "person": (self.persons,), "any": (self.plans, self.persons)}[wait.kind]
        return any(wait.subject in names for names in introduced)

    def keep_waiting(self, waiting: Waiting) -> None:
        """Note an event under each thing that it waits for."""
        for wait in waiting.waits:
            self.waiting.setdefault(wait, []).append(waiting)


@dataclass(frozen=True, slots=True)
class Touched:
    """What is to be looked at, and why: plans of which there is news; plans that name one of these persons, or of an
    authority for which one of them has a role; all plans of these authorities."""

    plans: frozenset[str]
    persons: frozenset[str]
    authorities: frozenset[str]
    named: frozenset[tuple[str, str]]  # plan, person: whom the facts of these plans name from now on
    bearing: frozenset[tuple[str, str]]  # those of them on whom that bears on other plans, too


@dataclass(frozen=True, slots=True)
class Intake:
    """What happens to events that came in together: a verdict on each, in their order, and what follows from them."""

    verdicts: tuple[Verdict, ...]
    admitted: tuple[Admitted, ...]
    settled: tuple[tuple[int, Wait], ...]  # what events that were kept before need not wait for any more
    released: tuple[tuple[int, Admitted], ...]  # those of them that wait for nothing now, by their numbers

    @property
    def effective(self) -> list[Admitted]:
        """The events that take effect now: new ones, and those that have waited."""
        return [
            *(accepted for accepted in self.admitted if not accepted.waits),
            *(accepted for _, accepted in self.released),
        ]

    @property
    def touched(self) -> Touched:
        """What is to be looked at for that."""
        return _touched(self.effective)


def take_in(events: Sequence[Event], prior: Known, writer: str | None, now: datetime) -> Intake:
    """Decide on events that become known together at a moment. `writer`: whose events alone may be written."""
    verdicts = admit(events, prior, writer)
    admitted = recorded_by([verdict for verdict in verdicts if isinstance(verdict, Admitted)], now)
    settled, released = _release(admitted, prior)
    return Intake(tuple(verdicts), tuple(admitted), tuple(settled), tuple(released))


def admit(events: Sequence[Event], prior: Known, writer: str | None) -> list[Verdict]:
    """A verdict on each event, in order. Order within a batch means nothing: introductions are judged first."""
    verdicts: dict[int, Verdict] = {}
    for place in sorted(range(len(events)), key=lambda place: _rank(events[place])):
        verdicts[place] = _verdict(events[place], prior, writer)
    return [verdicts[place] for place in range(len(events))]


def waits_settled_by(events: Iterable[Event]) -> dict[Wait, None]:
    """What need not be waited for once these events are admitted, in their order."""
    introduced = (subject for event in events if (subject := introduces(event)) is not None)
    return {Wait(kind, subject): None for name, subject in introduced for kind in (name, "any")}


def not_introduced(accepted: Admitted, at: datetime) -> Problem:
    """What a person must mend: what an event that waits is about was never introduced."""
    event = accepted.event
    of_plan = accepted.about == "plan" or any(wait.kind == "plan" for wait in accepted.waits)
    plan = event.subject if of_plan else None
    return Problem(str(WaitingKey(event.uid)), at, plan, NOT_INTRODUCED, f"{event.type} {event.id}")


def recorded_by(admitted: Sequence[Admitted], now: datetime) -> list[Admitted]:
    """The same events, each recorded at the latest now, in their order; what was said of the time is kept beside it.

    Whatever is the newest word about a person or plan holds until a newer one comes. A word from the future would hold
    against all that come after it: an `allow` against every `never`. A change of role more than a day ahead is meant.
    """
    ahead = {
        accepted.event.time
        for accepted in admitted
        if accepted.event.time > now and not _meant_ahead(accepted.event, now)
    }
    moments = {time: now - timedelta(microseconds=place) for place, time in enumerate(sorted(ahead, reverse=True))}
    return [_at(accepted, moments) if accepted.event.time in moments else accepted for accepted in admitted]


def _meant_ahead(event: Event, now: datetime) -> bool:
    return event.type in CHANGES_OF_ROLE and event.time > now + _WRONG_ZONE


def _at(accepted: Admitted, moments: Mapping[datetime, datetime]) -> Admitted:
    moment = moments[accepted.event.time]
    raw = {**accepted.event.raw, "time": moment.isoformat(), "timegiven": accepted.event.raw.get("time")}
    return replace(accepted, event=replace(accepted.event, time=moment, raw=raw))


def _rank(event: Event) -> int:
    """Introductions first; last what withdraws an event of a whole authority, which it gets its authority from."""
    if introduces(event) is not None:
        return 0
    return 2 if event.type == "event.withdrawn" and event.subject is None else 1


def _verdict(event: Event, prior: Known, writer: str | None) -> Verdict:
    uid, mark = (event.source, event.id), fingerprint(event)
    # Whose it is comes before whether it is known: nobody learns what another authority has written.
    about, authority = place_of(event, prior, writer)
    if (refused := _forbidden(event, prior, authority, writer)) is not None:
        return refused
    if uid in prior.fingerprints:
        if prior.fingerprints[uid] == mark:
            return Duplicate()
        detail = "was used before, by the same source, for an event with other content; give this one an id of its own"
        return Rejected(event.id, "id", detail, Refusal.CONFLICT)
    if _misnamed(event, prior):
        return Rejected(event.id, "subject", _REFERENCE_RULE)
    prior.fingerprints[uid] = mark
    _learn(event, about, authority, prior)
    waits = tuple(wait for wait in _wants(event) if not prior.has(wait))
    return Admitted(event, mark, about, authority, writer, waits)


def _misnamed(event: Event, prior: Known) -> bool:
    """Whether it is about a plan of which nothing is stored, under a reference that no plan may have."""
    of_plan = ("plan", event.subject) in (introduces(event), *needs(event))
    return of_plan and event.subject not in prior.plans and not _PLAN_REFERENCE.fullmatch(str(event.subject))


def place_of(event: Event, prior: Known, writer: str | None) -> tuple[str | None, str | None]:
    """What the event is about (plan, person, authority) and whose it is; None as far as that is not known yet."""
    named = names_authority(event)
    if event.subject is None:
        withdrawn = event.data.event if isinstance(event.data, EventWithdrawn) else ""
        return "authority", named or prior.authority_wide.get(withdrawn, writer) or _of_source(event, prior)
    if event.type in ABOUT_PERSONS:
        return "person", named or prior.persons.get(event.subject)
    if event.type != "event.withdrawn" or event.subject in prior.plans:
        return "plan", prior.plans.get(event.subject, named)
    if event.subject in prior.persons:
        return "person", prior.persons[event.subject]
    return None, None


def _of_source(event: Event, prior: Known) -> str | None:
    """The authority that the first part of a source names: of a withdrawal, say, that comes before what it is about."""
    name = event.source.strip("/").partition("/")[0]
    return name if name in prior.authorities else None


def _wants(event: Event) -> tuple[Wait, ...]:
    """What must be introduced before the event takes effect."""
    if event.type == "event.withdrawn" and event.subject is not None:
        return (Wait("any", event.subject),)
    return tuple(Wait(kind, subject) for kind, subject in needs(event))


def _forbidden(event: Event, prior: Known, authority: str | None, writer: str | None) -> Rejected | None:
    named = names_authority(event)
    opens = introduces(event) == ("plan", event.subject)
    if opens and named is not None and authority != named:
        return Rejected(event.id, "data.authority", "is not the authority that this plan belongs to", Refusal.FORBIDDEN)
    owners = {named, authority, prior.persons.get(str(event.subject)) if event.type in ABOUT_PERSONS else None}
    if writer is not None and owners - {None, writer}:
        where = "data.authority" if named not in (None, writer) else "subject"
        return Rejected(event.id, where, "belongs to an authority that this token may not write for", Refusal.FORBIDDEN)
    return None


def _learn(event: Event, about: str | None, authority: str | None, prior: Known) -> None:
    match introduces(event):
        case ("plan", plan):
            prior.plans[plan] = str(authority)
        case ("person", person):
            prior.persons[person] = str(authority)
    if about == "authority" and authority is not None:
        prior.authority_wide[event.id] = authority


def _release(admitted: Sequence[Admitted], prior: Known) -> tuple[list[tuple[int, Wait]], list[tuple[int, Admitted]]]:
    """What kept events need not wait for any more, and those of them that wait for nothing else."""
    settled: list[tuple[int, Wait]] = []
    released: list[tuple[int, Admitted]] = []
    for wait in waits_settled_by(accepted.event for accepted in admitted):
        for waiting in prior.waiting.pop(wait, ()):
            about, authority = place_of(waiting.event, prior, waiting.writer)
            if waiting.writer not in (None, authority) and wait.subject == waiting.event.subject:
                continue  # written under another authority's token: it may not touch this plan, and waits for ever
            waiting.waits.discard(wait)
            settled.append((waiting.seq, wait))
            if not waiting.waits:
                released.append((waiting.seq, Admitted(waiting.event, "", about, authority, waiting.writer)))
    return settled, sorted(released, key=lambda numbered: numbered[0])


def _touched(effective: Sequence[Admitted]) -> Touched:
    of_plans = [accepted.event for accepted in effective if accepted.about == "plan"]
    persons = {str(accepted.event.subject) for accepted in effective if accepted.about == "person"}
    # A STOP counts on every plan, and is told on each on which somebody has the number.
    persons |= {person for event in of_plans if event.type == "check_in.replied" for person in mentions(event)}
    return Touched(
        plans=frozenset(str(event.subject) for event in of_plans),
        persons=frozenset(persons),
        authorities=frozenset(
            accepted.authority for accepted in effective if accepted.about == "authority" and accepted.authority
        ),
        named=frozenset((str(event.subject), person) for event in of_plans for person in mentions(event)),
        bearing=frozenset(
            (str(event.subject), person) for event in of_plans if bears_on_people(event) for person in mentions(event)
        ),
    )

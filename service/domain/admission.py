"""Admission: the one place that says what happens to an event that comes in.

`take_in` decides, and is pure. Its callers gather what is known before, and keep what comes out: the service in its
database, a simulation in memory.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from service.domain.admitted import Admitted, Wait
from service.domain.events.belonging import may_belong_to, named_by, named_in
from service.domain.events.event import Event, EventFault, Subject, introduces, mentions, names_authority, needs
from service.domain.events.event_types import ABOUT_PERSONS, ALERTING, CHANGES_OF_ROLE, URGENT, WITHDRAWAL
from service.domain.events.fingerprint import fingerprint
from service.domain.events.slip import AUTHORITY_DIFFERS, NOT_INTRODUCED, authority_differs, plain_slips, protects
from service.domain.keys.problems import AuthorityDiffersKey, WaitingKey
from service.domain.own_id import OwnId
from service.domain.people.directory import bears_on_people
from service.domain.telling.records import Problem

EventName = tuple[str, str, str]  # authority, source, id
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
    NOBODYS = "nobodys"  # it does not say to which authority it belongs


@dataclass(frozen=True, slots=True)
class Rejected:
    """An event that is not taken: the field, what is wrong with it, and of what kind that is."""

    id: str | None
    field: str
    detail: str
    refusal: Refusal = Refusal.FAULT
    authority: str | None = None  # whose it is, where that is known

    @classmethod
    def of(cls, fault: EventFault) -> "Rejected":
        """What the reading of an event found."""
        return cls(fault.event_id, fault.field, fault.detail)


class Duplicate:
    """An event that is stored already."""


Verdict = Admitted | Duplicate | Rejected


@dataclass(slots=True)
class Waiting:
    """An event that was admitted before: its number where it is kept, who wrote it, and what it still waits for."""

    seq: int
    event: Event
    authority: str
    writer: str | None
    waits: set[Wait]


@dataclass(slots=True)
class Known:
    """What is known before events are admitted, as far as it bears on them; it grows with each that is."""

    authorities: frozenset[str] = frozenset()
    fingerprints: dict[EventName, str] = field(default_factory=dict)
    introduced: set[tuple[str, OwnId]] = field(default_factory=set)  # plan or person, and which
    # (plan, person or event, id) → the authorities that have one of this id; an event: one about a whole authority.
    homes: dict[tuple[str, str], set[str]] = field(default_factory=dict)
    waiting: dict[Wait, list[Waiting]] = field(default_factory=dict)

    def has(self, wait: Wait) -> bool:
        """Whether what an event waits for is introduced."""
        kinds = ("plan", "person") if wait.kind == "any" else (wait.kind,)
        return any((kind, wait.subject) in self.introduced for kind in kinds)

    def introduce(self, kind: str, subject: OwnId) -> None:
        """Note a plan or person as introduced."""
        self.introduced.add((kind, subject))
        self.at_home(kind, subject)

    def at_home(self, kind: str, subject: OwnId) -> None:
        """Note that an authority has something of this id, or will have."""
        self.homes.setdefault((kind, subject.id), set()).add(subject.authority)

    def keep_waiting(self, waiting: Waiting) -> None:
        """Note an event under each thing that it waits for."""
        for wait in waiting.waits:
            self.waiting.setdefault(wait, []).append(waiting)


@dataclass(frozen=True, slots=True)
class Touched:
    """What is to be looked at, and why: plans of which there is news; plans that name one of these persons, or of an
    authority for which one of them has a role; all plans of these authorities."""

    plans: frozenset[OwnId]
    persons: frozenset[OwnId]
    authorities: frozenset[str]
    named: frozenset[tuple[OwnId, str]]  # plan, person: whom the facts of these plans name from now on
    bearing: frozenset[tuple[OwnId, str]]  # those of them on whom that bears on other plans, too


@dataclass(frozen=True, slots=True)
class Intake:
    """What happens to events that came in together: a verdict on each, in their order, and what follows from them."""

    verdicts: tuple[Verdict, ...]
    admitted: tuple[Admitted, ...]
    settled: tuple[tuple[int, Wait], ...]  # what events that were kept before need not wait for any more
    released: tuple[tuple[int, Admitted], ...]  # those of them that wait for nothing now, by their numbers
    strays: tuple[Admitted, ...] = ()  # those of which a person may have to be told, and no plan's look would

    @property
    def alerting(self) -> list[Admitted]:
        """What bears on alerts though its plan is not introduced yet: a breach makes the plan an awaited one."""
        return [accepted for accepted in self.admitted if _alerts_unknown(accepted)]

    @property
    def pressing(self) -> set[OwnId]:
        """The plans that are looked at before all others, for an alert or for what keeps a message from somebody."""
        of_plans = (accepted for accepted in self.effective if accepted.about == "plan")
        urgent = {accepted.subject for accepted in of_plans if accepted.event.type in URGENT}
        return urgent | {accepted.subject for accepted in self.alerting}

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

    def problems(self, now: datetime) -> list[Problem]:
        """What a person must mend in the events that were taken and are about no plan, whose looks find their own."""
        elsewhere = (accepted for accepted in self.admitted if accepted.about != "plan")
        return [_authority_differs(accepted, now) for accepted in elsewhere if authority_differs(accepted.event)]


def take_in(events: Sequence[Event], prior: Known, writer: str | None, now: datetime) -> Intake:
    """Decide on events that become known together at a moment. `writer`: whose events alone may be written."""
    verdicts = admit(events, prior, writer)
    admitted = recorded_by([verdict for verdict in verdicts if isinstance(verdict, Admitted)], now)
    settled, released = _release(admitted, prior)
    strays = tuple(accepted for accepted in admitted if _is_stray(accepted, prior))
    return Intake(tuple(verdicts), tuple(admitted), tuple(settled), tuple(released), strays)


def _is_stray(accepted: Admitted, prior: Known) -> bool:
    """Whether it waits and somebody is to be told, or it is about no plan and may hold a slip."""
    if accepted.waits:
        return protects(accepted.event) or _names_nobody_known(accepted)
    if accepted.about == "plan":
        return False
    named = (("person", OwnId(accepted.authority, person)) for person in accepted.persons)
    refers = accepted.event.type == WITHDRAWAL or not prior.introduced.issuperset(named)
    return refers or any(plain_slips(accepted.event))


def _names_nobody_known(accepted: Admitted) -> bool:
    """Whether it changes a role of a person of whom nothing is known, where that is all that it waits for."""
    return accepted.event.type in CHANGES_OF_ROLE and all(wait.kind == "person" for wait in accepted.waits)


def _alerts_unknown(accepted: Admitted) -> bool:
    """Whether it bears on an alert about a plan that is not introduced yet."""
    return accepted.event.type in ALERTING and any(wait.kind in ("plan", "any") for wait in accepted.waits)


def admit(events: Sequence[Event], prior: Known, writer: str | None) -> list[Verdict]:
    """A verdict on each event, in order. Order within a batch means nothing: introductions are judged first."""
    verdicts: dict[int, Verdict] = {}
    for place in sorted(range(len(events)), key=lambda place: _rank(events[place])):
        verdicts[place] = _verdict(events[place], prior, writer)
    return [verdicts[place] for place in range(len(events))]


def announced(events: Iterable[Event], authorities: frozenset[str]) -> Known:
    """What is known of events that come in one go before the first: which authorities will have what they introduce."""
    before = Known(authorities)
    for event in events:
        subject, authority = introduces(event), named_in(event, authorities)
        if subject is not None and authority is not None:
            before.at_home(subject[0], OwnId(authority, subject[1]))
    return before


def may_settle(events: Iterable[Event], authorities: frozenset[str], writer: str | None) -> dict[Wait, None]:
    """What need not be waited for if these events are admitted, in their order."""
    waits: dict[Wait, None] = {}
    for event in filter(introduces, events):  # few do
        for authority in may_belong_to(event, authorities, writer):
            waits |= _settled_by(event, authority)
    return waits


def _settled_by(event: Event, authority: str) -> dict[Wait, None]:
    match introduces(event):
        case (name, subject):
            return {Wait(kind, OwnId(authority, subject)): None for kind in (name, "any")}
    return {}


def not_introduced(accepted: Admitted, at: datetime) -> Problem:
    """What a person must mend: what an event that waits is about was never introduced."""
    event = accepted.event
    of_plan = accepted.about == "plan" or any(wait.kind == "plan" for wait in accepted.waits)
    plan, key = event.subject if of_plan else None, str(WaitingKey(event.uid))
    return Problem(key, at, accepted.authority, plan, NOT_INTRODUCED, f"{event.type} {event.id}")


def _authority_differs(accepted: Admitted, at: datetime) -> Problem:
    event = accepted.event
    detail = f"{event.type} {event.id} names {names_authority(event)}; it counts as {accepted.authority}'s"
    return Problem(str(AuthorityDiffersKey(event.uid)), at, accepted.authority, None, AUTHORITY_DIFFERS, detail)


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
    # Whose it is comes before whether it is known: nobody learns what another authority has written.
    authority = _whose(event, prior, writer)
    if isinstance(authority, Rejected):
        return authority
    event = event if event.authority == authority else replace(event, authority=authority)
    name, mark = (authority, event.source, event.id), fingerprint(event)
    if name in prior.fingerprints:
        if prior.fingerprints[name] == mark:
            return Duplicate()
        detail = "was used before, by the same source, for an event with other content; give this one an id of its own"
        return Rejected(event.id, "id", detail, Refusal.CONFLICT, authority)
    needed = needs(event)
    if _misnamed(event, needed, authority, prior):
        return Rejected(event.id, "subject", _REFERENCE_RULE)
    prior.fingerprints[name] = mark
    _learn(event, authority, prior)
    waits = tuple(wait for wait in _wants(event, needed, authority) if not prior.has(wait))
    return Admitted(event, mark, _about(event, authority, prior), authority, writer, waits)


def _misnamed(event: Event, needed: Sequence[Subject], authority: str, prior: Known) -> bool:
    """Whether it is about a plan of which nothing is stored, under a reference that no plan may have."""
    if ("plan", event.subject) not in (introduces(event), *needed):
        return False
    is_known = ("plan", OwnId(authority, str(event.subject))) in prior.introduced
    return not is_known and not _PLAN_REFERENCE.fullmatch(str(event.subject))


def _whose(event: Event, prior: Known, writer: str | None) -> str | Rejected:
    """The authority that an event belongs to: its writer's; in a file the one that it names, or whose plan it names."""
    if writer is not None:
        if names_authority(event) in (None, writer):
            return writer
        detail = "belongs to an authority that this token may not write for"
        return Rejected(event.id, "data.authority", detail, Refusal.FORBIDDEN)
    authority = named_in(event, prior.authorities) or _whose_home(event, prior)
    detail = (
        "names no authority in its first part, and not just one has what this is about; begin it with /<authority>/"
    )
    return authority or Rejected(event.id, "source", detail, Refusal.NOBODYS)


def _whose_home(event: Event, prior: Known) -> str | None:
    """The one authority that has the plan or person that an event names; None where there are several, or none."""
    for names in named_by(event):
        authorities = {authority for name in names for authority in prior.homes.get(name, ())}
        if authorities:
            return authorities.pop() if len(authorities) == 1 else None
    return None


def _about(event: Event, authority: str, prior: Known) -> str | None:
    """What an event is about: plan, person or authority; None for a withdrawal while that is not known."""
    if event.subject is None:
        return "authority"
    if event.type in ABOUT_PERSONS:
        return "person"
    kinds = ("plan", "person") if event.type == "event.withdrawn" else ("plan",)
    subject = OwnId(authority, event.subject)
    introduced = (kind for kind in kinds if (kind, subject) in prior.introduced)
    return next(introduced, "plan" if len(kinds) == 1 else None)


def _wants(event: Event, needed: Sequence[Subject], authority: str) -> tuple[Wait, ...]:
    """What must be introduced before the event takes effect."""
    if event.type == "event.withdrawn" and event.subject is not None:
        return (Wait("any", OwnId(authority, event.subject)),)
    return tuple(Wait(kind, OwnId(authority, subject)) for kind, subject in needed)


def _learn(event: Event, authority: str, prior: Known) -> None:
    match introduces(event):
        case (kind, subject):
            prior.introduce(kind, OwnId(authority, subject))
    if event.subject is None:
        prior.at_home("event", OwnId(authority, event.id))


def _release(admitted: Sequence[Admitted], prior: Known) -> tuple[list[tuple[int, Wait]], list[tuple[int, Admitted]]]:
    """What kept events need not wait for any more, and those of them that wait for nothing else."""
    settled: list[tuple[int, Wait]] = []
    released: list[tuple[int, Admitted]] = []
    settling = {wait: None for accepted in admitted for wait in _settled_by(accepted.event, accepted.authority)}
    for wait in settling:
        for waiting in prior.waiting.pop(wait, ()):
            waiting.waits.discard(wait)
            settled.append((waiting.seq, wait))
            if not waiting.waits:
                event = replace(waiting.event, authority=waiting.authority)
                about = _about(event, waiting.authority, prior)
                released.append((waiting.seq, Admitted(event, "", about, waiting.authority, waiting.writer)))
    return settled, sorted(released, key=lambda numbered: numbered[0])


def _touched(effective: Sequence[Admitted]) -> Touched:
    of_plans = [accepted for accepted in effective if accepted.about == "plan"]
    persons = {accepted.subject for accepted in effective if accepted.about == "person"}
    # A STOP counts on every plan of its authority, and is told on each on which somebody has the number.
    replies = [accepted for accepted in of_plans if accepted.event.type == "check_in.replied"]
    persons |= {OwnId(reply.authority, person) for reply in replies for person in mentions(reply.event)}
    bearing = [accepted for accepted in of_plans if bears_on_people(accepted.event)]
    return Touched(
        plans=frozenset(accepted.subject for accepted in of_plans),
        persons=frozenset(persons),
        authorities=frozenset(accepted.authority for accepted in effective if accepted.about == "authority"),
        named=frozenset((accepted.subject, person) for accepted in of_plans for person in mentions(accepted.event)),
        bearing=frozenset((accepted.subject, person) for accepted in bearing for person in mentions(accepted.event)),
    )

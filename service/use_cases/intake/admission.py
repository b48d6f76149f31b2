"""Admission, pure: whether an event is taken, is known, waits or is refused, and what and whose it is about."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from service.domain.events.event import Event, EventFault, introduces, names_authority, needs
from service.domain.events.event_types import ABOUT_PERSONS, CHANGES_OF_ROLE
from service.domain.events.payloads.plans import EventWithdrawn
from service.store.events import Admitted, Uid, Wait

# The clock of a computer that is set to another zone is less than a day ahead.
_WRONG_ZONE = timedelta(days=1)


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


Verdict = Admitted | Duplicate | Rejected


@dataclass(slots=True)
class Known:
    """What is known before an event is admitted, and grows with each."""

    fingerprints: dict[Uid, str] = field(default_factory=dict)
    plans: dict[str, str] = field(default_factory=dict)  # id → authority
    persons: dict[str, str] = field(default_factory=dict)  # id → authority
    authority_wide: dict[str, str] = field(default_factory=dict)  # event id → authority

    def has(self, wait: Wait) -> bool:
        """Whether what an event waits for is introduced."""
        introduced = {"plan": (self.plans,), "person": (self.persons,), "any": (self.plans, self.persons)}[wait.kind]
        return any(wait.subject in names for names in introduced)


def admit(events: Sequence[Event], known: Known, writer: str | None) -> list[Verdict]:
    """A verdict on each event, in order. Introductions are judged first: order within a batch means nothing."""
    verdicts: dict[int, Verdict] = {}
    for place in sorted(range(len(events)), key=lambda place: introduces(events[place]) is None):
        verdicts[place] = _verdict(events[place], known, writer)
    return [verdicts[place] for place in range(len(events))]


def recorded_by(admitted: Sequence[Admitted], now: datetime) -> list[Admitted]:
    """The same events, each recorded at the latest now, in their order; what was said of the time is kept beside it.

    Whatever is the newest word about a person or plan holds until a newer one comes. A word from the future would hold
    against all that come after it: an `allow` against every `never`. A change of role more than a day ahead is meant.
    """
    ahead = {one.event.time for one in admitted if one.event.time > now and not _meant_ahead(one.event, now)}
    moments = {time: now - timedelta(microseconds=place) for place, time in enumerate(sorted(ahead, reverse=True))}
    return [_at(one, moments) if one.event.time in moments else one for one in admitted]


def _meant_ahead(event: Event, now: datetime) -> bool:
    return event.type in CHANGES_OF_ROLE and event.time > now + _WRONG_ZONE


def _at(one: Admitted, moments: Mapping[datetime, datetime]) -> Admitted:
    moment = moments[one.event.time]
    raw = {**one.event.raw, "time": moment.isoformat(), "timegiven": one.event.raw.get("time")}
    return replace(one, event=replace(one.event, time=moment, raw=raw))


def fingerprint(raw: Mapping[str, object]) -> str:
    """What an event says, in 64 hex digits: equal for equal content, however the JSON was written."""
    content = {name: raw.get(name) for name in ("type", "subject", "time", "data")}
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def _verdict(event: Event, known: Known, writer: str | None) -> Verdict:
    uid, mark = (event.source, event.id), fingerprint(event.raw)
    # Whose it is comes before whether it is known: nobody learns what another authority has written.
    about, authority = place_of(event, known, writer)
    if (refused := _forbidden(event, known, authority, writer)) is not None:
        return refused
    if uid in known.fingerprints:
        if known.fingerprints[uid] == mark:
            return Duplicate()
        detail = "was used before, by the same source, for an event with other content; give this one an id of its own"
        return Rejected(event.id, "id", detail, Refusal.CONFLICT)
    known.fingerprints[uid] = mark
    _learn(event, about, authority, known)
    waits = tuple(wait for wait in _wants(event) if not known.has(wait))
    return Admitted(event, mark, about, authority, writer, waits)


def place_of(event: Event, known: Known, writer: str | None) -> tuple[str | None, str | None]:
    """What the event is about (plan, person, authority) and whose it is; None as far as that is not known yet."""
    named = names_authority(event)
    if event.subject is None:
        withdrawn = event.data.event if isinstance(event.data, EventWithdrawn) else ""
        return "authority", named or known.authority_wide.get(withdrawn, writer)
    if event.type in ABOUT_PERSONS:
        return "person", named or known.persons.get(event.subject)
    if event.type != "event.withdrawn" or event.subject in known.plans:
        return "plan", known.plans.get(event.subject, named)
    if event.subject in known.persons:
        return "person", known.persons[event.subject]
    return None, None


def _wants(event: Event) -> tuple[Wait, ...]:
    """What must be introduced before the event takes effect."""
    if event.type == "event.withdrawn" and event.subject is not None:
        return (Wait("any", event.subject),)
    return tuple(Wait(kind, subject) for kind, subject in needs(event))


def _forbidden(event: Event, known: Known, authority: str | None, writer: str | None) -> Rejected | None:
    named = names_authority(event)
    opens = introduces(event) == ("plan", event.subject)
    if opens and named is not None and authority != named:
        return Rejected(event.id, "data.authority", "is not the authority that this plan belongs to", Refusal.FORBIDDEN)
    owners = {named, authority, known.persons.get(str(event.subject)) if event.type in ABOUT_PERSONS else None}
    if writer is not None and owners - {None, writer}:
        where = "data.authority" if named not in (None, writer) else "subject"
        return Rejected(event.id, where, "belongs to an authority that this token may not write for", Refusal.FORBIDDEN)
    return None


def _learn(event: Event, about: str | None, authority: str | None, known: Known) -> None:
    match introduces(event):
        case ("plan", plan):
            known.plans[plan] = str(authority)
        case ("person", person):
            known.persons[person] = str(authority)
    if about == "authority" and authority is not None:
        known.authority_wide[event.id] = authority

"""An event: a CloudEvent whose data is checked against the model of its type. Facts are events, never changed."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

from pydantic import ValidationError

from service.domain.events.event_type import EventType
from service.domain.events.event_types import ABOUT_PERSONS, CHANGES_OF_ROLE, EVENT_TYPES, WITHDRAWAL
from service.domain.events.payloads.base import Names, Payload, attributes_naming
from service.domain.events.payloads.people import PersonRecorded, RoleAssigned, RoleEnded
from service.domain.events.payloads.plans import PlanOpened
from service.domain.events.vocabulary import AS_STORED, Authorities, EventReading, one_line, recorded_at

Subject = tuple[Literal["plan", "person"], str]

_INTRODUCED_BY: Mapping[type[Payload], Literal["plan", "person"]] = {PlanOpened: "plan", PersonRecorded: "person"}

LONGEST_NAME = 200


class EventFault(ValueError):
    """An event cannot be taken. It says which event, which field and what is expected.

    It repeats no value of the event but the figures of a moment, as it is to be written.
    """

    def __init__(self, event_id: str | None, field: str, detail: str) -> None:
        super().__init__(f"{field}: {detail}")
        self.event_id, self.field, self.detail = event_id, field, detail


@dataclass(frozen=True, slots=True)
class Event:
    """Something happened. `time` is when it was recorded (aware, UTC); `raw` is the CloudEvent as it came.

    `authority` is whose it is: what admission decided, else what its data names, else None.
    """

    source: str
    id: str
    type: str
    subject: str | None
    time: datetime
    data: Payload
    raw: Mapping[str, object]
    authority: str | None = None
    # The source and the id, which together name the event for good within its authority.
    uid: str = field(init=False, repr=False, compare=False)
    # What follows from the event alone, by name: whoever looks at a plan asks the same of each event again and again.
    kept: dict[str, Any] = field(init=False, default_factory=dict, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Join the name once: it is asked for more often than anything else."""
        object.__setattr__(self, "uid", f"{self.source}#{self.id}")


def parse_event(raw: object, authorities: Collection[str]) -> Event:
    """Read a CloudEvent that comes in. EventFault names the first field that is wrong, and what is expected.

    Blanks at the ends of texts mean nothing, and are left out: of what is kept as well.
    """
    if not isinstance(raw, Mapping):
        raise EventFault(None, "event", "is not a JSON object")
    event_id = _id_for_fault(raw.get("id"))
    try:
        reading = EventReading(roles=authorities.roles) if isinstance(authorities, Authorities) else EventReading()
        return _parse({name: trimmed(value) for name, value in raw.items()}, authorities, reading)
    except _FieldFault as fault:
        raise EventFault(event_id, fault.field, fault.detail) from None


def stored_event(raw: Mapping[str, object], authorities: Collection[str], authority: str | None = None) -> Event:
    """Read an event that was taken before. Rules for what comes in that are younger than it do not hold for it.

    `authority` is whose it is, as admission decided; else it is the one that its data names.
    """
    try:
        return _parse(raw, authorities, AS_STORED, authority)
    except _FieldFault as fault:
        raise EventFault(_id_for_fault(raw.get("id")), fault.field, fault.detail) from None


def trimmed(value: object) -> object:
    """A value of JSON, with no blank at the ends of any text in it."""
    match value:
        case str():
            return value.strip()
        case dict() | Mapping():  # what JSON has is a `dict`, which is seen at once
            return {name: trimmed(inner) for name, inner in value.items()}
        case list():
            return [trimmed(inner) for inner in value]
    return value


def _id_for_fault(event_id: object) -> str | None:
    """The id under which a fault is reported: cut to the longest that an id may be."""
    return event_id[:LONGEST_NAME] or None if isinstance(event_id, str) else None


class _FieldFault(Exception):
    def __init__(self, field: str, detail: str) -> None:
        self.field, self.detail = field, detail


def _parse(
    raw: Mapping[str, object], authorities: Collection[str], reading: EventReading, owner: str | None = None
) -> Event:
    if raw.get("specversion") != "1.0":
        raise _FieldFault("specversion", "must be '1.0'")
    event_id, source, type_name = _text(raw, "id"), _text(raw, "source"), _text(raw, "type")
    event_type = _event_type(type_name)
    subject = None if raw.get("subject") is None else _text(raw, "subject")
    recorded = _recorded(raw.get("time"))
    data = _data(event_type.model, {} if raw.get("data") is None else raw["data"], reading)
    _check_authority(data, authorities)
    _check_subject(event_type, subject, data)
    whose = data.__dict__.get("authority") if owner is None else owner
    return Event(source, event_id, type_name, subject, recorded.astimezone(UTC), data, raw, whose)


def _event_type(name: str) -> EventType:
    event_type = EVENT_TYPES.get(name)
    if event_type is None:
        nearest = difflib.get_close_matches(name, EVENT_TYPES, n=1)
        hint = f"; did you mean '{nearest[0]}'?" if nearest else ""
        raise _FieldFault("type", f"is not a known type of event{hint}")
    return event_type


def _text(raw: Mapping[str, object], name: str) -> str:
    value = raw.get(name)
    if not isinstance(value, str) or not value.strip() or len(value) > LONGEST_NAME:
        raise _FieldFault(name, "must be a text of 1 to 200 characters")
    try:
        return one_line(value)
    except ValueError as fault:
        raise _FieldFault(name, str(fault)) from None


def _recorded(value: object) -> datetime:
    try:
        return recorded_at(value)
    except ValueError as fault:
        raise _FieldFault("time", str(fault)) from None


def _data(model: type[Payload], data: object, reading: EventReading) -> Payload:
    if not isinstance(data, Mapping):
        raise _FieldFault("data", "must be a JSON object")
    try:
        return model.model_validate(_without_nulls(data), context=reading)
    except ValidationError as fault:
        first_error = fault.errors(include_input=False, include_url=False, include_context=False)[0]
        field = ".".join(["data", *(str(part) for part in first_error["loc"])])
        raise _FieldFault(field, _in_words(first_error["msg"])) from None


def _in_words(message: str) -> str:
    """What pydantic says, in our words where it lists the values that a field may have."""
    if message.startswith("Input should be '"):
        return "is not one of " + ", ".join(re.findall(r"'([^']*)'", message))
    return message.removeprefix("Value error, ")


def _without_nulls(data: Mapping[str, object]) -> dict[str, object]:
    """The same data with what is null left out: it is absent."""
    return {
        name: _without_nulls(value) if isinstance(value, Mapping) else value
        for name, value in data.items()
        if value is not None
    }


def _check_authority(data: Payload, authorities: Collection[str]) -> None:
    # A model keeps its fields there; asking it for one that it does not have is slow.
    authority = data.__dict__.get("authority")
    if authority is not None and authority not in authorities:
        expected = ", ".join(sorted(authorities))
        raise _FieldFault("data.authority", f"is not a known authority; known are {expected}")


def _check_subject(event_type: EventType, subject: str | None, data: Payload) -> None:
    if subject is None and event_type.needs_subject:
        raise _FieldFault("subject", "is missing; it names the plan or person that the event is about")
    if subject is None and isinstance(data, RoleAssigned | RoleEnded) and data.authority is None:
        raise _FieldFault("data.authority", "is missing; a role without a plan holds for a whole authority")


def names_authority(event: Event) -> str | None:
    """The authority that the event's data names, listed among the fields of its type or not; None where none is."""
    listed: str | None = event.data.__dict__.get("authority")
    given = event.raw.get("data") if listed is None else None
    named = given.get("authority") if isinstance(given, Mapping) else listed
    return named.strip() or None if isinstance(named, str) else None


def introduces(event: Event) -> Subject | None:
    """The plan or person that this event introduces; None where it introduces nothing."""
    kind = _INTRODUCED_BY.get(type(event.data))
    return None if kind is None or event.subject is None else (kind, event.subject)


def needs(event: Event) -> tuple[Subject, ...]:
    """The plan and persons that must have been introduced before the event takes effect."""
    subjects: list[Subject] = []
    if event.type in ABOUT_PERSONS:
        subjects.append(("person", str(event.subject)))
    elif event.subject is not None and event.type != WITHDRAWAL:
        subjects.append(("plan", event.subject))
    # The type is asked first: of a model that is another one, `isinstance` is slow.
    if event.type in CHANGES_OF_ROLE and isinstance(event.data, RoleAssigned | RoleEnded):
        subjects.append(("person", event.data.person))
    introduced = introduces(event)
    return tuple(subject for subject in subjects if subject != introduced)


def mentions(event: Event) -> frozenset[str]:
    """The ids of the persons that the event names."""
    persons: set[str] = {event.subject} if event.type in ABOUT_PERSONS and event.subject else set()
    for attribute in attributes_naming(type(event.data), Names.PERSON):
        value = getattr(event.data, attribute)
        persons.update([value] if isinstance(value, str) else value or ())
    return frozenset(persons)


def texts_in(event: Event) -> frozenset[str]:
    """The texts in an event's data, by themselves or in lists: whomever the event names is among them."""
    texts: frozenset[str] | None = event.kept.get("texts")
    if texts is None:
        values = event.data.__dict__.values()
        listed = (text for value in values if isinstance(value, list) for text in value)
        texts = frozenset(text for text in (*values, *listed) if isinstance(text, str))
        event.kept["texts"] = texts
    return texts

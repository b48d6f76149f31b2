"""An event: a CloudEvent whose data is checked against the model of its type. Facts are events, never changed."""

from __future__ import annotations

import difflib
import types
import typing
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from pydantic import BaseModel, ValidationError

from service.domain.events.event_types import EVENT_TYPES
from service.domain.events.payloads import Payload, PlanOpened
from service.domain.events.vocabulary import one_line, recorded_at

Subject = tuple[Literal["plan", "person"], str]

LONGEST_NAME = 200
ABOUT_PERSONS = frozenset({"person.recorded", "contact.decided", "absence.recorded"})
_ROLES = frozenset({"role.assigned", "role.ended"})
_SUBJECT_OPTIONAL = _ROLES | {"event.withdrawn"}
_NAMES_OF_PERSONS = (
    "person", "by", "chair", "who", "cover", "reported_by", "approved_by", "decided_by", "with_", "from_",
    "parties", "agencies", "people",
)  # fmt: skip


class EventFault(ValueError):
    """An event that cannot be taken: which one, which field, and what is expected. Holds no value of the event's."""

    def __init__(self, event_id: str | None, field: str, detail: str) -> None:
        super().__init__(f"{field}: {detail}")
        self.event_id, self.field, self.detail = event_id, field, detail


@dataclass(frozen=True, slots=True)
class Event:
    """One fact. `time` is when it was recorded (aware, UTC); `raw` is the CloudEvent as it came."""

    source: str
    id: str
    type: str
    subject: str | None
    time: datetime
    data: Payload
    raw: Mapping[str, object]

    @property
    def uid(self) -> str:
        """Source and id: the event's name for good."""
        return f"{self.source}#{self.id}"


def parse_event(raw: object, authorities: Collection[str]) -> Event:
    """Read a CloudEvent; EventFault names the first field that is wrong, and what is expected."""
    if not isinstance(raw, Mapping):
        raise EventFault(None, "event", "is not a JSON object")
    event_id = _named(raw.get("id"))
    try:
        return _parse(raw, authorities)
    except _FieldFault as fault:
        raise EventFault(event_id, fault.field, fault.detail) from None


def _named(event_id: object) -> str | None:
    """The id as a fault is told under it: never longer than an id may be."""
    return event_id[:LONGEST_NAME] or None if isinstance(event_id, str) else None


class _FieldFault(Exception):
    def __init__(self, field: str, detail: str) -> None:
        self.field, self.detail = field, detail


def _parse(raw: Mapping[str, object], authorities: Collection[str]) -> Event:
    if raw.get("specversion") != "1.0":
        raise _FieldFault("specversion", "must be '1.0'")
    event_id, source, event_type = (_text(raw, name) for name in ("id", "source", "type"))
    model = EVENT_TYPES.get(event_type)
    if model is None:
        near = difflib.get_close_matches(event_type, EVENT_TYPES, n=1)
        raise _FieldFault("type", "is not a known type of event" + (f"; did you mean '{near[0]}'?" if near else ""))
    subject = None if raw.get("subject") is None else _text(raw, "subject")
    recorded = _recorded(raw.get("time"))
    data = _data(model, raw.get("data", {}))
    _check_subject(event_type, subject, data, authorities)
    return Event(source, event_id, event_type, subject, recorded.astimezone(UTC), data, raw)


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


def _data(model: type[Payload], data: object) -> Payload:
    if not isinstance(data, Mapping):
        raise _FieldFault("data", "must be a JSON object")
    try:
        return model.model_validate(dict(data))
    except ValidationError as fault:
        first = fault.errors(include_input=False, include_url=False, include_context=False)[0]
        where = ".".join(["data", *(str(part) for part in first["loc"])])
        raise _FieldFault(where, first["msg"].removeprefix("Value error, ")) from None


def _check_subject(event_type: str, subject: str | None, data: Payload, authorities: Collection[str]) -> None:
    authority = getattr(data, "authority", None)
    if authority is not None and authority not in authorities:
        known = ", ".join(sorted(authorities))
        raise _FieldFault("data.authority", f"is not a known authority; known are {known}")
    if subject is None and event_type not in _SUBJECT_OPTIONAL:
        raise _FieldFault("subject", "is missing; it names the plan or person that the event is about")
    if subject is None and event_type in _ROLES and authority is None:
        raise _FieldFault("data.authority", "is missing; a role without a plan holds for a whole authority")


def names_authority(event: Event) -> str | None:
    """The authority that the event's data names, where its type carries one."""
    authority: str | None = getattr(event.data, "authority", None)
    return authority


def introduces(event: Event) -> Subject | None:
    """The plan or person that this event introduces."""
    if event.subject is None:
        return None
    if isinstance(event.data, PlanOpened):
        return ("plan", event.subject)
    return ("person", event.subject) if event.type == "person.recorded" else None


def needs(event: Event) -> tuple[Subject, ...]:
    """The plan and persons that must have been introduced before the event takes effect."""
    wanted: list[Subject] = []
    if event.type in ABOUT_PERSONS:
        wanted.append(("person", str(event.subject)))
    elif event.subject is not None and event.type != "event.withdrawn":
        wanted.append(("plan", event.subject))
    if event.type in _ROLES:
        wanted.append(("person", str(getattr(event.data, "person"))))  # noqa: B009 - two payloads share the field
    return tuple(subject for subject in wanted if subject != introduces(event))


def takes_effect(event: Event, introduced: Collection[Subject]) -> bool:
    """Whether all that it needs has been introduced. A withdrawal goes with whatever it withdraws from."""
    if event.type == "event.withdrawn" and event.subject is not None:
        return ("plan", event.subject) in introduced or ("person", event.subject) in introduced
    return all(subject in introduced for subject in needs(event))


def concerns_directory(event: Event) -> bool:
    """Whether it speaks of people rather than of one plan. (A withdrawal is told by whose event it withdraws.)"""
    return event.type in ABOUT_PERSONS or (event.type in _SUBJECT_OPTIONAL and event.subject is None)


def mentions(event: Event) -> frozenset[str]:
    """The ids of the persons that the event names."""
    found: set[str] = {event.subject} if event.type in ABOUT_PERSONS and event.subject else set()
    for name in _NAMES_OF_PERSONS:
        value = getattr(event.data, name, None)
        # `from` is a person where a plan is withheld, and a day where somebody is away.
        found.update([value] if isinstance(value, str) else value if isinstance(value, list) else ())
    return frozenset(found)


def from_text(event_type: str, cells: Mapping[str, str]) -> dict[str, object]:
    """Give a spreadsheet's cells (`child.ref` → text) the types that the event's data wants; empty cells are absent."""
    model = EVENT_TYPES.get(event_type, Payload)
    nested: dict[str, Any] = {}
    owner: type[BaseModel]
    for name, text in cells.items():
        if text == "":
            continue
        *path, last = name.split(".")
        place, owner = nested, model
        for part in path:
            place = place.setdefault(part, {})
            owner = _model_of(owner, part)
        place[last] = _typed(text, owner, last)
    return nested


def _field_types(model: type[BaseModel], name: str) -> Iterator[Any]:
    for key, info in model.model_fields.items():
        if name in (key, info.alias):
            yield from _flatten(typing.get_type_hints(model, include_extras=False).get(key, info.annotation))


def _flatten(annotation: Any) -> Iterator[Any]:
    if typing.get_origin(annotation) in (typing.Union, types.UnionType):
        for part in typing.get_args(annotation):
            yield from _flatten(part)
    elif typing.get_origin(annotation) is typing.Annotated:
        yield from _flatten(typing.get_args(annotation)[0])
    else:
        yield annotation


def _model_of(owner: type[BaseModel], name: str) -> type[BaseModel]:
    found = (kind for kind in _field_types(owner, name) if isinstance(kind, type) and issubclass(kind, BaseModel))
    return next(found, Payload)


def _typed(text: str, owner: type[BaseModel], name: str) -> object:
    kinds = list(_field_types(owner, name))
    if any(typing.get_origin(kind) is list for kind in kinds):
        return [item.strip() for item in text.split(";") if item.strip()]
    if bool in kinds and text.lower() in ("true", "false"):
        return text.lower() == "true"
    if int in kinds and text.lstrip("-").isdigit():
        return int(text)
    return text

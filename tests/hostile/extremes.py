"""Events that are taken, with every value at the end of what is allowed: drawn from the models of their data."""

from __future__ import annotations

import random
import types
import typing
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel

from service.domain.events import vocabulary
from service.domain.events.event_types import ABOUT_PERSONS, EVENT_TYPES
from service.domain.events.payloads import base
from service.domain.events.payloads.base import Payload

AUTHORITIES = ("dudley", "bradford", "darlington", "wakefield", "south_gloucestershire")
START = "2026-01-05T08:00:00+00:00"
_DAYS = ("1900-01-01", "2199-12-31", "2025-01-12", "2026-01-05", "2026-01-06", "2026-02-05", "2030-02-28")
_MOMENTS = (
    "1900-01-01T00:00:00+14:00", "2199-12-31T23:59:59-12:00", "2026-01-05T09:00:00+00:00",
    "2026-01-06T09:00:00+23:59", "2025-12-05T09:00:00Z",
)  # fmt: skip
_TIMES = ("2000-01-01T00:00:00Z", "2199-12-31T23:59:59-12:00", START, "2026-01-05T09:30:00+00:00")
_BY_KIND: dict[object, tuple[object, ...]] = {
    vocabulary.Day: _DAYS,
    vocabulary.Moment: _MOMENTS,
    vocabulary.Every: ("1 day", "9999 days", "9999 weeks", "9999 months", "9999 working days", "2 weeks"),
    vocabulary.ClockTime: ("00:00", "12:00", "23:59"),
    vocabulary.Phone: ("+447700900123", "+447700900124"),
    vocabulary.Email: ("w-sw@example.org", "x" * 64 + "@" + "y" * 250),
    base.Count: (0, 1, 2, 10_000),
    base.Week: (0, 1, 52, 520),
    **dict.fromkeys((base.Id, base.PersonId, base.EventId), ("w-sw", "f-1", "e-1", "i" * 200, "😀" * 50)),
    base.Text: ("", "1", "STOP", "x" * 20_000),
}
# Where a field's own bounds say more than its type.
_BY_NAME: dict[str, tuple[object, ...]] = {
    "scale": (0, 10), "practitioner_every": (1, 100), "per_week": (1, 5), "until_visits": (1, 100),
    "language": ("en", "x" * 35), "initials": ("Z", "W" * 12), "sender_name": ("", "W" * 20), "name": ("N" * 200,),
}  # fmt: skip


def people(authority: str) -> list[dict[str, object]]:
    """A worker, a family member who may be told, a plan, and its social worker."""
    worker = {"authority": authority, "name": "N", "kind": "worker", "email": "w@example.org"}
    family = {"authority": authority, "name": "N", "kind": "family", "mobile": "+447700900124"}
    child = {"ref": "C-1", "initials": "ZQ"}
    return [
        _event("p-1", "person.recorded", "w-sw", worker),
        _event("p-2", "person.recorded", "f-1", family),
        _event("c-1", "contact.decided", "f-1", {"decision": "allow", "decided_by": "w-sw"}),
        _event("o-1", "plan.opened", "P-1", {"authority": authority, "child": child, "route": "child_in_need"}),
        _event("r-1", "role.assigned", "P-1", {"role": "social_worker", "person": "w-sw"}),
    ]


def extreme(chance: random.Random, number: int, authority: str) -> dict[str, object]:
    """One event about that plan or those persons, of any type."""
    return of_type(chance, chance.choice(sorted(EVENT_TYPES)), number, authority)


def of_type(chance: random.Random, kind: str, number: int, authority: str) -> dict[str, object]:
    """One event about that plan or those persons, of a type."""
    subject = chance.choice(("w-sw", "f-1")) if kind in ABOUT_PERSONS else "P-1"
    data = _data(chance, EVENT_TYPES[kind].model, authority)
    return {**_event(f"e-{number}", kind, subject, data), "time": chance.choice(_TIMES)}


def _event(event_id: str, kind: str, subject: str, data: Mapping[str, object]) -> dict[str, object]:
    envelope = {"specversion": "1.0", "source": "/extreme", "id": event_id, "type": kind, "subject": subject}
    return {**envelope, "time": START, "data": data}


def _data(chance: random.Random, model: type[BaseModel], authority: str) -> dict[str, object]:
    hints = typing.get_type_hints(model, include_extras=True)
    found: dict[str, object] = {}
    for name, field in model.model_fields.items():
        if not field.is_required() and chance.random() < 0.4:
            continue
        given = authority if name == "authority" else _value(chance, hints[name], name, authority)
        found[field.alias or name] = given
    return found


def _value(chance: random.Random, kind: Any, name: str, authority: str) -> object:
    for table, key in ((_BY_NAME, name), (_BY_KIND, kind)):
        if key in table:
            return chance.choice(table[key])
    origin, inner = typing.get_origin(kind), typing.get_args(kind)
    if origin is typing.Annotated:
        return _value(chance, inner[0], name, authority)
    if origin is typing.Literal:
        return chance.choice(list(_words(kind)))
    if origin in (typing.Union, types.UnionType):
        return _value(chance, chance.choice([one for one in inner if one is not type(None)]), name, authority)
    if origin is list:
        return [_value(chance, inner[0], name, authority) for _ in range(chance.choice((1, 2, 7)))]
    if isinstance(kind, type) and issubclass(kind, Payload):
        return _data(chance, kind, authority)
    return chance.random() < 0.5 if kind is bool else "x"


def _words(kind: Any) -> Iterator[object]:
    for one in typing.get_args(kind):
        yield from _words(one) if typing.get_origin(one) is typing.Literal else [one]

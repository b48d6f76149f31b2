"""A spreadsheet's cells as the data of an event: text that is given the types which the event's fields ask for."""

from __future__ import annotations

import re
import types
import typing
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, time
from typing import Any

from pydantic import BaseModel

from service.domain.events.event_types import EVENT_TYPES
from service.domain.events.payloads.base import Payload
from service.domain.events.slip import MARKS
from service.domain.events.vocabulary import SHARED_ROLES, SINGLE_ROLES


def from_text(type_name: str, cells: Mapping[str, str]) -> dict[str, object]:
    """Give a spreadsheet's cells (`child.ref` → text) the types that the event's data asks for.

    Empty cells are absent fields. A text that does not fit its field is left as it is, and refused with the event.
    """
    event_type = EVENT_TYPES.get(type_name)
    model = event_type.model if event_type is not None else Payload
    data: dict[str, Any] = {}
    for dotted_name, text in cells.items():
        if text != "":
            _put(data, model, dotted_name.split("."), text)
    return data


def _put(data: dict[str, Any], model: type[BaseModel], path: list[str], text: str) -> None:
    *outer_fields, field = path
    for outer_field in outer_fields:
        name = _spelled(model, outer_field)
        data, model = data.setdefault(name, {}), _model_of(model, name)
    name = _spelled(model, field)
    data[name] = _typed(text, model, name)


def _spelled(model: type[BaseModel], column: str) -> str:
    """A column's field, where it differs by capitals alone. What protects somebody must be spelled as it is: a field
    that is nearly one of those is told to a person."""
    names = {name for key, info in model.model_fields.items() for name in (key, info.alias)}
    lower = column.lower()
    return lower if column not in names and lower in names and lower not in MARKS else column


def _field_types(model: type[BaseModel], field: str) -> Iterator[Any]:
    for key, info in model.model_fields.items():
        if field in (key, info.alias):
            yield from _flatten(typing.get_type_hints(model, include_extras=False).get(key, info.annotation))


def _flatten(annotation: Any) -> Iterator[Any]:
    if typing.get_origin(annotation) in (typing.Union, types.UnionType):
        for part in typing.get_args(annotation):
            yield from _flatten(part)
    elif typing.get_origin(annotation) is typing.Annotated:
        yield from _flatten(typing.get_args(annotation)[0])
    else:
        yield annotation


def _model_of(model: type[BaseModel], field: str) -> type[BaseModel]:
    field_types = _field_types(model, field)
    models = (kind for kind in field_types if isinstance(kind, type) and issubclass(kind, BaseModel))
    return next(models, Payload)


def _typed(text: str, model: type[BaseModel], field: str) -> object:
    field_types = list(_field_types(model, field))
    words = _words_of(field_types) | (_ROLES if field in _OF_ROLES else frozenset())
    if any(typing.get_origin(kind) is list for kind in field_types):
        return [_word(item.strip(), words) for item in text.split(";") if item.strip()]
    if bool in field_types:
        return _TRUTHS.get(text.lower(), text)
    if int in field_types and text.lstrip("-").isdigit():
        return int(text)
    if date in field_types:
        return _day(text)
    return _clock(text) if time in field_types else _word(text, words)


# The fields that name a role: which roles there are depends on the policies, so they list none themselves.
_OF_ROLES = frozenset({"role", "by_role", "review_chair"})
_ROLES = SINGLE_ROLES | SHARED_ROLES


def _words_of(field_types: Iterable[Any]) -> frozenset[str]:
    """The words that a field may have, or a list in it; none where it may have any."""
    words: set[str] = set()
    for kind in field_types:
        if typing.get_origin(kind) is typing.Literal:
            words |= {word for word in typing.get_args(kind) if isinstance(word, str)}
        elif typing.get_origin(kind) is list:
            words |= _words_of(_flatten(typing.get_args(kind)[0]))
    return frozenset(words)


def _word(text: str, words: frozenset[str]) -> str:
    """A word as people write it (Child in Need, Mon), in the contract's form; any other text as it is."""
    word = re.sub(r"[ -]+", "_", text.lower())
    return word if word in words else text


_TRUTHS = {"true": True, "yes": True, "y": True, "1": True, "false": False, "no": False, "n": False, "0": False}


def _day(text: str) -> str:
    """A day as people in Britain write it (05/11/2026, 5 Nov 2026), in the contract's form; any other text as it is."""
    written = re.sub(r"[ ./-]+", " ", text)
    for form in ("%d %m %Y", "%d %b %Y", "%d %B %Y"):
        try:
            return datetime.strptime(written, form).date().isoformat()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
    return text


def _clock(text: str) -> str:
    """A time of day as spreadsheets write it (9:00, 18:00:00), in the contract's form; any other text as it is."""
    match = re.fullmatch(r"([0-9]{1,2}):([0-9]{2})(?::00)?", text)
    return f"{match[1]:0>2}:{match[2]}" if match else text

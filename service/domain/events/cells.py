"""A spreadsheet's cells as the data of an event: text that is given the types which the event's fields ask for."""

from __future__ import annotations

import types
import typing
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel

from service.domain.events.event_types import EVENT_TYPES
from service.domain.events.payloads.base import Payload


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
        data = data.setdefault(outer_field, {})
        model = _model_of(model, outer_field)
    data[field] = _typed(text, model, field)


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
    if any(typing.get_origin(kind) is list for kind in field_types):
        return [item.strip() for item in text.split(";") if item.strip()]
    if bool in field_types and text.lower() in ("true", "false"):
        return text.lower() == "true"
    if int in field_types and text.lstrip("-").isdigit():
        return int(text)
    return text

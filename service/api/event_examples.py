"""An example of each type of event: from the story of one invented plan, else made of the fields that it asks for."""

import json
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Annotated, Any, get_args

from pydantic import TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from service.domain.events.event_type import EventType, SubjectKind
from service.domain.events.event_types import EVENT_TYPES
from service.domain.events.payloads.base import Payload

_END = "2026-11-30T18:45:00+00:00"
# Of these values each field takes one that asks for no word of a list and has no fields of its own.
_SAMPLES = (
    "w-sw1", "2026-11-30", "2026-11-30T18:40:00+00:00", "18:00", "2 weeks", "social_worker", "Q.Z.", True, 1, ["w-sw1"],
)  # fmt: skip


@cache
def examples() -> Mapping[str, Mapping[str, Any]]:
    """One event of each type; most are what happens on one plan, as a file of events has it."""
    story = _story()
    return {name: story.get(name) or made_of(event_type) for name, event_type in EVENT_TYPES.items()}


def made_of(event_type: EventType) -> Mapping[str, Any]:
    """An event of a type with the fields alone that it requires by themselves, recorded at the end of the story."""
    like = _story()["person.recorded" if event_type.subject is SubjectKind.PERSON else "event.withdrawn"]
    return {
        **like,
        "id": f"e-{event_type.name}",
        "type": event_type.name,
        "time": _END,
        "data": smallest(event_type.model),
    }


@cache
def _story() -> Mapping[str, Mapping[str, Any]]:
    lines = resources.files("service.api").joinpath("event_examples.jsonl").read_text("utf-8").splitlines()
    return {event["type"]: event for event in map(json.loads, lines)}


def smallest(model: type[Payload]) -> dict[str, object]:
    """Data with the required fields alone, spelt as in the contract."""
    fields = {info.alias or name: info for name, info in model.model_fields.items()}
    return {name: _sample(info) for name, info in fields.items() if info.is_required()}


def _sample(info: FieldInfo) -> object:
    """A value that a field takes: the smallest payload, the first word of a list of words, else one of the samples."""
    if isinstance(info.annotation, type) and issubclass(info.annotation, Payload):
        return smallest(info.annotation)
    whole: Any = Annotated[info.annotation, *info.metadata] if info.metadata else info.annotation
    reader: TypeAdapter[object] = TypeAdapter(whole)
    return next(value for value in (*get_args(info.annotation), *_SAMPLES) if _takes(reader, value))


def _takes(reader: TypeAdapter[object], value: object) -> bool:
    try:
        reader.validate_python(value, strict=True)
    except ValidationError:
        return False
    return True

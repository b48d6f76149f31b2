"""The schemas of events for the OpenAPI description: one for each type, made from the models that check its data."""

import inspect
from functools import cache
from typing import Any

from service.api.event_examples import examples
from service.domain.events.event import LONGEST_NAME
from service.domain.events.event_type import EventType, SubjectKind
from service.domain.events.event_types import EVENT_TYPES
from service.domain.events.payloads import meetings, plans, risks
from service.domain.events.payloads.base import Dated, Versioned

Schema = dict[str, Any]

_COMPONENTS = "#/components/schemas/"
_NAME: Schema = {
    "type": "string",
    "minLength": 1,
    "maxLength": LONGEST_NAME,
    "pattern": r"^[!-~]([ -~]*[!-~])?$",
}
_SUBJECTS = {
    SubjectKind.PLAN: "the reference of the plan that it is about",
    SubjectKind.PERSON: "the id of the person whom it is about",
    SubjectKind.PLAN_OR_AUTHORITY: "the reference of the plan; absent: it holds for the whole authority",
    SubjectKind.ANY: "the subject of the event that it withdraws; absent where that had none",
}
# Models that serve several types, whose own words say nothing of any one of them.
_OF_MANY_TYPES = (Dated, Versioned, risks.Flagged, plans.PlanSigned, meetings.MeetingScheduled)
EVENT: Schema = {"$ref": f"{_COMPONENTS}Event"}


@cache
def components() -> Schema:
    """All schemas by name: `Event`, which is one of the others; and for each type its event and the event's data."""
    schemas: Schema = {"Event": _any_event()}
    for event_type in EVENT_TYPES.values():
        # Models that stand within others (a window, a child) become schemas of their own.
        data = event_type.model.model_json_schema(by_alias=True, ref_template=f"{_COMPONENTS}{{model}}")
        schemas.update(data.pop("$defs", {}))
        schemas[event_type.model.__name__] = data
        schemas[name_of(event_type)] = _event(event_type)
    return schemas


def name_of(event_type: EventType) -> str:
    """`visit.recorded` → `VisitRecordedEvent`."""
    return "".join(word.capitalize() for word in event_type.name.replace(".", "_").split("_")) + "Event"


def meaning(event_type: EventType) -> str:
    """What an event of this type says, in whole sentences."""
    if event_type.model in _OF_MANY_TYPES:
        return f"{event_type.clause[0].upper()}{event_type.clause[1:]}."
    return inspect.cleandoc(event_type.model.__doc__ or "")


def _any_event() -> Schema:
    references = {name: f"{_COMPONENTS}{name_of(event_type)}" for name, event_type in EVENT_TYPES.items()}
    return {
        "description": "A CloudEvent; what `data` holds follows from the type. Fields that are not listed are kept.",
        "oneOf": [{"$ref": reference} for reference in references.values()],
        "discriminator": {"propertyName": "type", "mapping": references},
    }


def _event(event_type: EventType) -> Schema:
    subject: Schema = {**_NAME, "description": _SUBJECTS[event_type.subject]}
    if not event_type.needs_subject:
        subject["type"] = ["string", "null"]
    required = ["specversion", "id", "source", "type", "time"]
    needs_data = any(field.is_required() for field in event_type.model.model_fields.values())
    return {
        "type": "object",
        "description": meaning(event_type),
        "required": required + ["subject"] * event_type.needs_subject + ["data"] * needs_data,
        "properties": {
            "specversion": {"type": "string", "const": "1.0"},
            "id": {**_NAME, "description": "with the source the event's name for good"},
            "source": {**_NAME, "description": "the system that recorded it; its first part names the authority"},
            "type": {"type": "string", "const": event_type.name},
            "subject": subject,
            "time": {"type": "string", "format": "date-time", "description": "when it was recorded, with an offset"},
            "data": {"$ref": f"{_COMPONENTS}{event_type.model.__name__}"},
        },
        "example": examples()[event_type.name],
    }

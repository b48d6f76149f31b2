"""Each type of event with its fields and an example: `python -m tests.documents.events > docs/events.md`."""

import json
import sys
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from service.api.event_examples import examples
from service.api.event_schemas import components, meaning, name_of
from service.domain.events.event_type import EventType, SubjectKind
from service.domain.events.event_types import EVENT_TYPES

_HEAD = """# Types of events

Every type of event that planwatch takes: what it says, its fields, and an example. The same stands in
`/v1/openapi.json`, for programs. [Sending events](api.md) says how to send them and what is answered.

This page is made from the classes that check events: `python -m tests.documents.events > docs/events.md`. A test sends
every example to a running service.

## What all have in common

An event is a [CloudEvents 1.0](https://cloudevents.io) JSON object. In a file, each stands on one line.

| field | | meaning |
|---|---|---|
| `specversion` | required | `"1.0"` |
| `id`, `source` | required | Within your authority, together they name the event for good. |
| `type` | required | One of the types on this page. |
| `subject` | see the type | The reference of the plan, or the id of the person. |
| `time` | required | When it was recorded, as a moment with an offset. |
| `data` | | The fields of the type. Other fields are kept and ignored. |

The same event again is a duplicate, and changes nothing. The same name with other content is refused as a conflict.

**Who may send it**: whoever holds a token of the authority to which the plan or person belongs. In a file, the first
part of `source` names the authority. Two types are also made by planwatch itself, from texts that it receives:
`check_in.replied` and `alert.acknowledged`.

**Values.** A date is a local day, `2026-11-30`. A moment has an offset, `2026-11-30T18:40:00+00:00`. A time of day is
local, `18:00`. An interval is written `3 days`, `2 weeks`, `3 months` or `10 working days`. A person, plan or event is
named by its id. `null` is the same as a field that is absent.

**In a spreadsheet**, the columns are `id,time,source,type,subject`, then the fields of `data`. A field within a field
has a dotted name, such as `child.ref`. The items of a list are separated by `;`.

"""
_SUBJECTS = {
    SubjectKind.PLAN: "a plan",
    SubjectKind.PERSON: "a person",
    SubjectKind.PLAN_OR_AUTHORITY: "a plan, or the whole authority where no subject is given",
    SubjectKind.ANY: "the subject of the withdrawn event",
}
# By what stands in the pattern of a text.
_PATTERNS = {"week": "interval", "a-z0-9_": "a role that the policy declares", "": "time of day"}
_FORMATS = {"date": "date", "date-time": "moment"}


def document() -> str:
    """The whole page."""
    index = ["| type | says that |", "|---|---|"]
    index += [
        f"| [`{name}`](#{name.replace('.', '')}) | {meaning(kind).split('. ')[0].rstrip('.')} |"
        for name, kind in EVENT_TYPES.items()
    ]
    sections = "\n".join(_section(event_type) for event_type in EVENT_TYPES.values())
    return _HEAD + "## All types\n\n" + "\n".join(index) + "\n\n" + sections


def _section(event_type: EventType) -> str:
    schema = components()[event_type.model.__name__]
    rows = list(_rows(schema, event_type.persons))
    example = json.dumps(examples()[event_type.name], ensure_ascii=False, indent=2)
    table = "\n".join(["| field | value | | meaning |", "|---|---|---|---|", *rows])
    return (
        f"## {event_type.name}\n\n{meaning(event_type)}\n\nIts subject is {_SUBJECTS[event_type.subject]}. "
        f"Schema: `{name_of(event_type)}`.\n\n{table}\n\n```json\n{example}\n```\n"
    )


def _rows(schema: Mapping[str, Any], persons: Collection[str], prefix: str = "") -> Iterator[str]:
    """A row for each field, `persons` of which name people; the fields of a field come after it, under dotted names."""
    required = schema.get("required", ())
    for name, field in schema["properties"].items():
        need = "required" if name in required else _default(field)
        value = _value(field).replace("text", "id of a person") if name in persons else _value(field)
        yield f"| `{prefix}{name}` | {value} | {need} | {field.get('description', '')} |"
        if (inner := _inner(field)) is not None:
            yield from _rows(inner, (), f"{prefix}{name}.")


def _default(field: Mapping[str, Any]) -> str:
    default = field.get("default")
    return "" if default in (None, []) else f"default `{json.dumps(default)}`"


def _inner(field: Mapping[str, Any]) -> Mapping[str, Any] | None:
    for part in (field, *field.get("anyOf", ())):
        if "$ref" in part:
            schema: Mapping[str, Any] = components()[part["$ref"].rpartition("/")[2]]
            return schema
    return None


def _value(field: Mapping[str, Any]) -> str:
    parts = [part for part in field.get("anyOf", [field]) if part.get("type") != "null"]
    return " or ".join(_value_of(part) for part in parts)


def _value_of(part: Mapping[str, Any]) -> str:
    if "enum" in part:
        return " ".join(f"`{value}`" for value in part["enum"])
    if "const" in part:
        return f"`{part['const']}`"
    if "$ref" in part:
        return "fields"
    if part.get("type") == "array":
        return f"list of: {_value_of(part['items'])}"
    if "pattern" in part:
        return next(words for sign, words in _PATTERNS.items() if sign in part["pattern"])
    if part.get("type") == "integer":
        low, high = part.get("minimum"), part.get("maximum")
        return "whole number" if low is None else f"whole number, {low} to {high}"
    return _FORMATS.get(part.get("format", ""), {"boolean": "`true` `false`"}.get(part["type"], "text"))


if __name__ == "__main__":
    sys.stdout.write(document())

"""Each type of event has one row, and whoever asks for something by type finds it there."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from typing import get_args, get_type_hints

import pytest

from service.domain.events.event_type import EventType
from service.domain.events.event_types import EVENT_TYPES
from service.domain.events.payloads.base import Id, Names, Payload, attributes_naming

# Fields that hold a name, and neither a person's nor an event's.
OTHER_NAMES = {"authority", "ref", "bottom_line", "replaced_by", "milestone", "about"}


def below(model: type[Payload]) -> Iterator[type[Payload]]:
    """Every payload that builds on this one."""
    for child in model.__subclasses__():
        yield child
        yield from below(child)


PAYLOADS = sorted(set(below(Payload)), key=lambda model: model.__name__)
every_row = pytest.mark.parametrize("row", EVENT_TYPES.values(), ids=EVENT_TYPES)
every_payload = pytest.mark.parametrize("model", PAYLOADS, ids=lambda model: model.__name__)


def slots(words: str) -> set[str]:
    """The fields in braces."""
    return set(re.findall(r"\{(\w+)\}", words))


def fields(model: type[Payload]) -> set[str]:
    """The fields of a payload, spelt as in the contract."""
    return {info.alias or name for name, info in model.model_fields.items()}


def holds_plain_id(annotation: object) -> bool:
    """Whether a field holds an id of which its type does not say what it names."""
    metadata = getattr(annotation, "__metadata__", ())
    if metadata[:2] == get_args(Id)[1:] and not any(isinstance(value, Names) for value in metadata):
        return True
    return any(holds_plain_id(part) for part in get_args(annotation))


@every_row
def test_a_row_has_words_for_policies_and_for_pages(row: EventType) -> None:
    assert re.fullmatch(r"[{a-z].*[^.]", row.clause)
    assert re.fullmatch(r"[{A-Z].*[^.]", row.on_pages)


@every_row
def test_the_words_of_a_row_name_fields_that_its_events_have(row: EventType) -> None:
    assert slots(row.clause) | slots(row.on_pages) <= fields(row.model)


def test_no_two_types_have_the_same_name_or_the_same_words() -> None:
    assert all(name == row.name for name, row in EVENT_TYPES.items())
    assert len({row.clause for row in EVENT_TYPES.values()}) == len(EVENT_TYPES)
    assert len({row.on_pages for row in EVENT_TYPES.values()}) == len(EVENT_TYPES)


@every_payload
def test_every_id_of_a_payload_says_what_it_names(model: type[Payload]) -> None:
    # Whom an event names decides whose plans are looked at again: a person's id that is a plain one is overlooked.
    hints = get_type_hints(model, include_extras=True)
    assert {name for name in model.model_fields if holds_plain_id(hints[name])} <= OTHER_NAMES


def test_persons_are_found_in_lists_and_where_they_may_be_absent() -> None:
    assert EVENT_TYPES["plan.agreed"].persons == {"parties", "agencies"}
    assert EVENT_TYPES["plan.withheld"].persons == {"from", "approved_by"}
    assert EVENT_TYPES["absence.recorded"].persons == {"cover"}
    assert attributes_naming(EVENT_TYPES["plan.reviewed"].model, Names.EVENT) == ("after",)


@every_payload
def test_every_payload_and_each_of_its_fields_is_explained(model: type[Payload]) -> None:
    assert vars(model).get("__doc__"), "a payload says in its docstring what the event says"
    assert [name for name, info in model.model_fields.items() if not (info.description or "").endswith(".")] == []


@every_payload
def test_the_schema_of_a_payload_carries_the_explanations(model: type[Payload]) -> None:
    schema = model.model_json_schema()
    assert schema["description"] == inspect.getdoc(model)
    descriptions = {info.alias or name: info.description for name, info in model.model_fields.items()}
    assert {name: field["description"] for name, field in schema.get("properties", {}).items()} == descriptions


def test_an_interval_is_a_text_in_the_schema() -> None:
    every = EVENT_TYPES["visits.agreed"].model.model_json_schema()["properties"]["every"]
    assert every["type"] == "string"
    assert re.search(every["pattern"], "10 working days")

"""What the page on events says is what the models hold, and each of its examples is taken."""

from service.api.event_examples import examples, made_of
from service.api.event_schemas import components
from service.domain.events.event import parse_event
from service.domain.events.event_types import EVENT_TYPES
from tests.architecture.tree import ROOT
from tests.documents.events import document


def test_the_page_is_not_stale() -> None:
    # Stale? python -m tests.documents.events > docs/events.md
    assert document() == (ROOT / "docs" / "events.md").read_text()


def test_each_type_has_one_example_and_gives_every_field_that_the_type_requires() -> None:
    assert sorted(examples()) == sorted(EVENT_TYPES)
    for name, example in examples().items():
        assert parse_event(example, {"dudley"}).type == name


def test_a_type_that_the_story_does_not_tell_gets_an_example_of_what_it_requires() -> None:
    # These name an authority, or ask for one of several fields, of which each may be absent.
    told_alone = {"person.recorded", "plan.opened", "plan.agreed", "check_ins.started"}
    rows = [row for name, row in EVENT_TYPES.items() if name not in told_alone]
    assert [parse_event(made_of(row), {"dudley"}).type for row in rows] == [row.name for row in rows]


def test_a_field_stands_with_its_values_its_default_and_its_meaning() -> None:
    page = document()
    assert '| `wording` | `discreet` `plain` | default `"discreet"` | ' in page
    assert "| `every` | interval | required | The longest gap between two visits" in page
    assert "| `window.from` | time of day | required | " in page
    assert "| `child.ref` | text | required | " in page


def test_each_reference_in_the_schemas_leads_somewhere() -> None:
    references = _references(components())
    assert references
    assert references <= components().keys()


def _references(value: object) -> set[str]:
    if isinstance(value, dict):
        own = {value["$ref"].rpartition("/")[2]} if "$ref" in value else set()
        return own.union(*map(_references, value.values()))
    return set().union(*map(_references, value)) if isinstance(value, list) else set()

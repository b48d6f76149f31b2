"""Events in the words of the people who read the pages."""

from __future__ import annotations

import pytest

from service.domain.events.event import parse_event
from service.domain.events.event_types import EVENT_TYPES
from service.files.policy_files import load_policies
from service.web.recording.facts import recordable
from service.web.words import said

NAMES = {"w-1": "Ola Finch", "f-1": "Nym Oakes"}


def words(kind: str, **data: object) -> str:
    """What the pages call an event with this data."""
    raw = {"specversion": "1.0", "id": "e-1", "source": "/dudley/x", "type": kind, "subject": "P-1", "data": data}
    return said(parse_event({**raw, "time": "2026-11-30T18:40:00+00:00"}, {"dudley"}), NAMES)


@pytest.mark.parametrize(
    ("kind", "data", "expected"),
    [
        ("plan.withheld", {"from": "f-1", "reason": "safety"}, "The plan is withheld from Nym Oakes"),
        ("family_contact.approved", {"person": "f-1", "by": "w-1"}, "Ola Finch approved contact with Nym Oakes"),
        ("visit.planned", {"ref": "v1", "by": "w-9", "at": "2026-12-01T10:00:00+00:00"}, "Visit planned, by w-9"),
        ("meeting.cancelled", {"meeting": "core_group", "ref": "m1"}, "Core group cancelled"),
        ("end_date.set", {"end_on": "2026-12-18"}, "End date set to Fri 18 Dec 2026"),
        ("absence.recorded", {"from": "2026-12-01", "until": "2026-12-02", "cover": "w-1"}, "An absence was recorded"),
        ("action.agreed", {"ref": "a1", "what": "write"}, "Action agreed, to be done by …"),
    ],
)
def test_an_event_is_said_with_names_and_days_as_they_are_read(
    kind: str, data: dict[str, object], expected: str
) -> None:
    assert words(kind, **data) == expected


@pytest.mark.parametrize("own", ["an event", "interval", "free text", "`", "contract", "HH:MM"])
def test_no_form_speaks_to_people_as_the_contract_does_to_programs(own: str) -> None:
    rules = load_policies().versions("dudley")[-1]
    hints = [field.hint for fact in recordable(rules).values() for field in fact.fields]
    assert [hint for hint in hints if own in hint] == []
    assert "Like Friday, 5/12 or in 6 weeks." in hints


def test_free_text_is_not_repeated() -> None:
    # `how` is: it says by which way a copy was given, and a page without it says half of that.
    texts = {"reason", "what", "why", "outcome", "text"}
    assert [row.name for row in EVENT_TYPES.values() if any(f"{{{name}}}" in row.on_pages for name in texts)] == []

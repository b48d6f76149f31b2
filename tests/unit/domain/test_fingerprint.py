"""The same event in other letters is the same event; another day, person or field is another."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from service.domain.admission import Duplicate, Known, Rejected, admit
from service.domain.events.event import parse_event
from service.domain.events.fingerprint import fingerprint, fingerprint_of_stored
from service.domain.own_id import OwnId

AUTHORITIES = frozenset({"dudley"})
VISIT: Mapping[str, object] = {"by": "w-1", "on": "2026-10-20"}
AT = "2026-10-20T09:00:00+00:00"


def visit(data: Mapping[str, object] = VISIT, at: str = AT, **envelope: object) -> dict[str, object]:
    raw = {"specversion": "1.0", "id": "v1", "source": "/dudley/x", "type": "visit.recorded", "subject": "P-1"}
    return {**raw, "time": at, "data": dict(data), **envelope}


def mark(raw: Mapping[str, object]) -> str:
    return fingerprint(parse_event(raw, AUTHORITIES))


SAME = [
    visit(at="2026-10-20T10:00:00+01:00"),
    visit(at="2026-10-20T09:00:00Z"),
    visit(at="2026-10-20t09:00:00.000z"),
    visit({**VISIT, "child_seen": True, "concern": False}),
    visit({**VISIT, "child_seen": None, "ref": None, "shoe_size": None}),
    visit({"by": " w-1 ", "on": "2026-10-20"}, subject="P-1 ", id=" v1"),
    visit({"by": "w-1"}),  # its own day is that of its time
]
OTHER = [
    visit({**VISIT, "on": "2026-10-21"}),
    visit({**VISIT, "by": "W-1"}),
    visit({**VISIT, "child_seen": False}),
    visit({**VISIT, "shoe_size": 7}),
    visit(at="2026-10-20T09:00:01Z"),
    visit(subject="P-2"),
]


@pytest.mark.parametrize("raw", SAME)
def test_the_same_in_other_letters_is_a_duplicate(raw: dict[str, object]) -> None:
    assert mark(raw) == mark(visit())
    known = Known(authorities=AUTHORITIES)
    _, again = admit([parse_event(visit(), AUTHORITIES), parse_event(raw, AUTHORITIES)], known, None)
    assert isinstance(again, Duplicate)


@pytest.mark.parametrize("raw", OTHER)
def test_what_says_something_else_is_a_conflict(raw: dict[str, object]) -> None:
    assert mark(raw) != mark(visit())


def test_a_moment_an_interval_and_a_number_are_compared_by_what_they_are() -> None:
    def agreed(**data: object) -> str:
        return mark(visit({"by_role": "key_professional", "every": "2 weeks", **data}, type="visits.agreed"))

    def person(mobile: str) -> str:
        data = {"authority": "dudley", "name": "Nym", "kind": "family", "mobile": mobile}
        return mark(visit(data, type="person.recorded", subject="f-1"))

    assert agreed(at="2026-10-20T09:00:00Z") == agreed(at="2026-10-20T10:00:00+01:00") != agreed()
    assert agreed(every="2 weeks") != agreed(every="3 weeks")
    assert person("07700 900601") == person("+44 (0)7700 900601") != person("07700 900602")


def test_what_was_stored_before_is_known_again() -> None:
    stored = visit({**VISIT, "child_seen": True}, at="2026-10-20T10:00:00+01:00")
    assert fingerprint_of_stored(stored, AUTHORITIES) == mark(visit())
    moved = visit(at="2026-10-19T08:00:00+00:00", timegiven=AT)  # it came with a time that lay in the future
    assert fingerprint_of_stored(moved, AUTHORITIES) == mark(visit())
    loose = {"authority": "dudley", "name": "Nym", "kind": "worker", "email": "a@b"}  # taken then, refused now
    assert len(fingerprint_of_stored(visit(loose, type="person.recorded", subject="w-1"), AUTHORITIES)) == 64


@pytest.mark.parametrize(
    "subject", ["Dear reader, look here", "https://example.org/x", "P-1..2", "-1", "P" * 33, "P-é", "urn:x:1", "/P-1"]
)
def test_a_sentence_a_link_and_a_long_name_are_no_reference_of_a_plan(subject: str) -> None:
    (refused,) = admit([parse_event(visit(subject=subject), AUTHORITIES)], Known(authorities=AUTHORITIES), None)
    assert isinstance(refused, Rejected)
    assert (refused.field, subject in refused.detail) == ("subject", False)


@pytest.mark.parametrize("subject", ["P-1", "2026/0004.b_7", "P" * 32])
def test_a_reference_of_a_plan_is_taken(subject: str) -> None:
    (verdict,) = admit([parse_event(visit(subject=subject), AUTHORITIES)], Known(authorities=AUTHORITIES), None)
    assert not isinstance(verdict, Rejected)


def test_a_plan_that_has_another_kind_of_reference_since_before_goes_on() -> None:
    known = Known(authorities=AUTHORITIES)
    known.introduce("plan", OwnId("dudley", "urn:x:1"))
    (verdict,) = admit([parse_event(visit(subject="urn:x:1"), AUTHORITIES)], known, None)
    assert not isinstance(verdict, Rejected)

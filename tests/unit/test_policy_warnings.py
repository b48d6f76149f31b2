"""What a policy may say and probably does not mean is told, with where it is said."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from service.files.policy_files import PolicyFileError, load_policies
from service.policy_tools.warnings import review_day, warnings
from tests import northmere

TODAY = date(2026, 11, 22)


def told(folder: Path, **changes: Any) -> list[str]:
    """The warnings about Northmere's policy with something changed."""
    return [f"{one.field}: {one.detail}" for one in warnings(northmere.changed(folder, **changes), TODAY)]


def test_a_sound_policy_warns_of_nothing(tmp_path: Path) -> None:
    assert told(tmp_path) == []


def test_a_document_past_its_own_review_date_is_told(tmp_path: Path) -> None:
    found = told(tmp_path, document={"review_by": "December 2025"})
    assert [one.split(" was")[0] for one in found] == ["document.review_by: the document"]
    assert "2025-12-31" in found[0]


def test_a_document_is_current_on_its_last_day(tmp_path: Path) -> None:
    assert told(tmp_path, document={"review_by": TODAY.isoformat()}) == []


def test_a_review_date_that_cannot_be_kept_to_is_told(tmp_path: Path) -> None:
    assert told(tmp_path, document={"review_by": "soon"})[0].startswith("document.review_by: is no date")


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2025-12-15", date(2025, 12, 15)),
        ("2028-02", date(2028, 2, 29)),
        ("April 2027", date(2027, 4, 30)),
        ("none stated", None),
    ],
)
def test_review_dates_are_read_in_these_spellings(text: str, day: date | None) -> None:
    assert review_day(text) == day


@pytest.mark.parametrize("text", ["", "2027", "2027-13", "Smarch 2027", "2027-02-30"])
def test_other_spellings_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        review_day(text)


@pytest.mark.parametrize(
    ("opens", "reason"),
    [
        ({"when": "meeting.held", "where": {"meeting": "inital"}}, "no 'meeting.held' has 'meeting: inital'"),
        ({"when": "visit.recorded", "where": {"child_seen": "true"}}, "no 'visit.recorded' has 'child_seen: true'"),
        ({"when": "person.recorded"}, "'person.recorded' is no fact of a plan"),
        ({"when": "event.withdrawn"}, "'event.withdrawn' is no fact of a plan"),
        ({"when": "action.agreed", "lacks": ["ref"]}, "'ref' is always there in a 'action.agreed'"),
        ({"when": "action.agreed", "has": ["who"], "lacks": ["who"]}, "'who' cannot be there and be missing at once"),
        (
            {"when": "visit.recorded", "role_of": {"by": "iro"}, "not_role_of": {"by": ["iro", "duty_iro"]}},
            "nobody in 'by' can act as iro and at once not",
        ),
        ({"when": "plan.reviewed", "leaves_no_next": "visit"}, "'visit' always leaves a next"),
        ({"when": "plan.reviewed", "leaves_no_next": "copies"}, "'copies' always leaves a next"),
    ],
)
def test_a_rule_that_can_never_open_is_told(tmp_path: Path, opens: object, reason: str) -> None:
    found = told(tmp_path, review_after_missing={"opens": opens})
    assert found[0].startswith(f"review-after-missing.opens: can never open: {reason}")


def test_one_opening_that_can_is_enough(tmp_path: Path) -> None:
    opens = [{"when": "incident.recorded", "where": {"kind": "mising"}}, {"when": "incident.recorded"}]
    assert told(tmp_path, review_after_missing={"opens": opens}) == []


def test_a_clock_on_a_field_without_a_date_is_told(tmp_path: Path) -> None:
    expected = "action.opens: can never open: 'what' of a 'action.agreed' holds no date"
    assert told(tmp_path, action={"due": {"on": "what"}}) == [expected]


def test_a_clock_on_a_field_that_is_asked_to_be_missing_is_told(tmp_path: Path) -> None:
    found = told(tmp_path, action={"opens": {"when": "action.agreed", "lacks": ["due_on"]}})
    assert found[0].startswith("action.opens: can never open: the clock needs 'due_on'")


def test_weeks_in_fields_that_are_not_there_are_told(tmp_path: Path) -> None:
    weeks = {"in_weeks": {"every": "every", "first": "week", "last": "to_week"}}
    assert told(tmp_path, visit={"opens": {"when": "visits.agreed"}, "due": weeks}) == [
        "visit.opens: can never open: a 'visits.agreed' has no 'week'"
    ]


def test_an_agreement_that_agrees_nothing_is_told(tmp_path: Path) -> None:
    due = {"as_agreed": {"on": {"when": "review_date.set", "takes": "reason"}}}
    expected = "review.due.as_agreed: can never open: 'reason' holds no date"
    asks = "Plans are reviewed on the day that the last review has chosen."
    assert told(tmp_path, review={"opens": None, "due": due, "asks": asks}) == [expected]


def test_an_agreement_beside_an_interval_of_its_own_may_agree_nothing(tmp_path: Path) -> None:
    assert told(tmp_path, review={"due": {"every": "6 weeks", "as_agreed": {}}}) == []


def test_a_rule_that_can_never_be_met_is_told(tmp_path: Path) -> None:
    met = {"when": "meeting.held", "where": {"meeting": ["reviw"]}}
    assert told(tmp_path, review={"met": met}) == [
        "review.met: can never be met: no 'meeting.held' has 'meeting: reviw'"
    ]


def test_a_role_in_which_nobody_may_be_told_is_told(tmp_path: Path) -> None:
    found = told(tmp_path, visit={"owed_by": "network_lead"}, review={"chair": {"role": "network_lead"}})
    assert [one.split(":")[0] for one in found] == ["review.chair.role", "visit.owed_by"]


def test_a_problem_that_can_never_happen_is_told(tmp_path: Path) -> None:
    problems = [{"problem": "no_such_thing", "opens": {"when": "action.agreed", "lacks": ["what"]}}]
    assert told(tmp_path, problems=problems)[0].startswith("problems.0.opens: can never happen")


def test_a_rule_without_ladder_is_a_fault(tmp_path: Path) -> None:
    with pytest.raises(PolicyFileError, match="ladder: is missing"):
        northmere.changed(tmp_path, visit={"ladder": None})


def test_the_built_in_policies_warn_of_nothing_but_old_documents() -> None:
    book = load_policies()
    policies = [policy for name in book.authorities for policy in book.versions(name)]
    assert {one.field for policy in policies for one in warnings(policy, TODAY)} <= {"document.review_by"}


def test_a_ladder_that_can_remind_nobody_in_time_is_told(tmp_path: Path) -> None:
    late = [{"at": "next morning", "to": "owner"}]
    early = {"early": {"remind": "10 working days before", "late": late}}
    (words,) = told(tmp_path, ladders=early, review_after_missing={"ladder": "early"})
    assert words.startswith("review-after-missing.ladder: no reminder of the ladder 'early' can come before it is due")


@pytest.mark.parametrize(
    ("asks", "wrong"),
    [
        ("Workers visit every 28 days.", []),
        ("Workers visit every four weeks.", []),
        ("Workers visit every twenty-eight days.", []),
        ("Workers visit every six weeks.", ["six weeks"]),
        ("Workers visit every 28 working days.", ["28 working days"]),
        ("Workers visit within 24 hours.", ["24 hours"]),
        ("One of four plans is a plan of weeks.", []),
    ],
)
def test_a_length_of_time_that_is_not_the_clocks_is_told(tmp_path: Path, asks: str, wrong: list[str]) -> None:
    found = told(tmp_path, visit={"asks": asks})
    assert [one.split("'")[1] for one in found if one.startswith("visit.asks: says ")] == wrong


def test_a_document_is_to_be_read_again_from_its_day_on(tmp_path: Path) -> None:
    editions = [
        {"title": "Working Together", "edition": "2026", "read_again": TODAY.isoformat()},
        {"title": "Keeping plans alive", "edition": "March 2026", "read_again": "2026-11-23"},
        {"title": "Another", "edition": "first"},
    ]
    (warning,) = told(tmp_path, rests_on=editions)
    assert warning.startswith("rests_on.0.read_again: 'Working Together' was to be read again on 2026-11-22")

"""Wakefield: review dates kept to and moved in the open, reviews after a change, actions with a day to start."""

from __future__ import annotations

import pytest

from tests.unit.domain.builders import Raw, at, clock, fact, run, visit
from tests.unit.domain.elsewhere import agreed, opened, told, workers

START = [*workers("wakefield"), *opened("wakefield")]
FIRST = agreed("2026-12-01", version=1, review_on="2027-01-15")
CHANGE, SET_DATE = "review_after_change", "set_review_date"


def moved(when: str, to: str, **data: object) -> Raw:
    return fact(when, "review_date.set", **{"review_on": to, "on": when[:10], "reason": "illness", **data})


def reviewed(when: str, **data: object) -> Raw:
    return fact(when, "plan.reviewed", by="w-sw", **{"on": when[:10], **data})


# ------------------------------------------------------------------------------------------------------- review dates


def test_the_review_is_due_on_the_date_that_was_set() -> None:
    (one,) = run(START, FIRST, until="2026-12-01").owed("review")
    assert (one.due_on.isoformat(), one.basis, one.from_event, one.responsible) == (
        "2027-01-15", "guidance", FIRST["id"], "w-sw",
    )  # fmt: skip


def test_a_date_on_a_day_off_is_kept_and_acted_on_before() -> None:
    (one,) = run(START, agreed("2026-12-01", review_on="2026-12-28"), until="2026-12-01").owed("review")
    assert (one.due_on.isoformat(), one.act_by.isoformat()) == ("2026-12-28", "2026-12-24")


@pytest.mark.parametrize(
    ("to", "notices"), [("2027-02-12", [("2027-01-11 08:30", "w-tm")]), ("2027-01-13", []), ("2027-01-15", [])]
)
def test_a_date_moved_later_is_told_to_the_team_manager_and_one_moved_earlier_to_nobody(
    to: str, notices: list[tuple[str, str]]
) -> None:
    found = run(START, FIRST, moved("2027-01-08T16:00", to), until="2027-01-11")
    assert [(clock(one.at), one.person) for one in found.messages(purpose="notice")] == notices


@pytest.mark.parametrize("to", ["2027-02-12", "2027-01-13"])
def test_a_moved_date_supersedes_the_old_and_names_what_moved_it(to: str) -> None:
    found = run(START, FIRST, moved("2027-01-08", to, eid="m1"), until="2027-01-08")
    expected = sorted([("2027-01-15", "superseded"), (to, "open")])
    assert found.dues("review") == expected
    assert [one.from_event for one in found.owed("review") if one.live] == ["m1"]


def test_each_move_later_is_told() -> None:
    moves = [moved("2027-01-08", "2027-02-12"), moved("2027-02-05", "2027-03-12")]
    found = run(START, FIRST, moves, until="2027-02-08")
    assert [clock(one.at) for one in found.messages(to="w-tm", purpose="notice")] == [
        "2027-01-11 08:30", "2027-02-08 08:30",
    ]  # fmt: skip


def test_the_notice_of_a_move_says_which_fact_moved_it() -> None:
    found = run(START, FIRST, moved("2027-01-08", "2027-02-12", eid="m1"), until="2027-01-11")
    (one,) = found.messages(purpose="notice")
    assert (one.about, one.urgent, one.channel) == (({"event": "m1"},), False, "email")


@pytest.mark.parametrize(
    "review",
    [reviewed("2027-01-14"), visit("2027-01-14", plan_reviewed=True),
     fact("2027-01-14", "meeting.held", meeting="core_group", on="2027-01-14")],
)  # fmt: skip
def test_a_review_that_leaves_no_next_date_asks_for_one_that_day(review: Raw) -> None:
    found = run(START, FIRST, review, until="2027-01-14")
    assert found.dues("review") == [("2027-01-15", "met")]
    assert [(one.due_on.isoformat(), one.status.value, one.from_event) for one in found.owed(SET_DATE)] == [
        ("2027-01-14", "open", review["id"])
    ]
    assert len(found.problems("no_review_date")) == 1


def test_a_date_set_afterwards_meets_it() -> None:
    found = run(START, FIRST, reviewed("2027-01-14"), moved("2027-01-18", "2027-04-01"), until="2027-01-18")
    assert found.dues(SET_DATE) == [("2027-01-14", "met_late")]
    assert found.dues("review") == [("2027-01-15", "met"), ("2027-04-01", "open")]
    assert found.messages(to="w-tm", purpose="notice") == []


@pytest.mark.parametrize("clocks", [("T10:00", "T15:00"), ("T15:00", "T10:00")])
def test_of_a_review_and_a_date_on_one_day_the_review_comes_first(clocks: tuple[str, str]) -> None:
    same_day = [reviewed(f"2027-01-14{clocks[0]}"), moved(f"2027-01-14{clocks[1]}", "2027-04-01")]
    found = run(START, FIRST, same_day, until="2027-01-14")
    assert found.dues("review") == [("2027-01-15", "met"), ("2027-04-01", "open")]
    assert [one for one in found.owed(SET_DATE) if one.live] == []
    assert found.messages(purpose="notice") == []


def test_a_meeting_that_sets_the_next_date_leaves_nothing_to_ask() -> None:
    held = fact("2027-01-14", "meeting.held", meeting="review", on="2027-01-14", next_review_on="2027-04-01")
    found = run(START, FIRST, held, until="2027-01-14")
    assert found.dues("review") == [("2027-01-15", "met"), ("2027-04-01", "open")]
    assert found.owed(SET_DATE) == []


def test_a_plan_agreed_without_a_date_asks_for_one() -> None:
    found = run(START, agreed("2026-12-01"), until="2026-12-01")
    assert found.dues(SET_DATE) == [("2026-12-01", "open")]
    assert (found.owed(SET_DATE)[0].basis, found.owed("review")) == ("local_default", [])


# ----------------------------------------------------------------------------------------------------- after a change


@pytest.mark.parametrize(
    ("change", "due"),
    [
        (fact("2026-12-04", "circumstances.changed", what="moved", on="2026-12-04", eid="c1"), "2026-12-11"),
        (fact("2026-12-18", "circumstances.changed", what="moved", on="2026-12-18", eid="c1"), "2026-12-29"),
        (fact("2026-12-04", "risk.changed", direction="up", scale=7, on="2026-12-04", eid="c1"), "2026-12-07"),
        (fact("2026-12-08T02:00", "risk.changed", direction="up", at=at("2026-12-08T02:00").isoformat(), eid="c1"),
         "2026-12-08"),
    ],
)  # fmt: skip
def test_a_change_calls_for_a_review(change: Raw, due: str) -> None:
    (one,) = run(START, FIRST, change, until="2026-12-18").owed(CHANGE)
    assert (one.due_on.isoformat(), one.about, one.basis) == (due, "c1", "local_default")


def test_a_risk_that_falls_calls_for_none() -> None:
    fell = fact("2026-12-04", "risk.changed", direction="down", scale=2, on="2026-12-04")
    assert run(START, FIRST, fell, until="2026-12-07").owed(CHANGE) == []


@pytest.mark.parametrize(
    ("review", "change", "date"),
    [(reviewed("2026-12-10"), "met", "met"), (reviewed("2026-12-10", after="c1"), "met", "open"),
     (reviewed("2026-12-10", after="c2"), "open", "open")],
)  # fmt: skip
def test_a_review_after_the_change_alone_leaves_the_set_date_standing(review: Raw, change: str, date: str) -> None:
    changed = fact("2026-12-04", "circumstances.changed", what="moved", on="2026-12-04", eid="c1")
    found = run(START, FIRST, changed, review, until="2026-12-10")
    assert found.dues(CHANGE) == [("2026-12-11", change)]
    assert found.dues("review") == [("2027-01-15", date)]


def test_two_changes_are_two_reviews() -> None:
    changes = [fact("2026-12-04", "circumstances.changed", what=what, on="2026-12-04") for what in ("moved", "school")]
    assert len(run(START, FIRST, changes, until="2026-12-04").owed(CHANGE)) == 2


# ------------------------------------------------------------------------------------------------------------ actions


def test_the_day_to_start_is_one_line_of_that_mornings_digest_and_no_obligation() -> None:
    action = fact("2026-12-01", "action.agreed", ref="a1", what="see the nurse", who="p-youth",
                  start_by="2026-12-09", due_on="2027-01-29")  # fmt: skip
    found = run(START, FIRST, action, until="2026-12-18")
    assert told(found, "action") == ["2026-12-09 08:30 digest p-youth"]
    (digest,) = found.messages(to="p-youth")
    assert [len(digest.context[part]) for part in ("due", "starts")] == [0, 1]  # type: ignore[arg-type]
    assert found.dues("action") == [("2027-01-29", "open")]


def test_an_action_done_before_its_start_is_not_told() -> None:
    action = fact("2026-12-01", "action.agreed", ref="a1", what="see the nurse", who="p-youth",
                  start_by="2026-12-09", due_on="2027-01-29")  # fmt: skip
    done = fact("2026-12-08", "action.completed", ref="a1", on="2026-12-08")
    assert told(run(START, FIRST, action, done, until="2026-12-18"), "action") == []

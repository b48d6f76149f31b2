"""Dudley's reviews and progress checks: the ceiling of the first, what is agreed after, and what is left open."""

from __future__ import annotations

import pytest

from tests.unit.domain.builders import at, cast, fact, meeting, plan_opened, run

START = [*cast(), *plan_opened("2026-10-05")]
INITIAL = meeting("2026-11-30", "initial")


def review_set(when: str, review_on: str) -> dict[str, object]:
    return fact(when, "review_date.set", review_on=review_on, on=when[:10])


@pytest.mark.parametrize(
    ("held", "due", "act_by"),
    [
        ("2026-11-30", "2027-02-28", "2027-02-26"),
        ("2026-11-12", "2027-02-12", "2027-02-12"),
        ("2026-12-26", "2027-03-26", "2027-03-25"),
        ("2027-11-30", "2028-02-29", "2028-02-29"),
    ],
)
def test_the_first_review_is_due_three_months_after_the_initial_meeting(held: str, due: str, act_by: str) -> None:
    (one,) = run(START, meeting(held, "initial"), until=held).owed("review")
    assert (one.due_on.isoformat(), one.act_by.isoformat(), one.basis) == (due, act_by, "guidance")


def test_an_earlier_date_agreed_at_the_initial_meeting_is_the_due_day() -> None:
    held = meeting("2026-11-30", "initial", next_review_on="2027-02-01")
    assert run(START, held, until="2026-12-01").dues("review") == [("2027-02-01", "open")]


def test_a_date_past_three_months_agreed_at_the_initial_meeting_is_not() -> None:
    held = meeting("2026-11-30", "initial", next_review_on="2027-03-20")
    assert run(START, held, until="2026-12-01").dues("review") == [("2027-02-28", "open")]


def test_an_earlier_date_set_afterwards_supersedes_and_opens_another() -> None:
    moved = review_set("2026-12-07", "2027-02-10")
    found = run(START, INITIAL, moved, until="2026-12-31")
    assert found.dues("review") == [("2027-02-10", "open"), ("2027-02-28", "superseded")]
    assert found.owed("review")[0].from_event == moved["id"]


def test_a_date_past_the_ceiling_leaves_the_due_day_and_is_told_to_the_team_manager() -> None:
    late = review_set("2026-12-09", "2027-03-20")
    found = run(START, INITIAL, late, until="2026-12-31")
    assert [due for due, status in found.dues("review") if status == "open"] == ["2027-02-28"]
    (notice,) = found.messages(purpose="notice")
    assert (notice.person, notice.at, notice.about) == ("w-tm", at("2026-12-10T08:30"), ({"event": late["id"]},))


def test_a_date_moved_later_past_the_ceiling_keeps_the_ceiling() -> None:
    dates = [review_set("2026-12-07", "2027-02-10"), review_set("2026-12-14", "2027-04-10")]
    found = run(START, INITIAL, dates, until="2026-12-31")
    assert max(due for due, status in found.dues("review")) <= "2027-02-28"
    assert [message.person for message in found.messages(purpose="notice")] == ["w-tm"]


def test_a_date_moved_earlier_is_told_to_nobody() -> None:
    dates = [review_set("2026-12-07", "2027-02-10"), review_set("2026-12-14", "2027-02-03")]
    assert run(START, INITIAL, dates, until="2026-12-31").messages(purpose="notice") == []


def test_a_move_on_friday_evening_is_told_on_monday() -> None:
    found = run(START, INITIAL, review_set("2026-12-11T19:00", "2027-03-20"), until="2026-12-31")
    assert found.moments(to="w-tm", purpose="notice") == ["2026-12-14 08:30 notice"]


@pytest.mark.parametrize(
    ("agreed", "due"),
    [
        ({"review_every": "6 weeks"}, "2027-03-17"),
        ({"review_every": "2 months"}, "2027-04-03"),
        ({"next_review_on": "2027-04-20"}, "2027-04-20"),
        ({"next_review_on": "2027-04-20", "review_every": "6 weeks"}, "2027-04-20"),
    ],
)
def test_later_reviews_are_due_as_the_review_agreed(agreed: dict[str, object], due: str) -> None:
    found = run(START, INITIAL, meeting("2027-02-03", "review", **agreed), until="2027-02-04")
    assert found.dues("review") == [("2027-02-28", "met"), (due, "open")]


def test_an_interval_holds_until_another_is_agreed() -> None:
    held = [
        meeting("2027-02-03", "review", review_every="6 weeks"),
        meeting("2027-03-10", "review"),
        meeting("2027-04-21", "review", review_every="4 weeks"),
        meeting("2027-05-19", "review"),
    ]
    assert run(START, INITIAL, held, until="2027-05-20").dues("review")[1:] == [
        ("2027-03-17", "met"),
        ("2027-04-21", "met"),
        ("2027-05-19", "met"),
        ("2027-06-16", "open"),
    ]


def test_after_an_agreed_date_the_interval_of_before_holds_again() -> None:
    held = [
        meeting("2027-02-03", "review", review_every="6 weeks"),
        meeting("2027-03-10", "review", next_review_on="2027-05-05"),
        meeting("2027-05-05", "review"),
    ]
    assert run(START, INITIAL, held, until="2027-05-06").dues("review")[2:] == [
        ("2027-05-05", "met"),
        ("2027-06-16", "open"),
    ]


def test_a_later_review_moved_later_moves_and_is_told() -> None:
    held = meeting("2027-02-03", "review", next_review_on="2027-04-20")
    moved = review_set("2027-03-01", "2027-05-04")
    found = run(START, INITIAL, held, moved, until="2027-03-10")
    assert found.dues("review")[1:] == [("2027-04-20", "superseded"), ("2027-05-04", "open")]
    assert found.owed("review")[-1].from_event == moved["id"]
    assert found.moments(to="w-tm", purpose="notice") == ["2027-03-02 08:30 notice"]


def test_a_late_review_is_met_late_and_starts_from_its_real_day() -> None:
    held = [meeting("2027-02-03", "review", review_every="6 weeks"), meeting("2027-03-24", "review")]
    assert run(START, INITIAL, held, until="2027-03-25").dues("review")[1:] == [
        ("2027-03-17", "met_late"),
        ("2027-05-05", "open"),
    ]


@pytest.mark.parametrize(("role", "chair"), [(None, "w-htm"), ("social_worker", "w-sw"), ("key_professional", "w-kp")])
def test_later_reviews_are_chaired_as_the_review_agreed(role: str | None, chair: str) -> None:
    agreed = {"review_chair": role} if role else {}
    held = meeting("2027-02-03", "review", review_every="6 weeks", **agreed)
    found = run(START, INITIAL, held, until="2027-03-17")
    told = {message.person for message in found.messages(kind="review") if message.at > at("2027-02-05")}
    assert told == {"w-sw", chair}


@pytest.mark.parametrize("service", ["youth_offending", "early_help"])
def test_where_a_service_lead_chairs_so_for_every_review(service: str) -> None:
    opened = plan_opened("2026-10-05", service=service)
    held = meeting("2027-02-03", "review", review_every="6 weeks")
    found = run(cast(), opened, INITIAL, held, until="2027-03-17")
    assert found.messages(to="w-sl", kind="review") != []
    assert found.messages(to="w-htm", kind="review") == []


def test_a_review_that_leaves_no_next_date_owes_one_that_day_and_is_a_problem() -> None:
    found = run(START, INITIAL, meeting("2027-02-03", "review"), until="2027-02-04")
    (one,) = found.owed("set_review_date")
    assert (one.due_on.isoformat(), one.basis, one.responsible) == ("2027-02-03", "local_default", "w-sw")
    assert [problem.plan for problem in found.problems("no_review_date")] == ["P-1"]


@pytest.mark.parametrize(("day", "status"), [("2027-02-03T17:00", "met"), ("2027-02-05T10:00", "met_late")])
def test_a_date_meets_it(day: str, status: str) -> None:
    found = run(START, INITIAL, meeting("2027-02-03", "review"), review_set(day, "2027-04-01"), until="2027-02-06")
    assert found.dues("set_review_date") == [("2027-02-03", status)]
    assert found.dues("review")[-1] == ("2027-04-01", "open")


@pytest.mark.parametrize("agreed", [{"review_every": "6 weeks"}, {"next_review_on": "2027-04-01"}])
def test_a_review_that_agrees_the_next_owes_no_date(agreed: dict[str, object]) -> None:
    found = run(START, INITIAL, meeting("2027-02-03", "review", **agreed), until="2027-02-10")
    assert (found.owed("set_review_date"), found.problems("no_review_date")) == ([], [])


def test_an_interval_that_still_holds_is_a_next_date() -> None:
    held = [meeting("2027-02-03", "review", review_every="6 weeks"), meeting("2027-03-17", "review")]
    found = run(START, INITIAL, held, until="2027-03-20")
    assert (found.owed("set_review_date"), found.problems("no_review_date")) == ([], [])


def test_progress_checks_are_owed_on_the_date_agreed() -> None:
    held = meeting("2026-11-30", "initial", progress_check_on="2027-01-11")
    found = run(START, held, until="2026-12-01")
    assert found.dues("progress_check") == [("2027-01-11", "open")]
    assert found.owed("progress_check")[0].basis == "guidance"


def test_progress_checks_are_owed_at_the_interval_agreed_from_its_own_day() -> None:
    held = [
        meeting("2026-11-30", "initial", progress_check_every="2 weeks"),
        meeting("2026-12-10", "progress_check"),
        meeting("2026-12-31", "progress_check", progress_check_every="10 working days"),
    ]
    assert run(START, held, until="2027-01-01").dues("progress_check") == [
        ("2026-12-14", "met"),
        ("2026-12-24", "met_late"),
        ("2027-01-15", "open"),
    ]


def test_a_date_agreed_beats_the_interval_which_opens_nothing_then() -> None:
    held = [
        meeting("2026-11-30", "initial", progress_check_every="2 weeks"),
        meeting("2026-12-10", "progress_check", progress_check_on="2027-01-20"),
    ]
    assert run(START, held, until="2026-12-11").dues("progress_check") == [
        ("2026-12-14", "met"),
        ("2027-01-20", "open"),
    ]


def test_without_an_agreement_no_progress_check_is_owed() -> None:
    assert run(START, INITIAL, until="2027-02-01").owed("progress_check") == []


def test_a_review_meeting_that_reviewed_nothing_meets_no_review_and_sets_none() -> None:
    held = meeting("2027-02-22", "review", plan_reviewed=False, next_review_on="2027-05-03", review_every="6 weeks")
    found = run(START, INITIAL, held, until="2027-03-01")
    assert found.dues("review") == [("2027-02-28", "overdue")]
    assert found.owed("set_review_date") == []


def test_nor_does_it_move_a_later_review() -> None:
    first = meeting("2027-02-22", "review", next_review_on="2027-05-03")
    held = meeting("2027-04-01", "review", plan_reviewed=False, next_review_on="2027-07-01")
    assert run(START, INITIAL, first, held, until="2027-04-05").dues("review") == [
        ("2027-02-28", "met"), ("2027-05-03", "open"),
    ]  # fmt: skip

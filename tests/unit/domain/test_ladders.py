"""Who is told when: the exact moments of each ladder, what is left out, and what is caught up."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.unit.domain.builders import at, cast, fact, meeting, plan_opened, run, visit

START = [*cast(), *plan_opened("2026-11-02")]
VISIT = "visit_social_worker"


def assessed(when: str, on: str | None = None) -> dict[str, object]:
    return fact(when, "assessment.completed", on=on or when[:10])


def uploadable(when: str) -> dict[str, object]:
    return meeting(when, "progress_check", ref="m1")


def test_short_ladder() -> None:
    found = run(START, uploadable("2026-12-07"), until="2027-01-06")
    assert found.moments(to="w-sw", kind="upload_meeting") == [
        "2026-12-08 08:30 digest", "2026-12-09 08:30 reminder", "2026-12-09 15:00 reminder", "2026-12-10 09:00 overdue",
        "2026-12-14 09:00 list", "2026-12-21 09:00 list", "2026-12-29 09:00 list", "2027-01-04 09:00 list",
    ]  # fmt: skip
    assert found.moments(to="w-tm", kind="upload_meeting") == [
        "2026-12-10 09:00 overdue", "2026-12-14 09:00 list", "2026-12-21 09:00 list", "2026-12-29 09:00 list",
        "2027-01-04 09:00 list",
    ]  # fmt: skip
    assert found.moments(to="w-sm", kind="upload_meeting") == ["2026-12-14 09:00 escalation"]


def test_short_ladder_over_christmas() -> None:
    found = run(START, uploadable("2026-12-23"), until="2027-01-05")
    assert found.moments(to="w-sw", kind="upload_meeting") == [
        "2026-12-24 08:30 digest", "2026-12-29 08:30 reminder", "2026-12-29 15:00 reminder", "2026-12-30 09:00 overdue",
        "2027-01-04 09:00 list",
    ]  # fmt: skip
    assert found.moments(to="w-sm", kind="upload_meeting") == ["2027-01-04 09:00 escalation"]


def test_short_ladder_of_one_working_day_has_one_first_morning() -> None:
    found = run(START, fact("2026-11-13", "screening.completed", on="2026-11-13"), until="2026-11-17")
    assert found.moments(to="w-sw", kind="consult_hub") == [
        "2026-11-16 08:30 reminder", "2026-11-16 15:00 reminder", "2026-11-17 09:00 overdue",
    ]  # fmt: skip


def test_standard_ladder_over_christmas() -> None:
    found = run(START, visit("2026-11-27"), until="2027-01-13")
    assert found.moments(to="w-sw", kind=VISIT)[-6:] == [
        "2026-12-17 08:30 digest", "2026-12-22 08:30 digest", "2026-12-24 08:30 reminder", "2026-12-29 09:00 overdue",
        "2027-01-04 09:00 list", "2027-01-11 09:00 list",
    ]  # fmt: skip
    assert found.moments(to="w-tm", kind=VISIT) == [
        "2026-12-29 09:00 overdue", "2027-01-04 09:00 list", "2027-01-11 09:00 list",
    ]  # fmt: skip
    assert found.moments(to="w-sm", kind=VISIT) == ["2026-12-31 09:00 escalation"]


def test_long_ladder_over_easter() -> None:
    found = run(START, meeting("2026-12-29", "initial"), until="2027-04-06")
    assert found.owed("review")[0].due_on.isoformat() == "2027-03-29"
    assert found.moments(to="w-htm", kind="review") == [
        "2027-02-25 08:30 digest", "2027-03-11 08:30 digest", "2027-03-22 08:30 digest", "2027-03-25 08:30 reminder",
    ]  # fmt: skip
    assert found.moments(to="w-tm", kind="review") == ["2027-03-30 09:00 overdue", "2027-04-05 09:00 list"]
    assert found.moments(to="w-sm", kind="review") == ["2027-04-01 09:00 escalation"]


def test_reminders_go_by_the_clock_on_the_wall_across_the_change_in_march() -> None:
    found = run(START, meeting("2026-12-31", "initial"), until="2027-03-31")
    assert found.messages(kind="review", to="w-htm")[-1].at == datetime(2027, 3, 31, 7, 30, tzinfo=UTC)


def test_rungs_before_the_opening_are_left_out() -> None:
    held = meeting("2026-12-21", "progress_check", progress_check_on="2026-12-24")
    found = run(START, held, until="2026-12-24")
    assert found.moments(to="w-sw", kind="progress_check") == ["2026-12-22 08:30 digest", "2026-12-24 08:30 reminder"]


def test_what_is_due_the_day_it_opens_is_reminded_of_that_afternoon_only() -> None:
    review = [meeting("2026-12-01", "initial"), meeting("2027-02-03T11:00", "review")]
    found = run(START, review, until="2027-02-04")
    assert found.moments(to="w-sw", kind="set_review_date") == ["2027-02-03 15:00 reminder", "2027-02-04 09:00 overdue"]


def test_a_reminder_whose_moment_had_passed_is_not_caught_up() -> None:
    found = run(START, assessed("2026-11-17T11:00", on="2026-11-09"), until="2026-11-20")
    assert found.moments(to="w-sw", kind="initial_meeting") == ["2026-11-19 08:30 digest"]


@pytest.mark.parametrize(
    ("known", "told"),
    [
        ("2026-12-02T12:00", "2026-12-03 09:00"),
        ("2026-12-02T07:00", "2026-12-02 09:00"),
        ("2026-12-02T09:00", "2026-12-02 09:00"),
        ("2026-12-04T18:00", "2026-12-07 09:00"),
        ("2026-12-05T03:00", "2026-12-07 09:00"),
        ("2026-12-24T10:00", "2026-12-29 09:00"),
    ],
)
def test_lateness_learnt_late_is_told_at_the_next_nine_on_a_working_day(known: str, told: str) -> None:
    found = run(START, visit("2026-11-02"), assessed(known, on="2026-11-09"), until="2027-01-31")
    assert found.moments(to="w-sw", kind="initial_meeting")[0] == f"{told} overdue"
    assert found.moments(to="w-tm", kind="initial_meeting")[0] == f"{told} overdue"


def test_two_roles_of_one_person_make_one_message() -> None:
    same = fact("2026-11-02T13:00", "role.assigned", role="team_manager", person="w-sw")
    found = run(START, same, until="2026-12-01")
    assert [one.person for one in found.messages(kind=VISIT, purpose="overdue")] == ["w-sw"]


def test_a_chair_who_is_the_social_worker_is_reminded_once() -> None:
    held = meeting("2026-12-01", "review", review_every="6 weeks", review_chair="social_worker")
    found = run(START, held, until="2027-01-12")
    times = [message.at for message in found.messages(to="w-sw", kind="review")]
    assert len(times) == len(set(times)) > 0


def test_a_mornings_rungs_of_several_plans_make_one_digest() -> None:
    plans = [plan_opened("2026-11-02", plan=name) for name in ("P-1", "P-2", "P-3")]
    found = run(cast(), plans, until="2026-11-27")
    digests = found.messages(to="w-sw", purpose="digest")
    assert [(one.at, one.plan, len(one.about)) for one in digests] == [
        (at("2026-11-23T08:30"), None, 3), (at("2026-11-26T08:30"), None, 3),
    ]  # fmt: skip


def test_what_must_be_done_today_is_an_email_of_its_own_for_each_plan() -> None:
    plans = [plan_opened("2026-11-02", plan=name) for name in ("P-1", "P-2")]
    found = run(cast(), plans, until="2026-12-01")
    assert [(one.plan, one.at) for one in found.messages(to="w-sw", purpose="reminder")] == [
        ("P-1", at("2026-11-30T08:30")), ("P-2", at("2026-11-30T08:30")),
    ]  # fmt: skip
    assert sorted(str(one.plan) for one in found.messages(to="w-tm", purpose="overdue")) == ["P-1", "P-2"]


def test_rungs_of_one_morning_and_plan_share_a_message() -> None:
    both = [fact("2026-11-02", "action.agreed", ref=ref, what="x y", who="w-sw", due_on="2026-11-30") for ref in "ab"]
    found = run(START, both, until="2026-12-01")
    (reminder,) = found.messages(to="w-sw", purpose="reminder")
    assert [item["kind"] for item in reminder.about] == ["action", "action", VISIT]
    assert len(found.messages(to="w-tm", purpose="overdue")) == 1


def test_met_in_the_night_before_says_nothing_in_the_morning() -> None:
    found = run(START, visit("2026-11-29T23:50"), until="2026-12-02")
    assert found.moments(kind=VISIT) == ["2026-11-23 08:30 digest", "2026-11-26 08:30 digest"]


def test_superseded_says_nothing_more() -> None:
    moved = fact("2026-12-14", "review_date.set", review_on="2027-02-24", on="2026-12-14")
    held = meeting("2026-12-01", "initial", next_review_on="2027-02-03")
    found = run(START, held, moved, until="2027-02-23")
    assert {
        item["due_on"] for one in found.messages(kind="review") for item in one.about if item["kind"] == "review"
    } == {"2027-02-24"}


def test_a_digest_says_what_it_is_about() -> None:
    (digest, *_) = run(START, until="2026-11-23").messages(purpose="digest")
    assert digest.about == ({"kind": VISIT, "plan": "P-1", "due_on": "2026-11-30", "about": None},)
    assert (digest.channel, digest.urgent, digest.role) == ("email", False, "social_worker")

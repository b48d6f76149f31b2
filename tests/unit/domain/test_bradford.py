"""Bradford: reviews at every visit, meeting and change, the day team's review, copies, and the case summary."""

from __future__ import annotations

import pytest

from tests.unit.domain.builders import Raw, at, fact, run, visit
from tests.unit.domain.elsewhere import agreed, opened, told, workers

START = [*workers("bradford"), *opened("bradford")]
FIRST = agreed("2026-12-01", version=1)
DAY_TEAM, SUMMARY, CHANGE = "review_out_of_hours", "record_case_summary", "review_after_change"
AT_VISIT, AT_MEETING = "review_at_visit", "review_at_meeting"


def made(moment: str, **data: object) -> Raw:
    """A plan agreed at a moment."""
    return agreed(moment, at=at(moment).isoformat(), **data)


def reviewed(when: str, by: str = "w-sw", **data: object) -> Raw:
    return fact(when, "plan.reviewed", by=by, **{"on": when[:10], **data})


# ------------------------------------------------------------------------------------------------------ out of hours


@pytest.mark.parametrize(
    ("plan", "review", "summary"),
    [
        (made("2026-12-04T18:00"), "2026-12-07", "2026-12-04"),  # a Friday evening
        (made("2026-12-08T02:15"), "2026-12-08", "2026-12-08"),  # the small hours of a Tuesday
        (made("2026-12-08T08:59"), "2026-12-08", "2026-12-08"),
        (made("2026-12-08T17:01"), "2026-12-09", "2026-12-08"),
        (agreed("2026-12-05"), "2026-12-07", "2026-12-05"),  # a Saturday, without an hour
        (made("2026-12-06T11:00"), "2026-12-07", "2026-12-06"),
        (made("2026-12-24T17:30"), "2026-12-29", "2026-12-24"),  # Christmas Eve: the 28th is a bank holiday, too
        (agreed("2026-12-25"), "2026-12-29", "2026-12-25"),
        (made("2027-07-02T17:30"), "2027-07-05", "2027-07-02"),  # summer time
    ],
)
def test_a_plan_made_out_of_hours_is_reviewed_by_the_day_team(plan: Raw, review: str, summary: str) -> None:
    found = run(START, plan, until=str(plan["time"])[:10])
    (one,) = found.owed(DAY_TEAM)
    assert (one.due_on.isoformat(), one.responsible_role, one.responsible) == (review, "day_team", "w-day")
    assert (one.basis, one.from_event) == ("guidance", plan["id"])
    assert [one.due_on.isoformat() for one in found.owed(SUMMARY)] == [summary]


@pytest.mark.parametrize(
    ("plan", "summary"),
    [
        (made("2026-12-08T09:00"), "2026-12-09"),
        (made("2026-12-04T16:59"), "2026-12-07"),
        (agreed("2026-12-04"), "2026-12-07"),
        (agreed("2026-12-24"), "2026-12-29"),
    ],
)
def test_in_hours_nothing_is_owed_by_the_day_team_and_the_summary_has_a_working_day(plan: Raw, summary: str) -> None:
    found = run(START, plan, until="2026-12-24")
    assert found.owed(DAY_TEAM) == []
    (one,) = found.owed(SUMMARY)
    assert (one.due_on.isoformat(), one.responsible, one.basis) == (summary, "w-sw", "local_default")


@pytest.mark.parametrize(("by", "status"), [("w-edt", "open"), ("w-day", "met"), ("w-sw", "met"), ("w-tm", "met")])
def test_the_duty_teams_own_review_is_not_the_day_teams(by: str, status: str) -> None:
    found = run(START, made("2026-12-04T18:00"), reviewed("2026-12-07", by), until="2026-12-07")
    assert found.dues(DAY_TEAM) == [("2026-12-07", status)]


@pytest.mark.parametrize(("by", "status"), [("w-edt", "open"), ("w-day", "met")])
def test_a_visit_with_a_review_counts_by_whoever_visited(by: str, status: str) -> None:
    found = run(START, made("2026-12-04T18:00"), visit("2026-12-07", by, plan_reviewed=True), until="2026-12-07")
    assert found.dues(DAY_TEAM) == [("2026-12-07", status)]


def test_a_review_before_the_plan_was_made_does_not_count() -> None:
    early = reviewed("2026-12-04T11:00", "w-day", on=None, at=at("2026-12-04T11:00").isoformat())
    early["data"] = {"by": "w-day", "at": at("2026-12-04T11:00").isoformat()}
    assert run(START, early, made("2026-12-04T18:00"), until="2026-12-04").dues(DAY_TEAM) == [("2026-12-07", "open")]


def test_a_short_clock_reminds_the_day_team_that_morning_and_afternoon() -> None:
    found = run(START, made("2026-12-04T18:00"), until="2026-12-08")
    assert told(found, DAY_TEAM) == [
        "2026-12-07 08:30 reminder w-day",
        "2026-12-07 15:00 reminder w-day",
        "2026-12-08 09:00 overdue w-day",
        "2026-12-08 09:00 overdue w-tm",
    ]


# ------------------------------------------------------------------------------------------------ copies and records


def copies(*events: Raw, until: str = "2026-12-10") -> list[tuple[str | None, str]]:
    found = run(START, agreed("2026-12-01", version=1, parties=["f-mum", "f-dad"], agencies=["p-youth"]), events,
                until=until)  # fmt: skip
    return sorted((one.about, one.status.value) for one in found.owed("share_plan"))


def shared(when: str, who: str, **data: object) -> Raw:
    return fact(when, "plan.shared", with_=who, how="by hand", on=when[:10], **data)


def test_everybody_who_is_named_gets_a_copy_within_two_working_days() -> None:
    found = run(START, agreed("2026-12-04", parties=["f-mum", "f-mum"], agencies=["p-youth"]), until="2026-12-04")
    assert [(one.about, one.due_on.isoformat(), one.basis) for one in found.owed("share_plan")] == [
        ("f-mum", "2026-12-08", "local_default"),
        ("p-youth", "2026-12-08", "local_default"),
    ]


def test_each_copy_meets_its_own() -> None:
    assert copies(shared("2026-12-02", "f-mum"), shared("2026-12-09", "p-youth")) == [
        ("f-dad", "overdue"), ("f-mum", "met"), ("p-youth", "met_late"),
    ]  # fmt: skip


def test_withholding_cancels_what_is_open_and_leaves_what_was_done() -> None:
    withheld = [fact("2026-12-02T15:00", "plan.withheld", from_=who, reason="safety", on="2026-12-02") for who in
                ("f-dad", "f-mum")]  # fmt: skip
    assert copies(shared("2026-12-02T10:00", "f-mum"), *withheld) == [
        ("f-dad", "cancelled"), ("f-mum", "met"), ("p-youth", "overdue"),
    ]  # fmt: skip


def test_a_newer_version_supersedes_copies_and_summary_and_asks_anew() -> None:
    second = agreed("2026-12-03", version=2, parties=["f-mum"])
    old = shared("2026-12-04", "f-mum", version=1)
    found = run(START, agreed("2026-12-01", version=1, parties=["f-mum"]), second, old, until="2026-12-04")
    assert found.dues("share_plan") == [("2026-12-03", "superseded"), ("2026-12-07", "open")]
    assert found.dues(SUMMARY) == [("2026-12-02", "superseded"), ("2026-12-04", "open")]


def test_a_copy_without_a_version_is_of_the_newest_by_its_day() -> None:
    plans = [agreed("2026-12-01", version=1, parties=["f-mum"]), agreed("2026-12-03", version=2, parties=["f-mum"])]
    late = shared("2026-12-04T12:30", "f-mum")
    late["data"] = {"with": "f-mum", "how": "by hand", "on": "2026-12-02"}
    assert run(START, plans, late, until="2026-12-04").dues("share_plan") == [
        ("2026-12-03", "met"), ("2026-12-07", "open"),
    ]  # fmt: skip


@pytest.mark.parametrize(("version", "status"), [(None, "met"), (1, "met"), (2, "overdue")])
def test_the_summary_is_met_by_its_own_version(version: int | None, status: str) -> None:
    data = {} if version is None else {"version": version}
    done = fact("2026-12-02", "plan.summarised", on="2026-12-02", **data)
    assert run(START, FIRST, done, until="2026-12-03").dues(SUMMARY) == [("2026-12-02", status)]


def test_nobody_is_asked_to_sign() -> None:
    mother = fact("2026-11-30", "role.assigned", role="parent", person="f-mum", parental_responsibility=True)
    found = run(START, mother, agreed("2026-12-01", parties=["f-mum"]), until="2026-12-10")
    assert [one for kind in ("sign_plan", "copy_to_iro", "approve_withholding") for one in found.owed(kind)] == []


# ---------------------------------------------------------------------------------------------- at visits and meetings


def test_a_visit_without_a_review_is_asked_about_once_the_next_working_morning() -> None:
    friday = visit("2026-12-04T15:00")
    found = run(START, FIRST, friday, until="2027-01-20")
    assert told(found, AT_VISIT) == ["2026-12-07 08:30 digest w-sw"]
    (one,) = found.owed(AT_VISIT)
    assert (one.due_on.isoformat(), one.about, one.basis, one.status.value) == (
        "2026-12-04", friday["id"], "guidance", "overdue",
    )  # fmt: skip


def test_two_running_are_told_to_the_team_manager_too() -> None:
    found = run(START, FIRST, visit("2026-12-02T15:00"), visit("2026-12-09T15:00"), until="2026-12-11")
    assert told(found, AT_VISIT) == [
        "2026-12-03 08:30 digest w-sw", "2026-12-10 08:30 digest w-sw", "2026-12-10 08:30 digest w-tm",
    ]  # fmt: skip


def test_a_review_between_begins_the_row_again() -> None:
    between = visit("2026-12-09T15:00", plan_reviewed=True)
    found = run(START, FIRST, visit("2026-12-02T15:00"), between, visit("2026-12-16T15:00"), until="2026-12-18")
    assert [line for line in told(found, AT_VISIT) if line.endswith("w-tm")] == []
    assert [status for _, status in found.dues(AT_VISIT)] == ["overdue", "met", "overdue"]


@pytest.mark.parametrize(
    ("when", "after", "status"),
    [("2026-12-02", "v1", "met"), ("2026-12-04", "v1", "met_late"), ("2026-12-04", "v2", "overdue")],
)
def test_a_later_review_that_names_the_visit_meets_it(when: str, after: str, status: str) -> None:
    seen = visit("2026-12-02T15:00", eid="v1")
    found = run(START, FIRST, seen, reviewed(f"{when}T16:00", after=after), until="2026-12-05")
    assert found.dues(AT_VISIT) == [("2026-12-02", status)]


@pytest.mark.parametrize(
    "kind", ["child_in_need_review", "core_group", "child_protection_conference", "child_in_care_review"]
)
def test_meetings_that_must_review_the_plan(kind: str) -> None:
    held = fact("2026-12-02T15:00", "meeting.held", meeting=kind, on="2026-12-02", plan_reviewed=False)
    found = run(START, FIRST, held, until="2026-12-04")
    assert told(found, AT_MEETING) == ["2026-12-03 08:30 digest w-sw"]
    again = fact("2026-12-08T15:00", "meeting.held", meeting=kind, on="2026-12-08")
    assert run(START, FIRST, held, again, until="2026-12-08").dues(AT_MEETING)[-1] == ("2026-12-08", "met")


def test_two_meetings_running_are_told_to_the_team_manager_too() -> None:
    held = [fact(f"2026-12-{day}T15:00", "meeting.held", meeting="core_group", on=f"2026-12-{day}",
                 plan_reviewed=False) for day in ("02", "09")]  # fmt: skip
    found = run(START, FIRST, held, until="2027-01-15")
    assert told(found, AT_MEETING) == [
        "2026-12-03 08:30 digest w-sw", "2026-12-10 08:30 digest w-sw", "2026-12-10 08:30 digest w-tm",
    ]  # fmt: skip


@pytest.mark.parametrize("kind", ["review", "strategy", "family_group_conference", "network", "initial"])
def test_other_meetings_ask_for_no_review(kind: str) -> None:
    held = fact("2026-12-02", "meeting.held", meeting=kind, on="2026-12-02", plan_reviewed=False)
    assert run(START, FIRST, held, until="2026-12-03").owed(AT_MEETING) == []


# -------------------------------------------------------------------------------------- after a change; every 28 days


@pytest.mark.parametrize(
    ("change", "due"),
    [
        (fact("2026-12-04T16:00", "risk.changed", direction="up", on="2026-12-04"), "2026-12-07"),
        (fact("2026-12-04T16:00", "risk.changed", direction="up", at=at("2026-12-08T02:00").isoformat()), "2026-12-08"),
        (fact("2026-12-04T16:00", "risk.changed", direction="down", on="2026-12-04"), "2026-12-11"),
        (fact("2026-12-21T16:00", "risk.changed", direction="down", on="2026-12-21"), "2026-12-30"),
        (fact("2026-12-04T23:00", "incident.recorded", kind="missing", at=at("2026-12-04T23:00").isoformat()),
         "2026-12-07"),
        (fact("2026-12-08T03:00", "incident.recorded", kind="other", at=at("2026-12-08T03:00").isoformat()),
         "2026-12-08"),
    ],
)  # fmt: skip
def test_a_change_calls_for_one_review_about_it(change: Raw, due: str) -> None:
    (one,) = run(START, FIRST, change, until="2026-12-21").owed(CHANGE)
    assert (one.due_on.isoformat(), one.about, one.basis) == (due, change["id"], "local_default")


@pytest.mark.parametrize(
    ("review", "status"),
    [
        (reviewed("2026-12-03"), "overdue"),
        (reviewed("2026-12-04"), "met"),
        (reviewed("2026-12-07"), "met"),
        (reviewed("2026-12-08"), "met_late"),
        (reviewed("2026-12-07", after="r1"), "met"),
        (reviewed("2026-12-07", after="r2"), "overdue"),
    ],
)
def test_a_review_since_meets_it(review: Raw, status: str) -> None:
    rose = fact("2026-12-04", "risk.changed", direction="up", on="2026-12-04", eid="r1")
    assert run(START, FIRST, rose, review, until="2026-12-09").dues(CHANGE) == [("2026-12-07", status)]


def test_the_plan_is_reviewed_every_28_days_since_it_last_was() -> None:
    found = run(START, FIRST, reviewed("2026-12-15"), visit("2027-01-18", plan_reviewed=True), until="2027-01-19")
    assert found.dues("review") == [("2026-12-29", "met"), ("2027-01-12", "met_late"), ("2027-02-15", "open")]
    assert {one.basis for one in found.owed("review")} == {"local_default"}


def test_a_long_clock_reminds_twenty_ten_and_three_working_days_before() -> None:
    found = run(START, FIRST, until="2027-01-04")
    assert told(found, "review") == [
        "2026-12-11 08:30 digest w-sw",
        "2026-12-22 08:30 digest w-sw",
        "2026-12-29 08:30 reminder w-sw",
        "2026-12-30 09:00 overdue w-sw",
        "2026-12-30 09:00 overdue w-tm",
        "2027-01-04 09:00 escalation w-sm",
        "2027-01-04 09:00 list w-sw",
        "2027-01-04 09:00 list w-tm",
    ]

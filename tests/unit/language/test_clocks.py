"""Clocks that guidance uses: before a day in the diary, each month, the nth, so many times, the day itself."""

from pathlib import Path
from typing import Any

import pytest

from service.domain.policy import Policy
from service.files.policy_files import PolicyFileError
from service.policy_tools.policy_page import as_text, policy_page
from service.policy_tools.warnings import warnings
from tests import sixth
from tests.unit.domain.builders import Raw, at, fact, visit

MILESTONES = {
    "conference": {"label": "conference", "scheduled": True},
    "report_sent": {"label": "report for the conference"},
    "longer_interval": {"label": "agreement to a longer interval"},
}
CONFERENCE = {"when": "milestone.scheduled", "where": {"milestone": "conference"}}
BEFORE: dict[str, Any] = {
    "opens": {**CONFERENCE, "about": "ref"},
    "due": {"on": "at", "before": "2 working days"},
    "met": {"when": "milestone.reached", "where": {"milestone": "report_sent"}},
    "superseded_by": {**CONFERENCE, "same": {"ref": "about"}},
    "ladder": "standard",
}
VISITED = {"when": "visit.recorded", "where": {"child_seen": True}}


def policy(folder: Path, **words: Any) -> Policy:
    """A policy of one duty."""
    return sixth.policy(folder, sixth.rule(**words), milestones=MILESTONES)


def dues(folder: Path, words: dict[str, Any], *history: Any, until: str) -> list[tuple[str, str]]:
    return sixth.run(policy(folder, **words), *history, until=until).dues


def held(when: str, meeting: str = "core_group") -> Raw:
    return fact(f"{when}T12:00", "meeting.held", "P-1", meeting=meeting, on=when, ref=f"m-{when}")


# ------------------------------------------------------------------------------------ before a day in the diary


def conference(when: str, day: str) -> Raw:
    return sixth.scheduled(when, "conference", ref="c1", at=f"{day}T10:00:00+00:00")


def test_a_report_is_due_so_many_days_before_the_conference(tmp_path: Path) -> None:
    history = sixth.opened(), conference("2026-11-04T10:00", "2026-11-30")
    ran = sixth.run(policy(tmp_path, **BEFORE), *history, until="2026-11-27")
    (duty,) = ran.obligations
    assert (duty.opened_on.isoformat(), duty.due_on.isoformat(), duty.about) == ("2026-11-04", "2026-11-26", "c1")
    assert ran.moments("w-lead") == [
        "2026-11-19 08:30 email digest", "2026-11-24 08:30 email digest", "2026-11-26 08:30 email reminder",
        "2026-11-27 09:00 email overdue",
    ]  # fmt: skip


@pytest.mark.parametrize(("moved_to", "due"), [("2026-12-14", "2026-12-10"), ("2026-11-23", "2026-11-19")])
def test_a_conference_that_is_moved_moves_what_counts_back_from_it(tmp_path: Path, moved_to: str, due: str) -> None:
    history = sixth.opened(), conference("2026-11-04T10:00", "2026-11-30"), conference("2026-11-09T10:00", moved_to)
    found = dues(tmp_path, BEFORE, *history, until="2026-11-10")
    assert sorted(found) == sorted([("2026-11-26", "superseded"), (due, "open")])


@pytest.mark.parametrize("day", [{"on": "2026-12-15"}, {"at": "2026-12-15T10:00:00+00:00"}])
@pytest.mark.parametrize("takes", ["on", "at"])
def test_a_day_in_the_diary_is_agreed_from_when_it_is_put_there(
    tmp_path: Path, day: dict[str, str], takes: str
) -> None:
    due = {"every": "4 weeks", "as_agreed": {"on": {**CONFERENCE, "takes": takes}}}
    words = {"opens": {"when": "plan.opened"}, "due": due, "met": {"when": "plan.reviewed"}, "ladder": "standard"}
    put = sixth.scheduled("2026-11-04T10:00", "conference", ref="c1", **day)
    found = dues(tmp_path, words, sixth.opened(), put, until="2026-11-05")
    assert sorted(found) == [("2026-11-30", "superseded"), ("2026-12-15", "open")]


def test_a_moment_is_agreed_as_its_local_day(tmp_path: Path) -> None:
    agreed = {"when": "milestone.reached", "where": {"milestone": "report_sent"}}
    due = {"every": "4 weeks", "as_agreed": {"on": {**agreed, "takes": "at"}}}
    words = {"opens": {"when": "plan.opened"}, "due": due, "met": agreed, "ladder": "standard"}
    sent = sixth.reached("2026-11-05T10:00", "report_sent", at="2026-11-05T09:00:00+00:00")
    found = dues(tmp_path, words, sixth.opened(), sent, until="2026-11-05")
    assert sorted(found) == [("2026-11-05", "open"), ("2026-11-30", "met")]
    remarks = warnings(policy(tmp_path, **words), at("2026-11-22").date())
    assert [remark.detail for remark in remarks] == ["agrees nothing: 'at' holds no date"]


# -------------------------------------------------------------------------------------------- calendar months

MONTHLY: dict[str, Any] = {
    "opens": {"when": "plan.opened"},
    "due": {"each": "calendar month"},
    "met": {"when": "meeting.held", "where": {"meeting": "core_group"}},
    "ladder": "standard",
}


@pytest.mark.parametrize(
    ("opened", "due"),
    [
        ("2026-11-02", "2026-11-30"),
        ("2026-11-16", "2026-11-30"),
        ("2026-11-17", "2026-12-31"),
        ("2028-02-15", "2028-02-29"),
    ],
)
def test_the_month_of_the_opening_counts_where_half_of_it_is_left(tmp_path: Path, opened: str, due: str) -> None:
    assert dues(tmp_path, MONTHLY, sixth.opened(f"{opened}T09:00", on=opened), until=opened) == [(due, "open")]


def test_each_calendar_month_has_its_own(tmp_path: Path) -> None:
    history = sixth.opened(), held("2026-11-09"), held("2026-11-23"), held("2026-12-30"), held("2027-01-04")
    assert dues(tmp_path, MONTHLY, *history, until="2027-01-05") == [
        ("2026-11-30", "met"), ("2026-12-31", "met"), ("2027-01-31", "met"), ("2027-02-28", "open"),
    ]  # fmt: skip


def test_a_month_that_was_missed_stays_on_record_and_the_late_one_counts_for_its_own(tmp_path: Path) -> None:
    history = sixth.opened(), held("2026-12-09")
    assert dues(tmp_path, MONTHLY, *history, until="2026-12-31") == [("2026-11-30", "met_late"), ("2027-01-31", "open")]


def test_by_the_tenth_of_each_month_a_late_one_counts_for_the_day_that_had_passed(tmp_path: Path) -> None:
    words = {**MONTHLY, "due": {"each": "calendar month", "by_day": 10}}
    history = sixth.opened(), held("2026-11-09"), held("2026-11-10"), held("2026-12-14")
    assert dues(tmp_path, words, *history, until="2026-12-20") == [
        ("2026-11-10", "met"), ("2026-12-10", "met_late"), ("2027-01-10", "open"),
    ]  # fmt: skip


# ------------------------------------------------------------------------------------------- how days are counted


@pytest.mark.parametrize(
    ("length", "due"),
    [("5 working days", "2026-11-06"), ("1 week", "2026-11-08"), ("1 month", "2026-12-01")],
)
def test_the_day_itself_counts_as_the_first_where_the_rule_says_so(tmp_path: Path, length: str, due: str) -> None:
    words = {"opens": {"when": "plan.opened"}, "due": {"within": length, "the_day_counts": True}, "met": VISITED}
    assert dues(tmp_path, words, sixth.opened(), until="2026-11-02") == [(due, "open")]


def test_the_first_time_may_have_a_length_of_its_own(tmp_path: Path) -> None:
    due = {"every": "6 weeks", "first_within": "1 week"}
    words = {"opens": {"when": "plan.opened"}, "due": due, "met": VISITED, "ladder": "standard"}
    found = dues(tmp_path, words, sixth.opened(), visit("2026-11-06", by="w-lead"), until="2026-11-10")
    assert found == [("2026-11-09", "met"), ("2026-12-18", "open")]


@pytest.mark.parametrize(("by", "due"), [("w-head", "2027-02-01"), ("w-lead", "2026-12-18")])
def test_an_interval_is_longer_with_the_agreement_of_whom_the_policy_names(tmp_path: Path, by: str, due: str) -> None:
    agreement = {"when": "milestone.reached", "where": {"milestone": "longer_interval"}, "sets": "12 weeks"}
    longer = {**agreement, "role_of": {"by": "head_of_service"}}
    clock = {"every": "6 weeks", "as_agreed": {"every": longer}}
    words = {"opens": {"when": "plan.opened"}, "due": clock, "met": VISITED, "ladder": "standard"}
    agreed = sixth.reached("2026-11-09T10:00", "longer_interval", by=by, on="2026-11-09")
    found = dues(tmp_path, words, sixth.opened(), visit("2026-11-06", by="w-lead"), agreed, until="2026-11-10")
    assert [day for day, status in found if status == "open"] == [due]


def test_a_longer_interval_does_not_excuse_the_first_time(tmp_path: Path) -> None:
    longer = {"when": "milestone.reached", "where": {"milestone": "longer_interval"}, "sets": "12 weeks"}
    clock = {"every": "6 weeks", "first_within": "1 week", "as_agreed": {"every": longer}}
    words = {"opens": {"when": "plan.opened"}, "due": clock, "met": VISITED, "ladder": "standard"}
    agreed = [sixth.opened(), sixth.reached("2026-11-03T10:00", "longer_interval")]
    assert dues(tmp_path, words, agreed, until="2026-11-04") == [("2026-11-09", "open")]
    found = dues(tmp_path, words, agreed, visit("2026-11-06", by="w-lead"), until="2026-11-10")
    assert found == [("2026-11-09", "met"), ("2027-01-29", "open")]


# ------------------------------------------------------------------------------------------- the nth, so many times


def test_the_third_visit_calls_for_something_once(tmp_path: Path) -> None:
    opens = {**VISITED, "when": "visit.recorded", "nth": 3}
    words = {"opens": opens, "due": {"within": "5 working days"}, "met": {"when": "plan.reviewed"}}
    days = ("2026-11-03", "2026-11-05", "2026-11-09", "2026-11-11")
    visits = [visit(day, by="w-lead") for day in days]
    assert dues(tmp_path, words, sixth.opened(), visits[:2], until="2026-11-12") == []
    assert dues(tmp_path, words, sixth.opened(), visits, until="2026-11-12") == [("2026-11-16", "open")]


def test_seen_twice_before_the_conference_counts_on_where_it_is_moved(tmp_path: Path) -> None:
    words = {**BEFORE, "due": {"on": "at", "before": "1 working day"}, "met": {**VISITED, "times": 2}}
    once = [sixth.opened(), conference("2026-11-04T10:00", "2026-11-23"), visit("2026-11-05", by="w-lead")]
    assert dues(tmp_path, words, once, until="2026-11-06") == [("2026-11-20", "open")]
    twice = [*once, conference("2026-11-09T10:00", "2026-11-30"), visit("2026-11-12", by="w-lead")]
    assert dues(tmp_path, words, twice, until="2026-11-13") == [("2026-11-20", "superseded"), ("2026-11-27", "met")]


def test_what_was_done_for_an_earlier_duty_does_not_count_for_a_later_one(tmp_path: Path) -> None:
    enquiry = {"when": "section47.completed"}
    met = {**VISITED, "times": 2}
    words = {"opens": enquiry, "due": {"within": "20 working days"}, "met": met, "superseded_by": enquiry}
    days = ("2026-11-03", "2026-11-04", "2026-11-16")
    enquiries = [fact(f"{day}T10:00", "section47.completed", on=day) for day in days]
    visits = [visit(day, by="w-lead") for day in ("2026-11-05", "2026-11-06", "2026-11-17")]
    found = dues(tmp_path, words, sixth.opened(), enquiries, visits, until="2026-11-18")
    assert [status for _, status in found] == ["superseded", "met", "open"]


@pytest.mark.parametrize(("seen", "status"), [(True, "met"), (False, "open"), (None, "open")])
def test_a_visit_says_whether_the_child_was_seen_alone(tmp_path: Path, seen: bool | None, status: str) -> None:
    met = {"when": "visit.recorded", "where": {"seen_alone": True, "bedroom_seen": True}}
    words = {"opens": {"when": "plan.opened"}, "due": {"within": "5 working days"}, "met": met}
    recorded = visit("2026-11-03", by="w-lead", bedroom_seen=True, seen_alone=seen)
    assert dues(tmp_path, words, sixth.opened(), recorded, until="2026-11-04") == [("2026-11-09", status)]


# ------------------------------------------------------------------------------------------------ read aloud

READ: dict[str, tuple[dict[str, Any], str]] = {
    "before": (BEFORE, "Clock 2 working days before the day for which it is in the diary."),
    "month": (MONTHLY, "Clock Once by the end of each calendar month."),
    "tenth": ({**MONTHLY, "due": {"each": "calendar month", "by_day": 10}}, "Clock Once by the 10th of each month."),
    "third": (
        {"opens": {"when": "visit.recorded", "nth": 3}, "due": {"within": "2 days"}, "met": VISITED},
        "Opens When a visit is made, for the third time.",
    ),
    "twice": (
        {"opens": {"when": "plan.opened"}, "due": {"within": "2 weeks"}, "met": {**VISITED, "times": 2}},
        "Met when A visit is made, at which the child was seen, 2 times.",
    ),
}


@pytest.mark.parametrize("name", READ)
def test_the_clock_is_read_aloud_and_warns_of_nothing(tmp_path: Path, name: str) -> None:
    words, expected = READ[name]
    found = policy(tmp_path, **words)
    assert expected in " ".join(as_text(policy_page(found)).split())
    assert warnings(found, at("2026-11-22").date()) == []


HOURS_BEFORE = {**BEFORE, "due": {"on": "at", "before": "48 hours"}}


def test_hours_before_a_conference_count_back_from_its_hour(tmp_path: Path) -> None:
    history = sixth.opened(), conference("2026-11-04T10:00", "2026-11-18")
    ran = sixth.run(policy(tmp_path, **HOURS_BEFORE), *history, until="2026-11-17")
    assert ran.dues == [("2026-11-16 10:00", "overdue")]
    assert ran.moments("w-lead") == [
        "2026-11-09 08:30 email digest", "2026-11-12 08:30 email digest", "2026-11-16 08:30 email reminder",
        "2026-11-17 09:00 email overdue",
    ]  # fmt: skip


def test_a_conference_that_moves_takes_its_hours_along(tmp_path: Path) -> None:
    history = conference("2026-11-04T10:00", "2026-11-18"), conference("2026-11-05T10:00", "2026-11-25")
    assert dues(tmp_path, HOURS_BEFORE, sixth.opened(), *history, until="2026-11-17") == [
        ("2026-11-16 10:00", "superseded"), ("2026-11-23 10:00", "open"),
    ]  # fmt: skip


def test_of_a_day_without_an_hour_they_count_back_from_its_end(tmp_path: Path) -> None:
    day_only = sixth.scheduled("2026-11-04T10:00", "conference", ref="c1", on="2026-11-18")
    history = sixth.opened(), day_only
    assert dues(tmp_path, HOURS_BEFORE, *history, until="2026-11-10") == [("2026-11-17 00:00", "open")]


def test_hours_are_elapsed_ones_when_the_clocks_change(tmp_path: Path) -> None:
    # Summer time ends on Sunday 25 October 2026: 48 hours before 10:00 on Monday it was 11:00.
    ahead = sixth.scheduled("2026-10-12T10:00", "conference", ref="c1", at="2026-10-26T10:00:00+00:00")
    early = sixth.opened("2026-10-05T09:00")
    assert dues(tmp_path, HOURS_BEFORE, early, ahead, until="2026-10-13") == [("2026-10-24 11:00", "open")]


def test_hours_before_a_field_without_an_hour_are_a_fault(tmp_path: Path) -> None:
    words = {**HOURS_BEFORE, "due": {"on": "due_on", "before": "48 hours"}, "opens": {"when": "action.agreed"}}
    with pytest.raises(PolicyFileError, match="hours before something go with on: at"):
        policy(tmp_path, **words)


def test_hours_before_are_read_aloud(tmp_path: Path) -> None:
    text = " ".join(as_text(policy_page(policy(tmp_path, **HOURS_BEFORE))).split())
    assert "48 hours before the moment for which it is in the diary" in text

"""What a newcomer is to see happens by itself, in whatever week of the year the demonstration is started."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache

import pytest

from notifications.message import Message
from service.domain.calendar import local
from service.domain.obligations.obligation import Status
from tests.demo_story import (
    BY_NIGHT,
    CALL_ASKED_FOR,
    CROSSED,
    FAMILY,
    NOT_REVIEWED,
    RECORDED_LATE,
    REVIEW_MOVED,
    STARTS,
    UNANSWERED,
    UNVISITED,
    WITH_THE_LARGEST,
    Story,
    story,
)

CHRISTMAS, *OTHERS = STARTS
OF_NEIGHBOURS = (BY_NIGHT, NOT_REVIEWED, "P-4001", "P-4002", "P-5001", "P-5002", "P-5004", "P-6005", "P-6006", *FAMILY)
# Of the largest council, every tenth plan: enough to see how the caseload stands.
SAMPLE = [f"P-{number}" for number in range(2008, 2060, 10)]


@cache
def first_week() -> Story:
    return story(CHRISTMAS, frozenset((*WITH_THE_LARGEST, *OF_NEIGHBOURS, *SAMPLE)))


def test_some_of_its_history_was_late_and_most_was_not() -> None:
    found = first_week().standing
    assert found[Status.MET] > 10 * found[Status.MET_LATE] > 0
    assert 0 < found[Status.OVERDUE] < 20


@pytest.mark.parametrize("today", STARTS)
def test_something_is_due_on_the_first_day_and_climbs_on_the_second_and_fourth(today: date) -> None:
    week = first_week() if today == CHRISTMAS else story(today, frozenset(WITH_THE_LARGEST))
    assert week.when(UNVISITED, "reminder", "sw-10")[0] == "Mon 08:30"
    assert week.when(UNVISITED, "overdue", "tm-02")[0] == "Tue 09:00"
    assert week.when(UNVISITED, "escalation", "sm-01") == ["Thu 09:00"]


@pytest.mark.parametrize("today", STARTS)
def test_what_is_recorded_late_is_told_once_and_not_again(today: date) -> None:
    week = first_week() if today == CHRISTMAS else story(today, frozenset(WITH_THE_LARGEST))
    assert week.when(RECORDED_LATE, "overdue", "tm-02") == ["Mon 09:00"]
    assert week.when(RECORDED_LATE, "escalation", "sm-01") == []


def test_the_moved_review_is_told_to_the_team_manager() -> None:
    assert first_week().when(REVIEW_MOVED, "notice", "tm-02") == ["Wed 08:30"]


def test_the_bottom_line_is_crossed_on_the_second_morning_and_climbs() -> None:
    alerts = first_week().told(CROSSED, "alert")
    assert alerts[0][0] == "Tue 10:20"
    assert len([person for _, person, _ in alerts if person == "oc-01"]) > 2


def test_whoever_is_away_is_told_nothing() -> None:
    away = [record for record in first_week().records if isinstance(record, Message) and record.person == "sw-07"]
    assert not away


@pytest.mark.parametrize(
    ("plan", "template", "when", "person"),
    [
        (BY_NIGHT, "reminder", "Mon 08:30", "br-day"),
        (BY_NIGHT, "reminder", "Tue 08:30", "br-sw-1"),
        ("P-4001", "reminder", "Tue 08:30", "da-sw-1"),
        ("P-4002", "reminder", "Tue 08:30", "da-tm"),
        ("P-5001", "date_moved", "Tue 08:30", "wa-tm"),
        ("P-5002", "reminder", "Tue 08:30", "wa-sw-2"),
        ("P-5004", "overdue", "Tue 09:00", "wa-tm"),
        ("P-6006", "overdue", "Mon 09:00", "sg-tm"),
        ("P-6005", "reminder", "Tue 08:30", "sg-sw-1"),
    ],
)
def test_each_council_has_something_of_its_own(plan: str, template: str, when: str, person: str) -> None:
    assert (when, person, "email") in first_week().told(plan, template)


def test_a_visit_without_the_plan_reviewed_is_asked_about_the_next_morning() -> None:
    digests = [record for record in first_week().records if isinstance(record, Message) and record.template == "digest"]
    about = [
        (f"{local(digest.at):%a %H:%M} {digest.person}")
        for digest in digests
        if any((line["kind"], line["plan"]) == ("review_at_visit", NOT_REVIEWED) for line in digest.about)
    ]
    assert about[0] == "Tue 08:30 br-sw-2"


def test_the_day_team_is_reminded_in_the_morning_and_in_the_afternoon() -> None:
    assert first_week().when(BY_NIGHT, "reminder", "br-day") == ["Mon 08:30", "Mon 15:00"]


@pytest.mark.parametrize("plan", FAMILY)
def test_check_ins_are_texted_at_six(plan: str) -> None:
    assert first_week().told(plan, "check_in")[0] == ("Mon 18:00", FAMILY[plan], "sms")


def test_two_unanswered_in_a_row_are_told_at_once_to_both() -> None:
    first_evening = [told for told in first_week().told(UNANSWERED, "check_in_alert") if told[0].startswith("Mon")]
    assert {told[:2] for told in first_evening} == {("Mon 20:00", "sg-sw-1"), ("Mon 20:00", "sg-tm")}
    assert len(first_evening) == 4


def test_one_asks_for_a_call_on_the_first_evening_and_one_does_not_answer() -> None:
    caseload = first_week().caseload
    evening = caseload.start + timedelta(hours=12)
    answers = {reply.person.id: reply.text for reply in caseload.replies if reply.at < evening}
    assert answers[FAMILY[CALL_ASKED_FOR]] == "2"
    assert answers["kin-1"] == "1"
    assert FAMILY[UNANSWERED] not in answers


def test_nothing_is_held_back_and_nothing_is_to_be_mended_in_the_first_two_days() -> None:
    end = first_week().caseload.start + timedelta(days=2)
    held_back = [record for record in first_week().records if record.at < end and not isinstance(record, Message)]
    assert held_back == []

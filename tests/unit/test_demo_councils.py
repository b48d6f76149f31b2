"""What happens at the councils with six plans each in the first two days, if nobody does anything."""

from __future__ import annotations

from datetime import date
from functools import cache

import pytest

from cli.demo import story
from cli.demo.caseload import caseload
from cli.demo.cast import AUTHORITY
from cli.demo.councils import bradford, darlington, south_gloucestershire, wakefield
from cli.demo.diary import at, writer_of
from cli.demo.standins.phone_owners import halts, replies
from service.domain.calendar import local
from service.domain.events.event import parse_event
from service.domain.telling.records import Notice, Problem, Withheld
from service.files.policy_files import load_policies
from service.simulation import Simulation

Told = Notice | Withheld | Problem
CALL, SILENT = "P-6002", "P-6003"


@cache
def first_days() -> tuple[Told, ...]:
    """What comes of the other councils' events from the first moment to the end of the second day."""
    book = load_policies()
    events = [parse_event(event, book.authorities) for event in caseload() if writer_of(event) != AUTHORITY]
    found = Simulation(book).run(events, date(2027, 1, 12))
    return tuple(one for one in found if one.at >= story.START)


def told(plan: str, template: str) -> list[tuple[str, str, str]]:
    return [
        (f"{local(one.at):%a %H:%M}", one.person, one.channel)
        for one in first_days()
        if isinstance(one, Notice) and (one.plan, one.template) == (plan, template)
    ]


@pytest.mark.parametrize(
    ("plan", "template", "when", "person"),
    [
        (bradford.BY_NIGHT, "reminder", "Mon 08:30", "br-day"),
        (bradford.BY_NIGHT, "reminder", "Tue 08:30", "br-sw-1"),
        (darlington.AGREED_ON_FRIDAY, "reminder", "Tue 08:30", "da-sw-1"),
        (darlington.FATHER_WITHHELD, "reminder", "Tue 08:30", "da-tm"),
        (wakefield.REVIEW_MOVED, "date_moved", "Tue 08:30", "wa-tm"),
        (wakefield.CIRCUMSTANCES, "reminder", "Tue 08:30", "wa-sw-2"),
        (wakefield.ACTION_LATE, "overdue", "Tue 09:00", "wa-tm"),
        (south_gloucestershire.WEEK_MISSED, "overdue", "Mon 09:00", "sg-tm"),
        (south_gloucestershire.INCIDENT, "reminder", "Tue 08:30", "sg-sw-1"),
    ],
)
def test_each_council_has_something_of_its_own(plan: str, template: str, when: str, person: str) -> None:
    assert (when, person, "email") in told(plan, template)


def test_a_visit_without_the_plan_reviewed_is_asked_about_the_next_morning() -> None:
    digests = [one for one in first_days() if isinstance(one, Notice) and one.template == "digest"]
    asked = [one for one in digests if "review_at_visit" in {about["kind"] for about in one.about}]
    assert [f"{local(one.at):%a %H:%M} {one.person}" for one in asked] == ["Tue 08:30 br-sw-2"]


def test_the_day_team_is_reminded_in_the_morning_and_in_the_afternoon() -> None:
    assert [when for when, _, _ in told(bradford.BY_NIGHT, "reminder")][:2] == ["Mon 08:30", "Mon 15:00"]


@pytest.mark.parametrize("plan", south_gloucestershire.KIN)
def test_check_ins_are_texted_at_six(plan: str) -> None:
    assert told(plan, "check_in") == [("Mon 18:00", south_gloucestershire.KIN[plan].id, "sms")]


def test_two_unanswered_in_a_row_are_told_at_once_to_both() -> None:
    assert {(when, person) for when, person, _ in told(SILENT, "check_in_alert")} == {
        ("Mon 20:00", "sg-sw-1"),
        ("Mon 20:00", "sg-tm"),
    }
    assert len(told(SILENT, "check_in_alert")) == 4


def test_one_asks_for_a_call_on_the_first_evening() -> None:
    first = {reply.person.name: reply.text for reply in replies(story.FIRST, story.FIRST)}
    assert first[f"Aunt of {CALL}"] == "2"
    assert first["Grandmother of P-6001"] == "1"
    assert f"Grandfather of {SILENT}" not in first


def test_nothing_is_held_back_and_nothing_is_to_be_mended() -> None:
    assert [one for one in first_days() if not isinstance(one, Notice)] == []


def test_a_skipping_clock_stands_still_for_every_text_and_answer() -> None:
    evening = halts(story.FIRST, date(2027, 1, 12))
    assert evening[0] == at(story.FIRST, "18:00")
    assert evening[-1] == at(story.FIRST, "20:01")

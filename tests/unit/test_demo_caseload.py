"""The demonstration's caseload: valid, the same in every run, and holding what a newcomer is to see."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date, datetime
from functools import cache

import pytest

from cli.demo import story
from cli.demo.caseload import caseload, divided, recorded_at
from cli.demo.cast import AUTHORITIES, AUTHORITY, PEOPLE
from cli.demo.diary import writer_of
from cli.demo.neighbours import KIN
from cli.demo.person import Person
from cli.demo.plans import COUNT, all_plans
from service.domain.calendar import local
from service.domain.events.event import parse_event
from service.domain.obligations.obligation import Status
from service.domain.telling.records import Notice
from service.files.policy_files import load_policies
from service.simulation import Simulation

ALL = caseload()
HISTORY, SCRIPT = divided(ALL, story.START)


def _reached_at(person: Person) -> tuple[str, str]:
    return person.mobile, person.email


@cache
def first_week() -> tuple[Notice, ...]:
    """What is told from the start until Friday, if nobody does anything."""
    book = load_policies()
    told = Simulation(book).run([parse_event(event, book.authorities) for event in ALL], date(2027, 1, 15))
    return tuple(one for one in told if isinstance(one, Notice) and one.at >= story.START)


def told(person: str, purpose: str, plan: str | None) -> list[str]:
    return [
        f"{local(one.at):%a %H:%M}"
        for one in first_week()
        if (one.person, one.purpose, one.plan) == (person, purpose, plan)
    ]


def test_every_event_is_valid() -> None:
    assert [parse_event(event, AUTHORITIES).id for event in ALL] == [event["id"] for event in ALL]


def test_it_is_the_same_in_every_run() -> None:
    assert caseload() == ALL


def test_every_event_has_a_name_of_its_own() -> None:
    assert max(Counter(str(event["id"]) for event in ALL).values()) == 1


def test_it_comes_in_order_of_time() -> None:
    assert [recorded_at(event) for event in ALL] == sorted(map(recorded_at, ALL))


@pytest.mark.parametrize("authority", AUTHORITIES)
def test_every_council_has_plans_with_a_quarter_of_a_year_behind_them(authority: str) -> None:
    its_own = [event for event in HISTORY if event["type"] == "plan.opened" and writer_of(event) == authority]
    assert len(its_own) == (COUNT if authority == AUTHORITY else 6)
    assert (story.START - min(map(recorded_at, its_own))).days > 85


def test_nobody_in_it_can_be_reached() -> None:
    numbers, addresses = ([one for one in found if one] for found in zip(*map(_reached_at, PEOPLE), strict=True))
    assert all(number.startswith("+447700900") and len(number) == 13 for number in numbers)
    assert all(address.endswith(".example.org") for address in addresses)
    assert (len(set(numbers)), len(set(addresses))) == (len(numbers), len(addresses))


def test_families_have_labels_and_no_names() -> None:
    labels = [person.name for person in PEOPLE if person.kind == "family"]
    assert len(labels) > len(KIN)
    assert all(
        re.fullmatch(r"(Mother|Father|Grandmother|Grandfather|Aunt|Neighbour) of P-\d{4}", one) for one in labels
    )


def test_only_the_network_that_was_decided_on_has_a_phone() -> None:
    decided = {event["subject"] for event in ALL if event["type"] == "contact.decided"}
    assert decided == {person.id for person in PEOPLE if person.kind == "family" and person.mobile}


def test_children_have_initials_only() -> None:
    children = [event["data"]["child"] for event in ALL if event["type"] == "plan.opened"]  # type: ignore[index]
    assert all(set(child) == {"ref", "initials"} and len(child["initials"]) == 4 for child in children)


@pytest.mark.parametrize(
    "type_", ["review_date.set", "event.withdrawn", "absence.recorded", "plan.ended", "action.completed"]
)
def test_its_history_has_what_happens_in_a_council(type_: str) -> None:
    assert any(event["type"] == type_ for event in HISTORY)


def test_some_of_its_history_was_late_and_most_was_not() -> None:
    book = load_policies()
    simulation = Simulation(book)
    list(simulation.run([parse_event(event, book.authorities) for event in HISTORY], date(2027, 1, 10)))
    found = Counter(one.status for one in simulation.standing())
    assert found[Status.MET] > 10 * found[Status.MET_LATE] > 0
    assert 0 < found[Status.OVERDUE] < 20


def test_no_plan_is_left_with_a_worker_who_has_gone() -> None:
    workers = {plan.worker_on(date(2027, 1, 11)) for plan in all_plans()}
    assert "sw-04" not in workers


def test_something_is_due_on_the_first_day_and_climbs_on_the_second_and_fourth() -> None:
    assert told("sw-10", "reminder", story.UNVISITED)[0] == "Mon 08:30"
    assert told("tm-02", "overdue", story.UNVISITED)[0] == "Tue 09:00"
    assert told("sm-01", "escalation", story.UNVISITED) == ["Thu 09:00"]


def test_what_is_recorded_late_is_told_once_and_not_again() -> None:
    assert told("tm-02", "overdue", story.RECORDED_LATE) == ["Mon 09:00"]
    assert told("sm-01", "escalation", story.RECORDED_LATE) == []


def test_the_moved_review_is_told_to_the_team_manager() -> None:
    assert told("tm-02", "notice", story.REVIEW_MOVED) == ["Wed 08:30"]


def test_the_bottom_line_is_crossed_on_the_second_morning() -> None:
    assert local(story.CROSSED_AT) == datetime(2027, 1, 12, 10, 20, tzinfo=local(story.START).tzinfo)
    assert len(told("oc-01", "alert", story.CROSSED)) > 2


def test_a_cover_is_told_for_whom_is_away() -> None:
    away = [one for one in first_week() if one.person == "sw-07"]
    assert not away

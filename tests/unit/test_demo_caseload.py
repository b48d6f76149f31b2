"""The demonstration's data: valid, undated, reaching nobody, and holding what happens in a council."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date, timedelta
from pathlib import Path

import pytest

from cli.demo.data import caseload as data
from cli.demo.data.caseload import Caseload, monday_of_story, recorded_at, writer_of
from service.domain.calendar import Calendar, local, local_day
from service.domain.events.event import parse_event
from tests.demo_story import FAMILY, STARTS, UNVISITED

FILES = sorted(Path(data.__file__).parent.rglob("*.jsonl"))
CASELOAD = Caseload(STARTS[0])
PEOPLE = CASELOAD.people.values()


@pytest.mark.parametrize("today", STARTS)
def test_every_event_is_valid_and_comes_in_order_of_time(today: date) -> None:
    caseload = Caseload(today)
    assert all(parse_event(event, caseload.councils) for event in caseload.events)
    assert [recorded_at(event) for event in caseload.events] == sorted(map(recorded_at, caseload.events))
    assert [*caseload.history, *caseload.script] == caseload.events


def test_nothing_in_the_files_is_dated() -> None:
    assert len(FILES) > 5
    assert [path.name for path in FILES if re.search(r"\"\d{4}-\d\d-\d\d", path.read_text(encoding="utf-8"))] == []


def test_another_start_moves_every_event_by_whole_weeks_and_keeps_its_hour() -> None:
    moved = Caseload(STARTS[1])
    weeks = (local_day(moved.start) - local_day(CASELOAD.start)) / timedelta(weeks=1)
    assert weeks == int(weeks) > 0
    by_id = {(writer_of(event), event["id"]): local(recorded_at(event)) for event in moved.events}
    for event in CASELOAD.events:
        before, after = local(recorded_at(event)), by_id[writer_of(event), event["id"]]
        assert after.replace(tzinfo=None) - before.replace(tzinfo=None) == timedelta(weeks=weeks)


def test_a_day_within_an_event_is_moved_with_it() -> None:
    visits = [event for event in CASELOAD.events if event["type"] == "visit.recorded"]
    of_the_plan = [event["data"]["on"] for event in visits if event["subject"] == UNVISITED]
    assert "2026-12-14" in of_the_plan
    assert "2027-01-21" in of_the_plan


def test_the_story_begins_on_a_monday_near_today_in_a_week_without_a_bank_holiday() -> None:
    days = [date(2026, 11, 1) + timedelta(days=number) for number in range(800)]
    for today in days:
        monday = monday_of_story(today)
        assert monday.weekday() == 0
        assert timedelta() <= today - monday < timedelta(weeks=4)
        assert all(Calendar().is_working(monday + timedelta(days=offset)) for offset in (-3, 0, 1, 2, 3, 4))


def test_an_ordinary_week_is_begun_on_its_own_monday() -> None:
    assert {monday_of_story(date(2026, 11, day)) for day in range(23, 30)} == {date(2026, 11, 23)}


def test_every_event_has_a_name_of_its_own() -> None:
    names = Counter((writer_of(event), event["id"]) for event in CASELOAD.events)
    assert max(names.values()) == 1


@pytest.mark.parametrize("council", CASELOAD.councils)
def test_every_council_has_plans_with_a_quarter_of_a_year_behind_them(council: str) -> None:
    opened = [event for event in CASELOAD.history if event["type"] == "plan.opened" and writer_of(event) == council]
    assert len(opened) == (60 if council == CASELOAD.councils[0] else 6)
    assert (CASELOAD.start - min(map(recorded_at, opened))).days > 85


def test_nobody_in_it_can_be_reached() -> None:
    numbers = [person.mobile for person in PEOPLE if person.mobile]
    addresses = [person.email for person in PEOPLE if person.email]
    assert all(re.fullmatch(r"\+447700900\d{3}", number) for number in numbers)
    assert all(address.endswith(".example.org") for address in addresses)
    assert (len(set(numbers)), len(set(addresses))) == (len(numbers), len(addresses))
    assert min(len(numbers), len(addresses)) > 50


def test_families_have_labels_and_no_names() -> None:
    labels = [person.name for person in PEOPLE if person.kind == "family"]
    assert len(labels) > len(FAMILY)
    relation = r"(Mother|Father|Grandmother|Grandfather|Aunt|Neighbour) of P-\d{4}"
    assert [label for label in labels if not re.fullmatch(relation, label)] == []


def test_only_the_network_that_was_decided_on_has_a_phone() -> None:
    decided = {event["subject"] for event in CASELOAD.events if event["type"] == "contact.decided"}
    assert decided == {person.id for person in PEOPLE if person.kind == "family" and person.mobile}
    assert {plan: person for person, plan in CASELOAD.plan_of_family_member.items()} == FAMILY


def test_children_have_initials_only() -> None:
    children = [event["data"]["child"] for event in CASELOAD.events if event["type"] == "plan.opened"]
    assert len(children) > 50
    assert all(set(child) == {"ref", "initials"} and len(child["initials"]) == 4 for child in children)


@pytest.mark.parametrize(
    "type_", ["review_date.set", "event.withdrawn", "absence.recorded", "plan.ended", "action.completed"]
)
def test_its_history_has_what_happens_in_a_council(type_: str) -> None:
    assert any(event["type"] == type_ for event in CASELOAD.history)


def test_no_running_plan_is_left_with_a_worker_who_has_gone() -> None:
    assigned = [event for event in CASELOAD.history if event["type"] == "role.assigned"]
    of_plans = [event for event in assigned if event["data"]["role"] == "social_worker"]
    worker_of = {event["subject"]: event["data"]["person"] for event in of_plans}
    assert "sw-04" in {event["data"]["person"] for event in of_plans}
    assert len(set(worker_of.values())) > 10
    assert "sw-04" not in worker_of.values()


def test_a_bottom_line_can_be_crossed_on_plans_that_go_on() -> None:
    ended = [event["subject"] for event in CASELOAD.events if event["type"] == "plan.ended"]
    assert ended
    assert CASELOAD.lasting_plans.keys() == CASELOAD.plans.keys() - set(ended)


def test_whoever_works_with_planwatch_may_sign_in_and_no_family_or_child() -> None:
    assert {person.kind for person in PEOPLE} == {"worker", "partner", "family"}
    assert CASELOAD.workers == [person for person in PEOPLE if person.kind != "family"]


def test_the_banner_speaks_of_plans_and_people_that_exist() -> None:
    moments = [CASELOAD.start + timedelta(minutes=30 * number) for number in range(1000)]
    chapters = {chapter["title"]: chapter for chapter in map(CASELOAD.chapter, moments)}
    links = {address for chapter in chapters.values() for _, address in chapter["links"]}
    assert len(chapters) > 10
    plans = {found for chapter in chapters.values() for found in re.findall(r"P-\d{4}", chapter["text"])}
    plans |= {found for link in links for found in re.findall(r"/plans/(P-\d{4})", link)}
    people = {found for link in links for found in re.findall(r"/(?:inboxes|phones)/([\w-]+)", link)}
    assert plans
    assert plans <= set(CASELOAD.plans)
    assert people
    assert people <= set(CASELOAD.people)

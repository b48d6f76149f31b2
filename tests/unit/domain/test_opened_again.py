"""A plan that has ended may be opened again: from its own day, with what it says itself, and what happened since."""

import itertools
from datetime import date
from typing import Any

import pytest

from service.domain.facts import Facts
from service.domain.people.directory import Directory
from tests.unit.domain.builders import Raw, cast, fact, flat, meeting, parsed, person, plan_opened, run, visit

START = [cast(), plan_opened("2026-09-01")]
VISIT = "visit_social_worker"


def end(day: str = "2026-09-20", eid: str = "end", recorded: str | None = None) -> Raw:
    """The plan's end on a day, recorded at its noon."""
    return fact(recorded or day, "plan.ended", eid=eid, on=day, reason="the risk is lower")


def again(day: str = "2026-11-02", eid: str = "again", recorded: str | None = None, **data: Any) -> Raw:
    """Another opening of the plan on a day, recorded at its noon."""
    opening, *_ = plan_opened(recorded or day, on=day, roles={}, **data)
    return opening | {"id": eid}


def facts(*parts: object) -> Facts | None:
    """The facts of such a plan, much later."""
    events = [event for event in parsed(*parts) if event.subject == "P-1"]
    return Facts.of(events, Directory(), date(2027, 6, 1))


def test_it_is_owed_again_from_its_own_day_and_what_was_owed_before_stays_ended() -> None:
    owed = run(START, end(), again(), until="2026-11-05").owed(VISIT)
    assert [(one.from_event, one.due_on.isoformat(), one.status.value, one.responsible) for one in owed] == [
        ("open-P-1", "2026-09-29", "cancelled", "w-sw"), ("again", "2026-11-30", "open", "w-sw"),
    ]  # fmt: skip


def test_nothing_is_told_of_it_between_its_end_and_its_second_opening() -> None:
    told = run(START, end(), again(), until="2026-11-05").messages()
    assert [one.template for one in told if one.at.date() > date(2026, 9, 20)] == ["plan_ended"]


@pytest.mark.parametrize("order", [*itertools.permutations(range(3))])
def test_the_order_in_which_it_was_recorded_makes_no_difference(order: tuple[int, ...]) -> None:
    days = [f"2026-11-1{place}" for place in order]
    history = [
        cast(), plan_opened("2026-09-01"),
        end(recorded=days[0]), again(recorded=days[1]), visit(days[2], on="2026-11-04"),
    ]  # fmt: skip
    owed = run(history, until="2026-11-20").owed(VISIT)
    assert [(one.from_event, one.status.value) for one in owed] == [
        ("open-P-1", "cancelled"), ("again", "met"), (owed[-1].from_event, "open"),
    ]  # fmt: skip
    assert owed[-1].due_on == date(2026, 12, 2)


def test_what_happened_since_the_end_counts_and_what_was_before_does_not() -> None:
    assessed = fact("2026-10-20", "assessment.completed", on="2026-10-20")
    before = [fact("2026-09-02", "assessment.completed", eid="a1", on="2026-09-02"), meeting("2026-09-10", "initial")]
    owed = run(START, before, end(), assessed, again(), until="2026-11-05").owed("initial_meeting")
    assert [(one.from_event, one.status.value) for one in owed] == [("a1", "met"), (assessed["id"], "overdue")]


def test_its_second_opening_says_anew_what_the_plan_is() -> None:
    youth = again(route="youth_offending", service="youth_offending")
    owed = run(START, end(), youth, until="2026-11-05").owed("initial_meeting")
    assert [(one.from_event, one.chair_role) for one in owed] == [("again", "service_lead")]


def test_an_exclusion_before_the_end_stands() -> None:
    excluded = fact("2026-09-03", "person.excluded", person="w-sw", on="2026-09-03")
    found = run(START, excluded, end(), again(), until="2026-12-01")
    assert found.messages(to="w-sw") == []
    assert {one.reason for one in found.withheld()} == {"excluded"}


def test_the_withdrawal_of_the_end_makes_it_one_plan_again() -> None:
    gone = fact("2026-11-03", "event.withdrawn", event="end", reason="by mistake")
    found = run(START, end(), again(), gone, until="2026-11-05")
    assert found.dues(VISIT) == [("2026-09-29", "overdue")]
    plan = facts(START, end(), again(), gone)
    assert plan is not None
    assert [(idle.id, holding.id) for idle, holding in plan.idle_openings] == [("again", "open-P-1")]


def test_the_withdrawal_of_the_second_opening_leaves_it_ended() -> None:
    gone = fact("2026-11-03", "event.withdrawn", event="again", reason="by mistake")
    assert run(START, end(), again(), gone, until="2026-12-05").dues(VISIT) == [("2026-09-29", "cancelled")]


def test_it_can_be_opened_and_ended_several_times_and_each_end_is_told() -> None:
    history = [START, end(), again(), end("2026-11-10", "end2"), again("2026-11-24", "third")]
    found = run(history, until="2026-11-30")
    assert found.dues(VISIT) == [("2026-09-29", "cancelled"), ("2026-11-30", "cancelled"), ("2026-12-22", "open")]
    told = [one for one in found.messages() if one.template == "plan_ended"]
    assert [(one.about[0]["event"], one.context["cancelled"]) for one in told] == [("end", 1), ("end2", 1)]


def test_on_the_day_of_its_end_it_is_opened_again_from_when_that_was_recorded() -> None:
    same_day = [end("2026-09-20"), again("2026-09-20", recorded="2026-09-20T15:00")]
    early, late = visit("2026-09-20T09:00", eid="early"), visit("2026-09-20T16:00", eid="late")
    owed = run(START, same_day, early, late, until="2026-09-25").owed(VISIT)
    assert {(one.from_event, one.status.value) for one in owed} == {
        ("open-P-1", "met"), ("early", "cancelled"), ("again", "met"), ("late", "open"),
    }  # fmt: skip


def test_what_opens_a_running_plan_changes_nothing() -> None:
    second = again("2026-09-05", route="child_protection", service="youth_offending")
    found = run(START, second, until="2026-09-10")
    assert found.dues(VISIT) == [("2026-09-29", "open")]
    assert found.owed("initial_meeting") == []


def test_of_two_openings_of_one_child_the_one_with_the_earlier_day_holds() -> None:
    plan = facts(plan_opened("2026-09-01"), again("2026-08-20", recorded="2026-09-05"))
    assert plan is not None
    assert (plan.opened.id, [idle.id for idle, _ in plan.idle_openings]) == ("again", ["open-P-1"])


def test_another_child_does_not_take_over_a_running_plan_with_an_earlier_day() -> None:
    child = {"ref": "C-9", "initials": "A.B."}
    plan = facts(plan_opened("2026-09-01"), again("2026-08-20", recorded="2026-09-05", child=child))
    assert plan is not None
    assert (plan.opened.id, [idle.id for idle, _ in plan.idle_openings]) == ("open-P-1", ["again"])


def test_a_role_given_with_the_second_opening_holds_from_that_day() -> None:
    history = flat(
        START, end(), again(recorded="2026-11-20"),
        fact("2026-11-20", "role.assigned", role="social_worker", person="w-sw2"),
        visit("2026-11-20", by="w-sw2", on="2026-11-10"),
    )  # fmt: skip
    owed = run(history, until="2026-11-25").owed(VISIT)
    assert [(one.from_event, one.status.value) for one in owed][1:] == [("again", "met"), (owed[-1].from_event, "open")]


def test_check_ins_of_the_plan_before_do_not_begin_again() -> None:
    nan = [
        person("f-nan", "2026-08-01", kind="family"),
        fact("2026-08-01", "contact.decided", "f-nan", decision="allow", decided_by="w-sw"),
        fact("2026-09-02", "check_ins.started", people=["f-nan"], days=["mon"], at="18:00"),
    ]  # fmt: skip
    texts = run(START, nan, end(), again(), until="2026-11-20").messages(purpose="check_in")
    assert max(one.at.date() for one in texts) == date(2026, 9, 14)

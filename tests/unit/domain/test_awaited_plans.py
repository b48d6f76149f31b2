"""A bottom line is crossed on a plan that no event has introduced: who can find out is alerted until somebody does."""

from __future__ import annotations

import pytest

from notifications.message import Message
from tests.unit.domain.builders import Raw, Run, at, authority_role, cast, clock, fact, plan_opened, run

START = cast()


def breach(when: str = "2027-02-11T10:00", source: str = "/dudley/cases") -> Raw:
    raw = fact(when, "bottom_line.breached", eid="b1", bottom_line="bl-1", at=at(when).isoformat())
    return raw | {"source": source}


def acknowledged(when: str, by: str) -> Raw:
    return fact(when, "alert.acknowledged", alert="b1", by=by, at=at(when).isoformat())


def texts(ran: Run, who: str) -> list[str]:
    return [clock(message.at)[11:] for message in ran.messages(to=who, alert="b1") if message.channel == "sms"]


def people(ran: Run) -> set[str]:
    return {message.person for message in ran.messages(alert="b1")}


def test_the_on_call_manager_and_the_configuration_owner_are_alerted_both_ways_every_half_hour() -> None:
    ran = run(START, breach(), until="2027-02-11")
    assert people(ran) == {"w-oncall", "w-config"}
    for who in ("w-oncall", "w-config"):
        assert texts(ran, who)[:4] == ["10:00", "10:30", "11:00", "11:30"]
        assert len(ran.messages(to=who, alert="b1")) == 2 * len(texts(ran, who))
    assert {(message.urgent, message.plan, message.context["initials"]) for message in ran.messages(alert="b1")} == {
        (True, "P-1", None)
    }
    assert [problem.code for problem in ran.problems("not_introduced")] == ["not_introduced"]


@pytest.mark.parametrize("who", ["w-oncall", "w-config"])
def test_one_of_them_is_enough(who: str) -> None:
    ran = run(START, breach(), acknowledged("2027-02-11T10:40", who), until="2027-02-12")
    told_at = [message.at for message in ran.messages(alert="b1")]
    assert told_at
    assert max(told_at) <= at("2027-02-11T10:40")


@pytest.mark.parametrize("who", ["w-tm", "w-hsm", "w-sw"])
def test_anybody_else_is_not(who: str) -> None:
    ran = run(START, breach(), acknowledged("2027-02-11T10:40", who), until="2027-02-11")
    assert texts(ran, "w-oncall")[:4] == ["10:00", "10:30", "11:00", "11:30"]


def test_with_the_introduction_the_ladder_begins_whoever_acknowledged_before() -> None:
    history = [START, breach(), acknowledged("2027-02-11T10:20", "w-oncall"), plan_opened("2027-02-11T12:05")]
    ran = run(*history, until="2027-02-11")
    assert texts(ran, "w-tm")[:2] == ["12:05", "12:35"]
    assert texts(ran, "w-hsm")[:2] == ["12:05", "12:35"]
    assert texts(ran, "w-oncall")[:3] == ["10:00", "12:35", "13:05"]
    assert texts(ran, "w-head")[:1] == ["13:05"]
    assert texts(ran, "w-config") == ["10:00"]
    assert ran.owed("notify_hub")[0].due_on.isoformat() == "2027-02-11"


def test_and_it_ends_by_who_acknowledges_then() -> None:
    answers = [acknowledged("2027-02-11T12:10", "w-tm"), acknowledged("2027-02-11T12:15", "w-hsm")]
    ran = run(START, breach(), plan_opened("2027-02-11T12:05"), answers, until="2027-02-12")
    assert [message for message in ran.messages(alert="b1") if message.at > at("2027-02-11T12:15")] == []
    assert texts(ran, "w-oncall") == ["10:00", "10:30", "11:00", "11:30", "12:00"]


def test_one_that_comes_with_its_plan_in_one_moment_is_alerted_as_any() -> None:
    ran = run(START, breach("2027-02-11T12:00"), plan_opened("2027-02-11T12:00"), until="2027-02-11")
    assert texts(ran, "w-tm")[:1] == ["12:00"]
    assert texts(ran, "w-config") == []


@pytest.mark.parametrize(
    "end",
    [
        fact("2027-02-11T10:10", "event.withdrawn", event="b1", reason="by mistake") | {"source": "/dudley/cases"},
        fact("2027-02-11T10:10", "alert.closed", alert="b1", by="w-oncall", outcome="another council's"),
    ],
)
def test_its_withdrawal_or_closing_ends_it(end: Raw) -> None:
    assert texts(run(START, breach(), end, until="2027-02-12"), "w-oncall") == ["10:00"]


def test_an_acknowledgement_that_is_withdrawn_sets_it_going_again() -> None:
    slip = acknowledged("2027-02-11T10:10", "w-oncall") | {"id": "slip", "source": "/dudley/cases"}
    back = fact("2027-02-11T11:10", "event.withdrawn", event="slip", reason="a slip") | {"source": "/dudley/cases"}
    assert texts(run(START, breach(), slip, back, until="2027-02-11"), "w-config")[:3] == ["10:00", "11:10", "11:30"]


def test_a_role_that_nobody_holds_is_a_problem_and_who_takes_it_is_alerted() -> None:
    filled = authority_role("w-other", "on_call_manager", "2027-02-11T10:40")
    ran = run(cast(vacant=["on_call_manager"]), breach(), filled, until="2027-02-11")
    vacancies = [problem for problem in ran.problems("role_vacant") if problem.detail == "on_call_manager"]
    assert [clock(problem.at)[11:] for problem in vacancies][:2] == ["10:00", "10:30"]
    assert texts(ran, "w-other")[:2] == ["11:00", "11:30"]


def test_where_there_is_neither_the_head_of_service_is_alerted() -> None:
    """The contract names two; of a crossed bottom line somebody has to hear."""
    ran = run(cast(vacant=["on_call_manager", "configuration_owner"]), breach(), until="2027-02-11")
    assert texts(ran, "w-head")[:2] == ["10:00", "10:30"]


def test_the_alert_belongs_to_the_authority_of_its_source() -> None:
    ran = run(START, breach(source="/bradford/cases"), until="2027-02-11")
    assert people(ran) == set()


def test_nothing_is_owed_and_nothing_else_said_of_a_plan_that_is_awaited() -> None:
    ran = run(START, breach(), until="2027-03-31")
    assert ran.obligations == []
    assert {one.template for one in ran.told if isinstance(one, Message)} == {"bottom_line"}

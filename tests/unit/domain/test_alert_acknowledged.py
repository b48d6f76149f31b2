"""When an alert ends: covers and leave, withdrawn acknowledgements, vacant roles, and a plan whose opening goes."""

from __future__ import annotations

import pytest

from notifications.message import Hold, Send
from service.domain.last_check import still_wanted
from service.domain.look import look
from service.domain.telling.records import Ledger
from tests.unit.domain.builders import (
    Raw,
    Run,
    at,
    authority_role,
    book,
    cast,
    clock,
    directory,
    fact,
    parsed,
    person,
    plan_opened,
    run,
)

START = [*cast(), *plan_opened("2027-02-01")]
LADDER = ("team_manager", "hub_service_manager", "on_call_manager", "head_of_service")


def breach(when: str = "2027-02-11T10:00", source: str | None = None) -> Raw:
    raw = fact(when, "bottom_line.breached", eid="b1", bottom_line="bl-1", at=at(when).isoformat())
    return raw | ({"source": source} if source else {})


def acknowledged(when: str, by: str, eid: str | None = None, source: str | None = None) -> Raw:
    raw = fact(when, "alert.acknowledged", alert="b1", by=by, at=at(when).isoformat())
    return raw | ({"id": eid} if eid else {}) | ({"source": source} if source else {})


def withdrawn(when: str, event: str) -> Raw:
    return fact(when, "event.withdrawn", event=event, reason="a slip")


def away(who: str, first: str, until: str, cover: str) -> Raw:
    return fact("2027-02-01", "absence.recorded", who, from_=first, until=until, cover=cover)


def texts(ran: Run, who: str) -> list[str]:
    return [clock(message.at)[5:] for message in ran.messages(to=who, alert="b1") if message.channel == "sms"]


def after(ran: Run, when: str) -> list[str]:
    return [f"{clock(message.at)} {message.person}" for message in ran.messages(alert="b1") if message.at > at(when)]


def test_what_the_cover_acknowledged_holds_for_the_holder_whose_leave_ends_at_midnight() -> None:
    history = [
        START, away("w-tm", "2027-02-08", "2027-02-11", "w-cover"), breach("2027-02-11T23:10"),
        acknowledged("2027-02-11T23:20", "w-cover"), acknowledged("2027-02-12T00:45", "w-hsm"),
    ]  # fmt: skip
    ran = run(*history, until="2027-02-14")
    assert texts(ran, "w-tm") == []
    assert texts(ran, "w-hsm") == ["02-11 23:10", "02-11 23:40", "02-12 00:10", "02-12 00:40"]
    assert after(ran, "2027-02-12T00:45") == []


def test_a_message_that_waits_is_dropped_when_everybody_acknowledged_one_by_the_cover() -> None:
    start = [*START, away("w-hsm", "2027-02-08", "2027-02-11", "w-cover"), breach("2027-02-11T23:10")]
    queued = run(start, until="2027-02-12").messages(to="w-oncall", alert="b1")[0]
    answers = [acknowledged("2027-02-11T23:20", "w-cover"), acknowledged("2027-02-12T00:45", "w-tm")]
    events = [event for event in parsed(start, answers) if event.subject == "P-1"]
    assert still_wanted(book(), events, directory(start), queued, at("2027-02-12T00:46")) == Hold("outdated")
    assert isinstance(still_wanted(book(), events[:-1], directory(start), queued, at("2027-02-12T00:46")), Send)


def test_once_everybody_has_acknowledged_a_new_holder_is_not_alerted() -> None:
    answers = [acknowledged("2027-02-11T10:05", "w-tm"), acknowledged("2027-02-11T10:10", "w-hsm")]
    ran = run(
        START, breach(), answers, authority_role("w-other", "team_manager", "2027-02-11T11:00"), until="2027-02-12"
    )
    assert after(ran, "2027-02-11T10:00") == []


def test_nor_is_one_who_takes_over_from_somebody_whose_role_had_passed_to_who_had_acknowledged() -> None:
    """For twenty minutes every holder had acknowledged: that is as soon as it gets."""
    roles = [
        authority_role("w-hsm", "team_manager", "2027-02-11T10:10"),
        authority_role("w-other", "team_manager", "2027-02-11T10:30"),
    ]
    ran = run(START, breach(), acknowledged("2027-02-11T10:05", "w-hsm"), roles, until="2027-02-12")
    assert after(ran, "2027-02-11T10:00") == []


def test_who_covers_from_tomorrow_and_has_acknowledged_settles_it_for_good() -> None:
    history = [
        START, away("w-tm", "2027-02-12", "2027-02-12", "w-hsm"), breach("2027-02-11T22:10"),
        acknowledged("2027-02-11T22:20", "w-hsm"),
    ]  # fmt: skip
    ran = run(*history, until="2027-02-15")
    assert texts(ran, "w-tm")[-1] == "02-11 23:40"
    assert after(ran, "2027-02-12T00:00") == []


def test_an_acknowledgement_withdrawn_alerts_all_whose_time_has_come_at_once() -> None:
    answers = [acknowledged("2027-02-11T10:05", "w-tm", "a1"), acknowledged("2027-02-11T10:10", "w-hsm")]
    ran = run(START, breach(), answers, withdrawn("2027-02-11T12:05", "a1"), until="2027-02-11")
    for who in ("w-tm", "w-oncall", "w-head"):
        assert [moment for moment in texts(ran, who) if moment > "02-11 10:00"][:2] == ["02-11 12:05", "02-11 12:30"]
    assert texts(ran, "w-hsm") == ["02-11 10:00"]
    assert not any(message.context["late"] for message in ran.messages(alert="b1"))


def test_one_withdrawn_within_the_hour_calls_those_only_whose_time_has_come() -> None:
    answers = [acknowledged("2027-02-11T10:05", "w-tm", "a1"), acknowledged("2027-02-11T10:10", "w-hsm")]
    ran = run(START, breach(), answers, withdrawn("2027-02-11T10:35", "a1"), until="2027-02-11")
    assert (texts(ran, "w-oncall")[0], texts(ran, "w-head")[0]) == ("02-11 10:35", "02-11 11:00")


def test_a_closing_withdrawn_sets_the_alert_going_where_its_time_stands() -> None:
    closed = fact("2027-02-11T10:15", "alert.closed", alert="b1", by="w-hsm", outcome="safe", eid="c1")
    ran = run(START, breach(), closed, withdrawn("2027-02-11T11:10", "c1"), until="2027-02-11")
    for who in ("w-tm", "w-hsm", "w-oncall", "w-head"):
        assert next(moment for moment in texts(ran, who) if moment > "02-11 10:00") == "02-11 11:10"


def test_the_clock_of_an_alert_that_an_older_version_forgot_is_read_from_what_it_told() -> None:
    """Its ledger kept no moment of an alert at rest."""
    answers = [acknowledged("2027-02-11T10:05", "w-tm"), acknowledged("2027-02-11T10:10", "w-hsm")]
    events = [event for event in parsed(START, breach(), answers) if event.subject == "P-1"]
    people = directory(START)
    ledger = look(book(), [event for event in events if event.time < at("2027-02-11T10:01")], people, Ledger(),
                  at("2027-02-11T10:00")).ledger  # fmt: skip
    forgetful = Ledger({}, ledger.told)
    again = look(book(), events[:-1], people, forgetful, at("2027-02-11T11:02"))
    assert {message.person for message in again.messages if message.template == "bottom_line"} >= {"w-oncall", "w-head"}


def test_a_vacant_role_is_not_settled_by_the_others() -> None:
    history = [cast(vacant=["team_manager"]), plan_opened("2027-02-01"), breach()]
    ran = run(history, acknowledged("2027-02-11T10:05", "w-hsm"), acknowledged("2027-02-11T11:10", "w-oncall"),
              until="2027-02-12")  # fmt: skip
    assert texts(ran, "w-hsm") == ["02-11 10:00"]
    assert texts(ran, "w-oncall") == ["02-11 10:00", "02-11 10:30", "02-11 11:00"]
    assert texts(ran, "w-head") == ["02-11 11:00"]
    assert after(ran, "2027-02-11T11:10") == []


def test_a_holder_who_cannot_be_told_is_not_settled_by_the_others_either() -> None:
    silent = person("w-tm", "2027-02-02", email=None, mobile=None)
    ran = run(START, silent, breach(), acknowledged("2027-02-11T10:05", "w-hsm"), until="2027-02-11")
    assert texts(ran, "w-oncall")[:2] == ["02-11 10:00", "02-11 10:30"]


def test_a_vacancy_that_is_filled_is_settled_by_who_fills_it() -> None:
    history = [cast(vacant=["team_manager"]), plan_opened("2027-02-01"), breach()]
    filled = authority_role("w-other", "team_manager", "2027-02-11T10:40")
    answers = [acknowledged("2027-02-11T10:05", "w-hsm"), acknowledged("2027-02-11T11:05", "w-other")]
    ran = run(history, filled, answers, until="2027-02-12")
    assert texts(ran, "w-other") == ["02-11 11:00"]
    assert after(ran, "2027-02-11T11:05") == []


@pytest.mark.parametrize("answer", [[], [acknowledged("2027-02-11T10:15", "w-hsm")]])
def test_an_empty_place_at_the_top_holds_nothing_up_while_somebody_can_be_told(answer: list[Raw]) -> None:
    """A vacant on-call manager is no named holder: two who have acknowledged are enough."""
    history = [cast(vacant=["on_call_manager"]), plan_opened("2027-02-01"), breach(), answer]
    ran = run(history, acknowledged("2027-02-11T10:40", "w-tm"), until="2027-02-11")
    assert texts(ran, "w-head")[0] == "02-11 10:30"
    assert bool(after(ran, "2027-02-11T10:40")) is not bool(answer)


def test_when_the_only_holder_has_acknowledged_the_configuration_owner_stands_for_the_vacant_rest() -> None:
    history = [cast(vacant=[role for role in LADDER if role != "hub_service_manager"]), plan_opened("2027-02-01")]
    answers = [acknowledged("2027-02-11T10:05", "w-hsm"), acknowledged("2027-02-11T11:05", "w-config")]
    ran = run(history, breach(), answers, until="2027-02-12")
    assert texts(ran, "w-config") == ["02-11 10:30", "02-11 11:00"]
    assert after(ran, "2027-02-11T11:05") == []


def test_with_nobody_on_the_ladder_it_goes_on_until_the_configuration_owner_acknowledges() -> None:
    history = [cast(vacant=LADDER), plan_opened("2027-02-01"), breach()]
    ran = run(history, acknowledged("2027-02-11T10:20", "w-sw"), acknowledged("2027-02-11T11:20", "w-config"),
              until="2027-02-12")  # fmt: skip
    assert texts(ran, "w-config") == ["02-11 10:00", "02-11 10:30", "02-11 11:00"]
    assert after(ran, "2027-02-11T11:20") == []
    vacancies = [problem.detail for problem in ran.problems("role_vacant") if problem.at == at("2027-02-11T11:00")]
    assert sorted(vacancies) == sorted(LADDER)


def test_an_alert_outlives_the_withdrawal_of_the_plans_opening_and_nothing_else_does() -> None:
    history = [START, breach(), withdrawn("2027-02-11T10:20", "open-P-1"), acknowledged("2027-02-11T11:40", "w-oncall")]
    ran = run(*history, until="2027-03-20")
    assert texts(ran, "w-tm") == ["02-11 10:00", "02-11 10:30", "02-11 11:00", "02-11 11:30"]
    assert (texts(ran, "w-oncall")[0], texts(ran, "w-head")[0]) == ("02-11 10:30", "02-11 11:00")
    assert after(ran, "2027-02-11T11:40") == []
    assert ran.obligations == []
    assert [message for message in ran.messages() if message.at > at("2027-02-11T11:40")] == []


def test_a_bottom_line_crossed_after_that_is_alerted_too() -> None:
    history = [START, withdrawn("2027-02-11T09:20", "open-P-1"), breach()]
    assert texts(run(*history, until="2027-02-11"), "w-hsm")[:2] == ["02-11 10:00", "02-11 10:30"]


def test_in_its_claim_an_alert_goes_though_the_opening_was_withdrawn() -> None:
    start = [*START, breach(), withdrawn("2027-02-11T10:20", "open-P-1")]
    events = [event for event in parsed(start) if event.subject == "P-1"]
    (queued, *_) = run(start, until="2027-02-11").messages(to="w-oncall", alert="b1")
    assert isinstance(still_wanted(book(), events, directory(start), queued, at("2027-02-11T10:31")), Send)
    [reminder] = run(START, until="2027-03-01").messages(purpose="reminder")
    assert still_wanted(book(), events, directory(start), reminder, at("2027-03-01T08:30")) == Hold("outdated")
    opened = [event for event in events if event.type != "event.withdrawn"]
    assert isinstance(still_wanted(book(), opened, directory(START), reminder, at("2027-03-01T08:30")), Send)


@pytest.mark.parametrize(("source", "ends"), [("/dudley/a", True), ("/dudley/b", False), ("/dudley/c", True)])
def test_an_acknowledgement_means_the_alert_of_its_own_source_where_there_is_one(source: str, ends: bool) -> None:
    two = [breach(source="/dudley/a"), breach(source="/dudley/b")]
    answers = [
        acknowledged("2027-02-11T10:05", "w-oncall", source=source),
        acknowledged("2027-02-11T10:05", "w-oncall", "other", source="/dudley/b"),
    ]
    ran = run(START, two, answers, until="2027-02-11")
    assert bool(after(ran, "2027-02-11T10:05")) is not ends


def test_an_acknowledgement_of_a_moment_to_come_counts_from_when_it_was_recorded() -> None:
    slip = fact(
        "2027-02-11T10:05", "alert.acknowledged", alert="b1", by="w-oncall", at=at("2027-02-12T10:05").isoformat()
    )
    assert after(run(START, breach(), slip, until="2027-02-12"), "2027-02-11T10:05") == []

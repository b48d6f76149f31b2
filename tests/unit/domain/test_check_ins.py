"""Check-in texts: when they go, what replies and silence lead to, and what holds them back."""

from __future__ import annotations

import re
from typing import Any

import pytest

from notifications.catalogue.render import render
from notifications.catalogue.sms_parts import sms_parts
from notifications.message import Channel, Message
from tests.unit.domain.builders import Raw, Run, at, clock, fact, person, run, visit
from tests.unit.domain.elsewhere import EVERY_DAY, NUMBERS, family, opened, workers

COUNCIL = "south_gloucestershire"
PEOPLE = workers(COUNCIL)
PLAN = opened(COUNCIL)
START = [*PEOPLE, *PLAN]
NAN = family()
BANNED = re.compile(
    r"council|service|social|safety|child|plan|visit|worker|school|police|abuse|harm|risk|http|www|@|[A-Z]{1,3}-\d|\bYES\b",
    re.IGNORECASE,
)


def window(days: list[str] | None = None, start: str = "17:00", end: str = "19:00") -> dict[str, object]:
    return {"days": days or EVERY_DAY, "from": start, "until": end}


def asked(when: str = "2026-12-01", people: tuple[str, ...] = ("f-nan",), **data: Any) -> Raw:
    """Check-ins agreed at the noon of a day: on Mondays and Thursdays at six, unless told otherwise."""
    usual: dict[str, object] = {"people": list(people), "days": ["mon", "thu"], "at": "18:00"}
    return fact(when, "check_ins.started", eid="c1", **{**usual, **data})


def reply(when: str, text: str, who: str = "f-nan", plan: str = "P-1") -> Raw:
    return fact(when, "check_in.replied", plan, person=who, text=text, at=at(when).isoformat())


def texts(found: Run, who: str = "f-nan", purpose: str = "check_in") -> list[str]:
    return [clock(one.at) for one in found.messages(to=who, purpose=purpose)]


def held(found: Run, who: str = "f-nan") -> list[tuple[str, str]]:
    return [(clock(one.at), one.reason) for one in found.withheld() if one.to == who and one.purpose == "check_in"]


def word(found: Run, purpose: str) -> list[str]:
    """What workers are told: `2026-12-08 08:30 w-sw email check_in_missed`."""
    some = [one for one in found.messages(purpose=purpose) if one.person.startswith("w-")]
    return sorted(f"{clock(one.at)} {one.person} {one.channel} {one.template}" for one in some)


# ---------------------------------------------------------------------------------------------------------------- texts


@pytest.mark.parametrize(
    ("agreement", "days"),
    [
        ({"days": ["tue", "sat"]}, [1, 5, 8, 12]),
        ({"days": None, "per_week": 1}, [7]),
        ({"days": None, "per_week": 2}, [3, 7, 10]),
        ({"days": None, "per_week": 3}, [2, 4, 7, 9, 11]),
        ({"days": None, "per_week": 4}, [1, 3, 4, 7, 8, 10, 11]),
        ({"days": None, "per_week": 5}, [1, 2, 3, 4, 7, 8, 9, 10, 11]),
        ({"days": ["tue"], "per_week": 5}, [1, 8]),
    ],
)
def test_on_which_days(agreement: dict[str, Any], days: list[int]) -> None:
    one = asked(**{key: value for key, value in agreement.items() if value is not None})
    if agreement["days"] is None:
        del one["data"]["days"]  # type: ignore[attr-defined]
    assert texts(run(START, NAN, one, until="2026-12-13")) == [f"2026-12-{day:02} 18:00" for day in days]


@pytest.mark.parametrize(
    ("decision", "at_", "clocks"),
    [
        ({}, "18:00", ["18:00"]),
        ({"window": window()}, "17:00", ["17:00"]),
        ({"window": window()}, "19:00", ["19:00"]),
        ({"window": window()}, "16:00", ["17:00"]),
        ({"window": window()}, "19:30", ["17:00"]),  # moved to the start of the window, even if that is earlier
        ({}, "07:00", ["09:00"]),
        ({}, "21:00", ["09:00"]),
        ({"window": window(start="07:00", end="12:00")}, "06:30", ["09:00"]),
        ({"window": window(start="07:00", end="08:30")}, "08:00", []),
        ({"window": window(days=["mon"])}, "18:00", []),
    ],
)
def test_at_which_hour(decision: dict[str, Any], at_: str, clocks: list[str]) -> None:
    found = run(START, family(**decision), asked(at=at_), until="2026-12-03")
    assert texts(found) == [f"2026-12-03 {one}" for one in clocks]
    assert [reason for _, reason in held(found)] == [] if clocks else ["outside_window"]


def test_local_time_keeps_to_the_wall_over_the_change_of_clocks() -> None:
    autumn = asked("2026-12-01", days=["sat", "sun"])
    found = run(PEOPLE, opened(COUNCIL, "2027-03-01"), NAN, autumn | {"time": at("2027-03-02").isoformat()},
                until="2027-03-28")  # fmt: skip
    assert texts(found)[-2:] == ["2027-03-27 18:00", "2027-03-28 18:00"]


@pytest.mark.parametrize(("recorded", "days"), [("12:00", ["01", "02"]), ("18:00", ["01", "02"]), ("18:01", ["02"])])
def test_it_begins_on_the_day_itself_if_the_hour_is_still_to_come(recorded: str, days: list[str]) -> None:
    one = asked(f"2026-12-01T{recorded}", days=["tue", "wed"])
    assert texts(run(START, NAN, one, until="2026-12-02")) == [f"2026-12-{day} 18:00" for day in days]


def test_it_begins_on_its_own_day() -> None:
    later = asked("2026-12-01", days=EVERY_DAY, on="2026-12-05")
    assert texts(run(START, NAN, later, until="2026-12-06")) == ["2026-12-05 18:00", "2026-12-06 18:00"]


def test_a_newer_agreement_stands_beside_the_older_until_they_are_stopped() -> None:
    newer = fact("2026-12-08", "check_ins.started", people=["f-nan"], days=["fri"], at="12:00")
    found = run(START, NAN, asked(), newer, until="2026-12-18")
    assert [text[8:10] for text in texts(found)] == ["03", "07", "10", "11", "14", "17", "18"]


def test_each_person_is_asked() -> None:
    found = run(START, NAN, family("f-aunt", window=window(start="10:00", end="11:00")),
                asked(people=("f-nan", "f-aunt")), until="2026-12-03")  # fmt: skip
    assert (texts(found), texts(found, "f-aunt")) == (["2026-12-03 18:00"], ["2026-12-03 10:00"])


# -------------------------------------------------------------------------------------------------- silence and replies


def test_one_missed_is_told_to_the_social_worker_the_next_working_morning() -> None:
    found = run(START, NAN, asked(days=["fri"]), until="2026-12-10")
    assert (word(found, "notice"), word(found, "alert")) == (["2026-12-07 08:30 w-sw email check_in_missed"], [])


def test_two_running_are_told_to_both_at_once_each_time() -> None:
    found = run(START, NAN, asked(days=["fri", "sat", "sun"]), until="2026-12-06")
    both = [f"{who} {channel} check_in_alert" for who in ("w-sw", "w-tm") for channel in ("email", "sms")]
    assert word(found, "alert") == [f"2026-12-{day} 20:00 {one}" for day in ("05", "06") for one in both]
    assert all(one.urgent and one.about == ({"check_in": "c1", "person": "f-nan"},)
               for one in found.messages(purpose="alert"))  # fmt: skip


def test_a_silence_that_was_told_is_not_told_again_when_one_of_its_agreements_is_withdrawn() -> None:
    # Each text asks for both agreements, so that each silence is one of both.
    also = fact("2026-12-01T12:05", "check_ins.started", people=["f-nan"], days=EVERY_DAY, at="18:00", eid="c2")
    withdrawn = fact("2026-12-06T12:00", "event.withdrawn", event="c1", reason="a slip")
    told = run(START, NAN, asked(days=EVERY_DAY), also, until="2026-12-06")
    found = run(START, NAN, asked(days=EVERY_DAY), also, withdrawn, until="2026-12-06")
    assert (word(found, "alert"), word(found, "notice")) == (word(told, "alert"), word(told, "notice"))
    assert len(word(told, "alert")) == 20


@pytest.mark.parametrize(("second", "alerts"), [("2026-12-05T20:00", 0), ("2026-12-05T20:01", 4)])
def test_an_answer_within_two_hours_is_none_missed(second: str, alerts: int) -> None:
    found = run(START, NAN, asked(days=["fri", "sat"]), reply(second, "1"), until="2026-12-05")
    assert len(found.messages(purpose="alert")) == alerts


@pytest.mark.parametrize("text", ["1", "2", "who is this"])
def test_whatever_is_answered_the_row_begins_again(text: str) -> None:
    found = run(START, NAN, asked(days=EVERY_DAY), reply("2026-12-03T18:30", text), until="2026-12-04")
    missed = [one for one in found.messages(purpose="alert") if one.context["what"] == "missed"]
    assert {clock(one.at) for one in missed} == {"2026-12-02 20:00"}


def test_silence_of_two_persons_is_not_two_running_of_one() -> None:
    found = run(START, NAN, family("f-aunt"), asked(people=("f-nan", "f-aunt"), days=["fri"]), until="2026-12-08")
    assert word(found, "alert") == []
    assert len(word(found, "notice")) == 2


@pytest.mark.parametrize("text", ["1", "1.", "Yes", "👍🏽"])
def test_all_is_well_tells_nobody_anything(text: str) -> None:
    found = run(START, NAN, asked(days=["thu"]), reply("2026-12-03T18:10", text), until="2026-12-04")
    assert [one.purpose for one in found.messages()] == ["check_in"]


def test_a_call_is_told_at_once_and_answered_once_and_neutrally() -> None:
    found = run(START, NAN, asked(days=["thu"]), reply("2026-12-03T18:10", "2"), until="2026-12-04")
    assert word(found, "alert") == [f"2026-12-03 18:10 w-sw {one} check_in_alert" for one in ("email", "sms")]
    (answered,) = found.messages(purpose="reply")
    assert (clock(answered.at), answered.person, answered.urgent) == ("2026-12-03 18:10", "f-nan", False)


@pytest.mark.parametrize("text", ["who is this?", "he is back", "stop him", "0"])
def test_anything_else_goes_to_the_social_worker_to_read_at_once(text: str) -> None:
    found = run(START, NAN, asked(days=["thu"]), reply("2026-12-03T18:10", text), until="2026-12-04")
    assert word(found, "alert") == [f"2026-12-03 18:10 w-sw {one} check_in_alert" for one in ("email", "sms")]
    assert found.messages(purpose="reply") == []
    assert not any(text in said_in(one) for one in found.messages(purpose="alert") if len(text) > 1)


HELP, CALL = "help", "2"


@pytest.mark.parametrize(
    ("said", "again", "who", "times"),
    [
        (HELP, ("18:05", HELP), "f-nan", ["18:05"]),
        (CALL, ("18:05", CALL), "f-nan", ["18:05"]),
        (HELP, ("18:05", "he is here"), "f-nan", ["18:05"]),
        (HELP, ("18:05:20", HELP), "f-nan", ["18:05", "18:05"]),
        (HELP, ("18:06", HELP), "f-nan", ["18:05", "18:06"]),
        (HELP, ("18:05", CALL), "f-nan", ["18:05", "18:05"]),
        (HELP, ("18:05", HELP), "f-aunt", ["18:05", "18:05"]),
    ],
)
def test_replies_that_call_for_the_same_words_at_one_moment_are_told_once(
    said: str, again: tuple[str, str], who: str, times: list[str]
) -> None:
    when, text = again
    family_too = family("f-aunt", mobile="+447700900555")
    first = {**reply("2026-12-03T18:05", said), "id": "r1"}
    second = {**reply(f"2026-12-03T{when}", text, who=who), "id": "r2"}
    found = run(START, NAN, family_too, asked(people=("f-nan", "f-aunt")), first, second, until="2026-12-03")
    alerts = word(found, "alert")
    for channel in ("email", "sms"):
        at_once = [f"2026-12-03 {clock_} w-sw {channel} check_in_alert" for clock_ in times]
        assert [line for line in alerts if f" {channel} " in line] == at_once
    answers = texts(found, purpose="reply") + texts(found, "f-aunt", purpose="reply")
    assert len(answers) == (1 if CALL in (said, text) else 0)


def test_without_a_social_worker_it_reaches_the_team_manager() -> None:
    found = run(PEOPLE, opened(COUNCIL, roles={}), NAN, asked(days=["thu"]), reply("2026-12-03T18:10", "2"),
                until="2026-12-03")  # fmt: skip
    assert {one.person for one in found.messages(purpose="alert")} == {"w-tm"}
    assert found.problems("role_vacant")


# ----------------------------------------------------------------------------------------------------------------- stop


def test_stop_ends_the_texts_with_one_neutral_answer_and_one_notice() -> None:
    found = run(START, NAN, asked(), reply("2026-12-03T18:10", "STOP"), until="2026-12-18")
    assert (texts(found), texts(found, purpose="reply")) == (["2026-12-03 18:00"], ["2026-12-03 18:10"])
    assert [clocked[:10] for clocked, reason in held(found) if reason == "opted_out"] == [
        "2026-12-07", "2026-12-10", "2026-12-14", "2026-12-17",
    ]  # fmt: skip
    assert word(found, "notice") == ["2026-12-04 08:30 w-sw email check_in_stopped"]
    assert word(found, "alert") == []


def elsewhere(who: str) -> list[Raw]:
    """Another plan with check-ins of its own."""
    child = {"ref": "C-2", "initials": "Z.Z."}
    return [
        fact("2026-11-30", "plan.opened", "P-2", authority=COUNCIL, child=child, route="child_in_need"),
        fact("2026-11-30", "role.assigned", "P-2", role="social_worker", person="w-sw2"),
        fact("2026-12-01", "check_ins.started", "P-2", people=[who], days=["fri"], at="11:00", eid="c2"),
    ]


@pytest.mark.parametrize("who", ["f-nan", "f-aunt"])
def test_stop_binds_the_number_on_other_plans_and_for_other_holders(who: str) -> None:
    other = family("f-aunt", mobile=NUMBERS["f-nan"])
    found = run(START, NAN, other, elsewhere(who), asked(), reply("2026-12-03T18:10", "Stop."), until="2026-12-11")
    assert [one.plan for one in found.messages(purpose="check_in")] == ["P-1"]
    assert [(clocked, reason) for clocked, reason in held(found, who) if clocked.endswith("11:00")] == [
        ("2026-12-04 11:00", "opted_out"), ("2026-12-11 11:00", "opted_out"),
    ]  # fmt: skip


def test_the_worker_of_each_plan_is_told_of_the_stop_once_and_not_of_each_text() -> None:
    found = run(START, NAN, elsewhere("f-nan"), asked(), reply("2026-12-03T18:10", "STOP"), until="2026-12-19")
    assert word(found, "notice") == [
        "2026-12-04 08:30 w-sw email check_in_stopped", "2026-12-04 08:30 w-sw2 email check_in_stopped",
    ]  # fmt: skip


def test_a_new_decision_opens_it_again() -> None:
    again = fact("2026-12-08", "contact.decided", "f-nan", decision="allow", decided_by="w-sw", channel="sms")
    found = run(START, NAN, asked(), reply("2026-12-03T18:10", "STOP"), again, until="2026-12-10")
    assert texts(found) == ["2026-12-03 18:00", "2026-12-10 18:00"]


@pytest.mark.parametrize("said", ["STOP", "2"])
def test_nobody_who_may_not_be_texted_is_answered(said: str) -> None:
    never = fact("2026-12-02", "contact.decided", "f-nan", decision="never", decided_by="w-sw")
    found = run(START, NAN, asked(), never, reply("2026-12-03T18:10", said), until="2026-12-04")
    assert found.messages(to="f-nan") == []


def test_a_second_stop_is_told_no_more() -> None:
    found = run(START, NAN, asked(), reply("2026-12-04T18:10", "STOP"), reply("2026-12-06T18:12", "stop"),
                until="2026-12-08")  # fmt: skip
    assert [line for line in word(found, "notice") if "stopped" in line] == [
        "2026-12-07 08:30 w-sw email check_in_stopped"
    ]


def test_a_second_stop_is_answered_no_more() -> None:
    found = run(START, NAN, asked(), reply("2026-12-03T18:10", "STOP"), reply("2026-12-03T18:12", "stop"),
                until="2026-12-04")  # fmt: skip
    assert texts(found, purpose="reply") == ["2026-12-03 18:10"]


# ---------------------------------------------------------------------------------------------------- what is held back

MANAGER_DECIDED = fact("2026-12-08", "family_contact.approved", person="f-nan", by="w-tm", on="2026-12-08")
RAISED = fact("2026-12-02", "flag.raised", flag="coercive_control", on="2026-12-02")


@pytest.mark.parametrize(
    ("against", "reason"),
    [
        (fact("2026-12-02", "contact.decided", "f-nan", decision="never", decided_by="w-sw"), "never_contact"),
        (fact("2026-12-02", "person.excluded", person="f-nan", on="2026-12-02"), "excluded"),
        (fact("2026-12-02", "plan.withheld", from_="f-nan", reason="x", approved_by="w-tm", on="2026-12-02"),
         "withheld_person"),
        (fact("2026-12-02", "role.assigned", role="carer", person="f-nan", poses_risk=True), "poses_risk"),
        (fact("2026-12-02", "role.assigned", role="carer", person="f-nan", victim=True), "victim"),
        (RAISED, "flag_undecided"),
        (fact("2026-12-02", "contact.decided", "f-nan", decision="allow", decided_by="w-sw", channel="email"),
         "no_contact_decision"),
        (fact("2026-12-02", "contact.decided", "f-nan", decision="allow", decided_by="w-sw",
              check_again_on="2026-12-02"), "no_contact_decision"),
        (person("f-nan", "2026-12-02", "family", email=None, mobile=None), "no_address"),
        ([person("f-ex", "2026-12-02", "family", mobile=NUMBERS["f-nan"]),
          fact("2026-12-02", "person.excluded", person="f-ex", on="2026-12-02")], "excluded"),
        ([person("f-ex", "2026-12-02", "family", mobile=NUMBERS["f-nan"]),
          fact("2026-12-02", "role.assigned", role="parent", person="f-ex", poses_risk=True)], "poses_risk"),
    ],
)  # fmt: skip
def test_each_text_held_back_is_on_record_and_told_once(against: Raw | list[Raw], reason: str) -> None:
    found = run(START, NAN, asked(), against, until="2026-12-10")
    assert held(found) == [(f"2026-12-{day} 18:00", reason) for day in ("03", "07", "10")]
    assert texts(found) == []
    assert word(found, "notice") == ["2026-12-04 08:30 w-sw email check_in_withheld"]
    assert word(found, "alert") == []


def test_the_first_reason_is_given_on_a_day_without_a_window() -> None:
    never = fact("2026-12-02", "contact.decided", "f-nan", decision="never", decided_by="w-sw",
                 window=window(days=["mon"]))  # fmt: skip
    found = run(START, NAN, asked(), never, until="2026-12-11")
    assert [reason for _, reason in held(found)] == ["never_contact"] * 3
    assert len(word(found, "notice")) == 1


def test_another_holder_without_a_decision_holds_nothing_back() -> None:
    other = person("f-ex", "2026-12-02", "family", mobile=NUMBERS["f-nan"])
    assert texts(run(START, NAN, asked(), other, until="2026-12-03")) == ["2026-12-03 18:00"]


def test_when_the_reason_changes_it_is_told_again() -> None:
    never = fact("2026-12-08", "contact.decided", "f-nan", decision="never", decided_by="w-sw")
    found = run(START, NAN, asked(), RAISED, never, until="2026-12-18")
    assert [reason for _, reason in held(found)] == ["flag_undecided"] * 2 + ["never_contact"] * 3
    assert [line[:16] for line in word(found, "notice")] == ["2026-12-04 08:30", "2026-12-11 08:30"]


def test_an_approval_lets_the_texts_go_and_an_incident_of_the_same_name_voids_it() -> None:
    again = fact("2026-12-15", "flag.raised", flag="domestic_abuse", on="2026-12-15")
    approved = fact("2026-12-16", "family_contact.approved", person="f-nan", by="w-tm", on="2026-12-16")
    incident = fact("2026-12-18", "incident.recorded", kind="domestic_abuse", at=at("2026-12-18").isoformat())
    found = run(START, NAN, asked(), RAISED, MANAGER_DECIDED, again, approved, incident, until="2026-12-21")
    assert texts(found) == ["2026-12-10 18:00", "2026-12-14 18:00", "2026-12-17 18:00"]
    assert held(found)[-1] == ("2026-12-21 18:00", "flag_undecided")


def test_an_approval_is_for_one_person() -> None:
    found = run(START, NAN, family("f-aunt"), asked(people=("f-nan", "f-aunt")), RAISED, MANAGER_DECIDED,
                until="2026-12-10")  # fmt: skip
    assert (texts(found), texts(found, "f-aunt")) == (["2026-12-10 18:00"], [])


def test_a_decision_holds_until_the_day_on_which_it_is_to_be_checked() -> None:
    found = run(START, family(check_again_on="2026-12-07"), asked(), until="2026-12-10")
    assert texts(found) == ["2026-12-03 18:00", "2026-12-07 18:00"]
    assert held(found) == [("2026-12-10 18:00", "no_contact_decision")]


def test_what_was_not_sent_cannot_be_missed() -> None:
    found = run(START, NAN, asked(days=EVERY_DAY), RAISED, until="2026-12-09")
    assert [line for line in word(found, "notice") if "missed" in line] == [
        "2026-12-02 08:30 w-sw email check_in_missed"
    ]
    assert word(found, "alert") == []


# -------------------------------------------------------------------------------------------------------------- the end


def test_they_end_from_the_next_monday() -> None:
    stopped = fact("2026-12-08", "check_ins.stopped", by="w-sw", on="2026-12-08")
    assert texts(run(START, NAN, asked(days=EVERY_DAY), stopped, until="2026-12-20"))[-1] == "2026-12-13 18:00"


def test_stopped_on_a_monday_they_go_on_for_that_week() -> None:
    stopped = fact("2026-12-07", "check_ins.stopped", by="w-sw", on="2026-12-07")
    assert texts(run(START, NAN, asked(), stopped, until="2026-12-20")) == [
        "2026-12-03 18:00", "2026-12-07 18:00", "2026-12-10 18:00",
    ]  # fmt: skip


def test_the_end_of_the_plan_ends_them_and_their_records() -> None:
    end = fact("2026-12-08", "plan.ended", on="2026-12-08", reason="x")
    found = run(START, NAN, asked(), RAISED, end, until="2026-12-20")
    assert (texts(found), [clocked[:10] for clocked, _ in held(found)]) == ([], ["2026-12-03", "2026-12-07"])


def test_four_clear_visits_in_a_row_are_told_to_the_social_worker_alone_and_end_nothing() -> None:
    made: dict[int, dict[str, Any]] = {
        2: {},
        3: {"concern": True},
        4: {},
        7: {"child_seen": False},
        8: {},
        9: {},
        10: {},
    }
    visits = [visit(f"2026-12-{day:02}", announced=False, **data) for day, data in made.items()]
    found = run(START, NAN, asked(until_visits=4), visits, until="2026-12-17")
    may_end = [one for one in found.messages() if one.template == "check_ins_may_end"]
    assert [(clock(one.at), one.person) for one in may_end] == [("2026-12-11 08:30", "w-sw")]
    assert texts(found)[-1] == "2026-12-17 18:00"


def test_a_late_record_of_the_start_sends_nothing_of_the_past() -> None:
    late = asked("2026-12-08", on="2026-12-01")
    found = run(START, NAN, late, until="2026-12-10")
    assert (texts(found), held(found)) == (["2026-12-10 18:00"], [])


# -------------------------------------------------------------------------------------------------------- what they say


@pytest.mark.parametrize("decision", [{}, {"wording": "plain"}, {"sender_name": "S" * 20, "wording": "plain"}])
@pytest.mark.parametrize("said", ["2", "STOP"])
def test_a_family_text_is_one_part_and_says_nothing(decision: dict[str, Any], said: str) -> None:
    found = run(START, family(**decision), asked(), reply("2026-12-03T18:10", said), until="2026-12-03")
    sent = [said_in(one) for one in found.messages(to="f-nan")]
    assert len(sent) == 2
    assert [sms_parts(text) for text in sent] == [1, 1]
    assert [text for text in sent if BANNED.search(text)] == []


def said_in(one: Message) -> str:
    return render(one.template, Channel(one.channel), one.context).text

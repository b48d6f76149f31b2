"""Contact rules: each reason, their order, windows, flags and shared numbers."""

from __future__ import annotations

from itertools import pairwise

import pytest

from notifications.message import Channel
from service.domain.calendar import local_day
from service.domain.facts import Facts
from service.domain.telling.contact import Allowed, may_tell
from tests.unit.domain.builders import PLAN, at, directory, fact, parsed, person, plan_opened

NAN, NUMBER = "f-nan", "+447700900444"
ORDER = [
    "never_contact", "excluded", "withheld_person", "poses_risk", "victim", "flag_undecided", "opted_out",
    "no_contact_decision", "no_address", "outside_window",
]  # fmt: skip
NOON, NIGHT = "2026-11-11T12:00", "2026-11-11T23:00"
ALLOW = fact("2026-11-03", "contact.decided", NAN, decision="allow", decided_by="w-sw", channel="sms")


def stop(day: str, who: str = NAN, plan: str = PLAN) -> dict[str, object]:
    return fact(day, "check_in.replied", plan, person=who, text="STOP")


def allowed(day: str, who: str = NAN, **data: object) -> dict[str, object]:
    return fact(day, "contact.decided", who, decision="allow", decided_by="w-sw", **data)


def flagged(day: str, flag: str = "coercive_control") -> dict[str, object]:
    return fact(day, "flag.raised", flag=flag, on=day)


def approved(day: str, who: str = NAN) -> dict[str, object]:
    return fact(day, "family_contact.approved", person=who, by="w-tm", on=day)


def answer(*events: object, who: str = NAN, channel: str = "sms", when: str = NOON) -> str:
    """`ok`, or the reason against."""
    people = directory(*events)
    plan_events = [one for one in parsed(plan_opened(), *events) if one.subject == PLAN]
    facts = Facts.of(plan_events, people, local_day(at(when)))
    assert facts is not None
    found = may_tell(facts, who, Channel(channel), at(when))
    return "ok" if isinstance(found, Allowed) else found.reason.value


def with_reasons(reasons: set[str]) -> str:
    """The answer for somebody against whom exactly these reasons stand."""
    number = {} if "no_address" in reasons else {"mobile": NUMBER}
    events = [person(NAN, "2026-11-01", "family", **{"mobile": None, **number})]
    marks = {mark: True for mark in ("poses_risk", "victim") if mark in reasons}
    events.append(fact("2026-11-02T12:00", "role.assigned", role="network_member", person=NAN, **marks))
    if "never_contact" in reasons:
        events.append(fact("2026-11-03", "contact.decided", NAN, decision="never", decided_by="w-sw"))
    elif "no_contact_decision" not in reasons:
        events.append(ALLOW)
    if "excluded" in reasons:
        events.append(fact("2026-11-04", "person.excluded", person=NAN, on="2026-11-04"))
    if "withheld_person" in reasons:
        events.append(fact("2026-11-04", "plan.withheld", from_=NAN, reason="safety", on="2026-11-04"))
    if "flag_undecided" in reasons:
        events.append(flagged("2026-11-04"))
    if "opted_out" in reasons:
        events.append(stop("2026-11-05"))
    return answer(events, when=NIGHT if "outside_window" in reasons else NOON)


def test_nothing_stands_against_somebody_with_a_decision() -> None:
    assert with_reasons(set()) == "ok"


@pytest.mark.parametrize("reason", ORDER)
def test_each_reason_alone(reason: str) -> None:
    assert with_reasons({reason}) == reason


@pytest.mark.parametrize(("first", "second"), list(pairwise(ORDER)))
def test_the_first_reason_is_given(first: str, second: str) -> None:
    assert with_reasons({first, second}) == first


def test_a_child_needs_a_decision_as_well() -> None:
    child = person("c-1", "2026-11-01", "child", mobile=NUMBER)
    assert answer(child, who="c-1") == "no_contact_decision"


@pytest.mark.parametrize("kind", ["worker", "partner"])
@pytest.mark.parametrize("when", [NOON, NIGHT])
def test_workers_and_partners_need_no_decision_and_have_no_window(kind: str, when: str) -> None:
    assert answer(person("w-x", "2026-11-01", kind), who="w-x", when=when) == "ok"


@pytest.mark.parametrize("kind", ["worker", "partner", "family", "child"])
def test_never_binds_for_anybody(kind: str) -> None:
    never = fact("2026-11-03", "contact.decided", "w-x", decision="never", decided_by="w-tm")
    assert answer(person("w-x", "2026-11-01", kind), never, who="w-x") == "never_contact"


def test_the_latest_decision_holds() -> None:
    never = fact("2026-11-05", "contact.decided", NAN, decision="never", decided_by="w-sw")
    again = fact("2026-11-06", "contact.decided", NAN, decision="allow", decided_by="w-sw", channel="sms")
    nan = person(NAN, "2026-11-01", "family")
    assert [answer(nan, ALLOW, never), answer(nan, ALLOW, never, again)] == ["never_contact", "ok"]


def test_a_decision_for_texts_is_none_for_emails() -> None:
    assert answer(person(NAN, "2026-11-01", "family"), ALLOW, channel="email") == "no_contact_decision"


def test_a_withdrawn_decision_was_never_made() -> None:
    withdrawn = fact("2026-11-05", "event.withdrawn", NAN, event=ALLOW["id"], reason="another person")
    assert answer(person(NAN, "2026-11-01", "family"), ALLOW, withdrawn) == "no_contact_decision"


@pytest.mark.parametrize(
    ("clock", "expected"),
    [
        ("2026-11-11T16:59", "outside_window"),
        ("2026-11-11T17:00", "ok"),
        ("2026-11-11T19:00", "ok"),
        ("2026-11-11T19:01", "outside_window"),
        ("2026-11-12T18:00", "outside_window"),  # a Thursday
        ("2026-07-01T18:30", "ok"),  # summer time, on the wall
    ],
)
def test_the_persons_own_window(clock: str, expected: str) -> None:
    window = {"days": ["wed"], "from": "17:00", "until": "19:00"}
    allow = fact("2026-05-01", "contact.decided", NAN, decision="allow", decided_by="w-sw", window=window)
    assert answer(person(NAN, "2026-04-01", "family"), allow, when=clock) == expected


@pytest.mark.parametrize(
    ("clock", "expected"),
    [("08:59", "outside_window"), ("09:00", "ok"), ("20:00", "ok"), ("20:01", "outside_window")],
)
def test_family_is_written_to_between_nine_and_eight_only(clock: str, expected: str) -> None:
    assert answer(person(NAN, "2026-11-01", "family"), ALLOW, when=f"2026-11-11T{clock}") == expected


@pytest.mark.parametrize("flag", ["forced_marriage", "honour_based_abuse", "coercive_control", "domestic_abuse"])
def test_all_four_flags_silence_the_family_until_a_manager_approves(flag: str) -> None:
    nan = [person(NAN, "2026-11-01", "family"), ALLOW]
    raised = flagged("2026-11-04", flag)
    assert answer(nan, raised) == "flag_undecided"
    assert answer(nan, raised, approved("2026-11-05")) == "ok"


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([approved("2026-11-03"), flagged("2026-11-04")], "flag_undecided"),
        ([flagged("2026-11-04"), approved("2026-11-05", "f-other")], "flag_undecided"),
        ([flagged("2026-11-04"), approved("2026-11-05"), flagged("2026-11-06", "domestic_abuse")], "flag_undecided"),
        ([flagged("2026-11-04"), approved("2026-11-05"), flagged("2026-11-06")], "flag_undecided"),
        ([flagged("2026-11-04"), fact("2026-11-05", "flag.cleared", flag="coercive_control", on="2026-11-05")], "ok"),
        ([flagged("2026-11-04"), fact("2026-11-05", "flag.cleared", flag="domestic_abuse", on="2026-11-05")],
         "flag_undecided"),
    ],
)  # fmt: skip
def test_an_approval_is_for_one_person_and_for_the_flags_before_it(events: list[object], expected: str) -> None:
    assert answer(person(NAN, "2026-11-01", "family"), ALLOW, events) == expected


@pytest.mark.parametrize("own_day", ["2026-11-03", "2026-11-04"])
def test_an_approval_from_before_the_flag_is_none_however_late_it_is_recorded(own_day: str) -> None:
    raised = fact("2026-11-04T15:00", "flag.raised", flag="coercive_control", at=at("2026-11-04T15:00").isoformat())
    yes = {"at": at(f"{own_day}T10:00").isoformat(), "person": NAN, "by": "w-tm"}
    late = fact("2026-11-06", "family_contact.approved", **yes)
    assert answer(person(NAN, "2026-11-01", "family"), ALLOW, raised, late) == "flag_undecided"


@pytest.mark.parametrize(("cleared_at", "expected"), [("10:00", "flag_undecided"), ("16:00", "ok")])
def test_a_flag_stands_when_it_was_cleared_before_it_was_raised_again_that_day(cleared_at: str, expected: str) -> None:
    moments = {"flag.raised": "15:00", "flag.cleared": cleared_at}
    events = [
        fact(f"2026-11-0{day}", kind, flag="coercive_control", at=at(f"2026-11-04T{clock}").isoformat())
        for day, (kind, clock) in enumerate(moments.items(), start=5)
    ]
    assert answer(person(NAN, "2026-11-01", "family"), ALLOW, events) == expected


def test_of_two_decisions_of_one_moment_never_counts() -> None:
    never = fact("2026-11-03", "contact.decided", NAN, decision="never", decided_by="w-sw", eid="a")
    allow = fact("2026-11-03", "contact.decided", NAN, decision="allow", decided_by="w-sw", eid="b")
    for one, other in ((never, allow), ({**never, "id": "c"}, allow)):
        assert answer(person(NAN, "2026-11-01", "family"), one, other) == "never_contact"


@pytest.mark.parametrize("mark", ["poses_risk", "victim"])
def test_a_mark_for_a_whole_authority_counts_on_its_plans(mark: str) -> None:
    role = {"role": "network_member", "person": NAN, mark: True}
    ours = fact("2026-11-03", "role.assigned", None, authority="dudley", **role)
    assert answer(person(NAN, "2026-11-01", "family"), ALLOW, ours) == mark


def test_whoever_is_excluded_before_being_introduced_is_excluded() -> None:
    excluded = fact("2026-11-03", "person.excluded", person=NAN, on="2026-11-03")
    assert [answer(excluded), answer()] == ["excluded", "no_address"]


@pytest.mark.parametrize(("kind", "expected"), [("domestic_abuse", "flag_undecided"), ("missing", "ok")])
def test_an_incident_of_the_flags_name_voids_the_approval(kind: str, expected: str) -> None:
    happened = fact("2026-11-07", "incident.recorded", kind=kind, at=at("2026-11-07T09:00").isoformat())
    raised = flagged("2026-11-04", "domestic_abuse")
    assert answer(person(NAN, "2026-11-01", "family"), ALLOW, raised, approved("2026-11-05"), happened) == expected


@pytest.mark.parametrize("written", [NUMBER, "07700 900444"])
@pytest.mark.parametrize(
    ("against", "expected"),
    [
        (fact("2026-11-03", "contact.decided", "f-ex", decision="never", decided_by="w-sw"), "never_contact"),
        (fact("2026-11-03", "person.excluded", person="f-ex", on="2026-11-03"), "excluded"),
        (fact("2026-11-03", "plan.withheld", from_="f-ex", reason="safety", on="2026-11-03"), "withheld_person"),
        (fact("2026-11-03", "role.assigned", role="parent", person="f-ex", poses_risk=True), "poses_risk"),
        (fact("2026-11-03", "role.assigned", role="parent", person="f-ex"), "ok"),
        (fact("2026-11-03", "role.assigned", role="parent", person="f-ex", victim=True), "ok"),
    ],
)
def test_a_number_that_somebody_to_be_avoided_holds_too_is_not_texted(
    against: dict[str, object], expected: str, written: str
) -> None:
    both = [person(NAN, "2026-11-01", "family", mobile=NUMBER), person("f-ex", "2026-11-01", "family", mobile=written)]
    assert answer(both, ALLOW, against) == expected


def test_a_number_of_before_is_no_longer_shared() -> None:
    both = [person(NAN, "2026-11-01", "family", mobile=NUMBER), person("f-ex", "2026-11-01", "family", mobile=NUMBER)]
    moved = person("f-ex", "2026-11-05", "family", mobile="+447700900777")
    excluded = fact("2026-11-03", "person.excluded", person="f-ex", on="2026-11-03")
    assert [answer(both, ALLOW, excluded), answer(both, ALLOW, excluded, moved)] == ["excluded", "ok"]

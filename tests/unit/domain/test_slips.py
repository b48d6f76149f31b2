"""What is accepted and has no effect, or looks like a mistake, is a problem, and a person is told of it once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest

from service.domain.events.slip import plain_slips, protects
from service.domain.facts import Facts
from service.domain.people.directory import Directory
from service.domain.telling.records import Problem
from service.domain.telling.slips import slips_of
from service.simulation import Simulation
from tests.unit.domain.builders import (
    Raw,
    Run,
    book,
    cast,
    clock,
    directory,
    fact,
    flat,
    parsed,
    person,
    plan_opened,
    run,
    visit,
)  # fmt: skip

UNTIL = "2026-11-13"


def history(*facts: Any) -> Run:
    family = person("f-dad", kind="family", email=None)
    return run(cast(), family, plan_opened(), *facts, until=UNTIL)


def codes(ran: Run) -> list[tuple[str, str, str | None]]:
    """The problems of events: code, moment and plan."""
    told = (one for one in ran.told if not hasattr(one, "person") and not hasattr(one, "reason"))
    return [(one.code, clock(one.at), one.plan) for one in told if not one.code.startswith(("role_", "no_", "action_"))]


def emails(ran: Run, template: str) -> list[tuple[str, str, bool, list[object]]]:
    """To whom, when, whether urgent, about which events."""
    found = [one for one in ran.messages(purpose="notice") if one.template == template]
    return [(one.person, clock(one.at), one.urgent, [item["event"] for item in one.about]) for one in found]


REFERENCES: dict[str, tuple[str, Mapping[str, object]]] = {
    "a visitor": ("visit.recorded", {"by": "W-SW", "on": "2026-11-04"}),
    "a visit in the diary": ("visit.recorded", {"by": "w-sw", "on": "2026-11-04", "ref": "vis-9"}),
    "a visit to be shared": ("visit.shared", {"visit": "v-9"}),
    "an alert acknowledged": ("alert.acknowledged", {"alert": "b-9", "by": "w-tm"}),
    "an alert closed": ("alert.closed", {"alert": "b-9", "by": "w-tm", "outcome": "safe"}),
    "the hub told": ("hub.notified", {"alert": "b-9", "by": "w-tm"}),
    "an action completed": ("action.completed", {"ref": "ACT-1"}),
    "an action explained": ("action.explained", {"ref": "ACT-1", "why": "closed"}),
    "whose action it is": ("action.agreed", {"ref": "a-2", "what": "ring", "who": "w-9", "due_on": "2026-12-01"}),
    "a meeting uploaded": ("meeting.uploaded", {"ref": "m-9"}),
    "a meeting cancelled": ("meeting.cancelled", {"meeting": "review", "ref": "m-9"}),
    "what is withdrawn": ("event.withdrawn", {"event": "V1", "reason": "slip"}),
    "what a review was after": ("plan.reviewed", {"by": "w-sw", "after": "i-9"}),
    "who signed": ("plan.signed", {"by": "f-9"}),
    "who is texted": ("check_ins.started", {"people": ["f-dad", "f-9"], "days": ["mon"], "at": "18:00"}),
    "who is in the network": ("network.agreed", {"people": ["f-9"]}),
    "what a milestone is about": ("milestone.reached", {"milestone": "x", "about": "f-9"}),
}


def test_an_event_that_names_another_authority_counts_as_its_senders_and_is_a_problem() -> None:
    ours = [raw | {"source": "/dudley/cases"} for raw in flat(cast(), plan_opened())]
    again = plan_opened("2026-11-04", roles={}, authority="bradford")[0] | {"source": "/dudley/cases", "id": "x"}
    simulation = Simulation(book())
    told = list(simulation.run(parsed(ours, again), date(2026, 11, 13)))
    (problem,) = [one for one in told if isinstance(one, Problem) and one.code == "authority_differs"]
    assert (problem.authority, problem.plan) == ("dudley", "P-1")
    assert {plan.authority for plan in simulation.plans} == {"dudley"}


@pytest.mark.parametrize("name", REFERENCES)
def test_a_reference_to_nothing_is_a_problem_after_an_hour(name: str) -> None:
    kind, data = REFERENCES[name]
    ran = history(fact("2026-11-04T10:00", kind, eid="x", **data))
    assert ("refers_to_nothing", "2026-11-04 11:00", "P-1") in codes(ran)
    assert emails(ran, "problems") == [("w-config", "2026-11-05 08:30", False, ["x"])]
    assert emails(ran, "problem") == []


def test_what_becomes_known_within_the_hour_is_no_problem_and_later_it_is_no_longer_told() -> None:
    action = {"what": "ring", "who": "w-sw", "due_on": "2026-12-01"}
    done = fact("2026-11-04T10:00", "action.completed", ref="act-1", on="2026-11-04")
    soon = history(done, fact("2026-11-04T10:59", "action.agreed", ref="act-1", **action))
    late = history(done, fact("2026-11-04T12:00", "action.agreed", ref="act-1", **action))
    assert codes(soon) == []
    assert [code for code, *_ in codes(late)] == ["refers_to_nothing"]
    assert emails(late, "problems") == []


def test_what_was_withdrawn_is_something_and_a_withdrawn_event_is_no_problem() -> None:
    gone = fact("2026-11-04T10:00", "event.withdrawn", event="v1", reason="by mistake")
    shared = fact("2026-11-04T11:00", "visit.shared", visit="v1", on="2026-11-04")
    wrong = fact("2026-11-04T12:00", "action.completed", eid="x", ref="none", on="2026-11-04")
    mended = fact("2026-11-04T12:30", "event.withdrawn", event="x", reason="by mistake")
    recorded = visit("2026-11-04T09:00") | {"id": "v1"}
    assert codes(history(recorded, gone, shared, wrong, mended)) == []


PROTECTING: dict[str, Raw] = {
    "excluded": fact("2026-11-07T22:00", "person.excluded", eid="x", person="F-DAD"),
    "withheld": fact("2026-11-07T22:00", "plan.withheld", eid="x", from_="f-9", reason="safety", approved_by="w-tm"),
}


@pytest.mark.parametrize("name", PROTECTING)
def test_where_it_would_have_protected_somebody_the_team_manager_is_told_at_once(name: str) -> None:
    ran = history(PROTECTING[name])
    assert emails(ran, "problem") == [("w-tm", "2026-11-07 23:00", True, ["x"])]
    (message,) = [one for one in ran.messages(to="w-tm") if one.template == "problem"]
    assert (message.plan, message.channel) == ("P-1", "email")
    assert emails(ran, "problems") == [("w-config", "2026-11-09 08:30", False, ["x"])]


@pytest.mark.parametrize(
    ("kind", "data", "at_once"),
    [
        ("role.assigned", {"role": "parent", "person": "f-dad", "posesRisk": True}, True),
        ("role.assigned", {"role": "parent", "person": "f-dad", "is_victim": "TRUE"}, True),
        ("role.assigned", {"role": "parent", "person": "f-dad", "Parental-Responsibility": "Yes"}, True),
        ("role.assigned", {"role": "parent", "person": "f-dad", "poses risk": False}, False),
        ("visit.recorded", {"by": "w-sw", "on": "2026-11-04", "poses_risk": True}, False),
        ("person.excluded", {"person": "f-dad", "more": {"isVictim": True}}, True),
    ],
)
def test_a_field_that_nearly_protects_is_told(kind: str, data: dict[str, object], at_once: bool) -> None:
    ran = history(fact("2026-11-04T10:00", kind, eid="x", **data))
    assert codes(ran) == [("field_unknown", "2026-11-04 10:00", "P-1")]
    assert bool(emails(ran, "problem")) is at_once


@pytest.mark.parametrize("data", [{"victim": True}, {"posesRisk": None}, {"risk": True}, {"shoe_size": 7}])
def test_a_mark_itself_null_and_any_other_field_are_no_problem(data: dict[str, object]) -> None:
    (event,) = parsed(fact("2026-11-04", "role.assigned", role="parent", person="f-dad", **data))
    assert list(plain_slips(event)) == []


@pytest.mark.parametrize(
    ("when", "day", "unlikely"),
    [
        ("2026-11-04T23:30", "2028-11-04", False),
        ("2026-11-04", "2028-11-05", True),
        ("2024-02-29", "2026-02-28", False),
        ("2024-02-29", "2026-03-01", True),
    ],
)
def test_more_than_two_years_ahead_is_unlikely(when: str, day: str, unlikely: bool) -> None:
    for kind, name in (("end_date.set", "end_on"), ("review_date.set", "review_on"), ("ending.planned", "ends_on")):
        (event,) = parsed(fact(when, kind, **{name: day}))
        assert [slip.code for slip in plain_slips(event)] == ["date_unlikely"] * unlikely


@pytest.mark.parametrize(
    ("every", "unlikely"),
    [("24 months", False), ("25 months", True), ("730 days", False), ("800 working days", True)],
)
def test_an_interval_of_more_than_two_years_is_unlikely(every: str, unlikely: bool) -> None:
    for kind, name in (("network_meetings.agreed", "every"), ("meeting.held", "review_every")):
        usual = {"meeting": "review"} if kind == "meeting.held" else {}
        (event,) = parsed(fact("2026-11-04", kind, **{name: every}, **usual))
        assert [slip.code for slip in plain_slips(event)] == ["date_unlikely"] * unlikely


def test_a_landline_takes_no_texts_and_a_mobile_does() -> None:
    landline, mobile = parsed(person("w-1", mobile="020 7946 0123"), person("w-2"))
    assert [slip.code for slip in plain_slips(landline)] == ["number_takes_no_texts"]
    assert list(plain_slips(mobile)) == []


def test_a_second_opening_is_told_and_for_another_child_at_once() -> None:
    usual = {"authority": "dudley", "route": "court"}
    again = fact("2026-11-07", "plan.opened", eid="x", child={"ref": "C-P-1", "initials": "Q.Z."}, **usual)
    other = fact("2026-11-07", "plan.opened", eid="x", child={"ref": "C-9", "initials": "A.B."}, **usual)
    twice = history(again)
    assert (codes(twice), emails(twice, "problem")) == ([("opened_twice", "2026-11-07 12:00", "P-1")], [])
    child = history(other)
    assert codes(child) == [("other_child", "2026-11-07 12:00", "P-1")]
    assert emails(child, "problem") == [("w-tm", "2026-11-07 12:00", True, ["x"])]


def test_a_fact_after_the_end_is_told_unless_it_has_an_effect_all_the_same() -> None:
    ended = fact("2026-11-03", "plan.ended", reason="safe", on="2026-11-03")
    late = fact("2026-11-05", "hub.consulted", eid="x", on="2026-11-05")
    lasting = fact("2026-11-05", "person.excluded", person="f-dad", on="2026-11-05")
    ran = history(ended, late, lasting)
    assert codes(ran) == [("after_the_end", "2026-11-05 12:00", "P-1")]
    child = {"ref": "C-P-1", "initials": "Q.Z."}
    again = fact("2026-11-06", "plan.opened", authority="dudley", child=child, route="court", on="2026-11-06")
    assert emails(history(ended, late, again), "problems") == [("w-config", "2026-11-06 08:30", False, ["x"])]


@pytest.mark.parametrize(
    ("days", "idle"),
    [
        (["2026-10-20"], ["x0"]),
        (["2026-11-03", "2026-11-03"], ["x1"]),
        (["2026-10-20", "2026-11-03"], ["x0"]),
        (["2026-11-03"], []),
    ],
    ids=["before the opening", "twice on a day", "a slip put right", "as it should be"],
)
def test_an_end_on_a_day_on_which_the_plan_does_not_run_is_told(days: list[str], idle: list[str]) -> None:
    ends = [
        fact(f"2026-11-{place + 3:02}", "plan.ended", eid=f"x{place}", reason="safe", on=day)
        for place, day in enumerate(days)
    ]
    ran = history(*ends)
    assert [code for code, *_ in codes(ran)] == ["ends_nothing"] * len(idle)
    assert [about for *_, about in emails(ran, "problems")] == ([idle] if idle else [])


def test_an_end_in_the_gap_before_a_plan_is_opened_again_is_told() -> None:
    usual = {"authority": "dudley", "child": {"ref": "C-P-1", "initials": "Q.Z."}, "route": "court"}
    ended = fact("2026-11-03", "plan.ended", reason="safe", on="2026-11-03")
    again = fact("2026-11-06", "plan.opened", on="2026-11-06", **usual)
    in_the_gap = fact("2026-11-06", "plan.ended", eid="x", reason="safe", on="2026-11-05")
    assert [code for code, *_ in codes(history(ended, again, in_the_gap))] == ["ends_nothing"]


def test_visits_that_no_rule_asks_for_and_milestones_that_no_policy_declares_are_told() -> None:
    asked = fact("2026-11-04", "visits.agreed", by_role="key_professional", every="2 weeks")
    other = fact("2026-11-04", "visits.agreed", by_role="iro", every="2 weeks")
    milestone = fact("2026-11-04", "milestone.reached", milestone="first_meal")
    assert codes(history(asked)) == []
    assert [code for code, *_ in codes(history(other))] == ["not_asked_for"]
    assert [code for code, *_ in codes(history(milestone))] == ["undeclared_milestone"]


def test_one_email_speaks_of_every_plan_and_once_of_each_event() -> None:
    other = plan_opened(plan="P-2")
    slips = [fact("2026-11-04", "action.completed", plan, eid=f"x-{plan}", ref="none") for plan in ("P-1", "P-2")]
    both = fact("2026-11-04", "action.agreed", eid="y", ref="a", what="b", who="w-9", due_on="2126-11-04")
    ran = history(other, *slips, both)
    ((to, when, urgent, about), *more) = emails(ran, "problems")
    assert (to, when, urgent, more) == ("w-config", "2026-11-05 08:30", False, [])
    assert sorted(map(str, about)) == ["x-P-1", "x-P-2", "y"]


def test_nothing_of_a_slip_names_anybody() -> None:
    ran = history(fact("2026-11-04", "person.excluded", eid="Jane of 12 High Street", person="jane smith"))
    texts = [str(one.context) for one in ran.messages(purpose="notice")]
    assert texts
    assert not any("jane" in text.lower() for text in texts)


def test_an_exclusion_a_mark_and_a_never_protect() -> None:
    never, allow, marked, plain = parsed(
        fact("2026-11-04", "contact.decided", "f-dad", decision="never", decided_by="w-tm"),
        fact("2026-11-04", "contact.decided", "f-dad", decision="allow", decided_by="w-tm"),
        fact("2026-11-04", "role.assigned", role="parent", person="f-dad", victim=True),
        fact("2026-11-04", "role.assigned", role="parent", person="f-dad"),
    )
    assert [protects(event) for event in (never, allow, marked, plain)] == [True, False, True, False]


def test_a_plan_of_thousands_of_events_is_told() -> None:
    events = parsed(plan_opened(), [fact("2026-11-04", "hub.consulted", eid=f"h-{number}") for number in range(5_001)])
    facts = Facts.of(events, Directory(), date(2026, 11, 5))
    assert facts is not None
    assert [slip.code for slip in slips_of(facts, book()) if slip.code == "many_events"] == ["many_events"]
    few = Facts.of(events[:100], Directory(), date(2026, 11, 5))
    assert few is not None
    assert "many_events" not in {slip.code for slip in slips_of(few, book())}


NEVER = fact("2026-11-06T22:00", "contact.decided", "F-DAD", eid="x", decision="never", decided_by="w-tm")
MARKED = fact("2026-11-06T22:00", "role.assigned", eid="x", role="parent", person="F-DAD", poses_risk=True)
SHUT_OUT = fact("2026-11-06T22:00", "person.excluded", "P-9", eid="x", person="f-dad")


@pytest.mark.parametrize(
    ("stray", "plan", "problems"),
    [
        (NEVER, None, ["not_introduced"]),
        (MARKED, "P-1", ["not_introduced", "refers_to_nothing"]),
        (SHUT_OUT, "P-9", ["not_introduced"]),
    ],
)
def test_what_waits_and_would_protect_is_told_after_an_hour(stray: Raw, plan: str | None, problems: list[str]) -> None:
    ran = history(stray)
    assert [code for code, *_ in codes(ran)] == problems
    assert emails(ran, "problem") == [("w-tm", "2026-11-06 23:00", True, ["x"])]
    assert [one.plan for one in ran.messages(to="w-tm") if one.template == "problem"] == [plan]
    assert emails(ran, "problems") == [("w-config", "2026-11-09 08:30", False, ["x"])]


@pytest.mark.parametrize(
    ("stray", "mended"),
    [
        (NEVER, person("F-DAD", "2026-11-06T22:50", kind="family", email=None)),
        (NEVER, fact("2026-11-06T22:50", "event.withdrawn", "F-DAD", event="x", reason="by mistake")),
        (MARKED, person("F-DAD", "2026-11-06T22:50", kind="family", email=None)),
        (MARKED, fact("2026-11-06T22:50", "event.withdrawn", event="x", reason="by mistake")),
        (SHUT_OUT, fact("2026-11-06T22:50", "event.withdrawn", "P-9", event="x", reason="by mistake")),
    ],
)
def test_what_is_introduced_or_withdrawn_within_the_hour_is_told_to_nobody(stray: Raw, mended: Raw) -> None:
    ours = {"source": "/dudley/cases"}
    ran = history(stray | ours, mended | ours)
    assert (emails(ran, "problem"), emails(ran, "problems")) == ([], [])


@pytest.mark.parametrize("plan", ["P-1", None])
@pytest.mark.parametrize("change", ["role.assigned", "role.ended"])
def test_a_role_of_a_person_still_unknown_after_an_hour_is_in_the_next_morning_s_email(
    change: str, plan: str | None
) -> None:
    ours = {} if plan else {"authority": "dudley"}
    ran = history(fact("2026-11-06T22:00", change, plan, eid="x", role="social_worker", person="w-slip", **ours))
    assert [code for code, *_ in codes(ran)] == ["not_introduced", "refers_to_nothing"]
    assert emails(ran, "problem") == []
    assert emails(ran, "problems") == [("w-config", "2026-11-09 08:30", False, ["x"])]


@pytest.mark.parametrize("change", ["role.assigned", "role.ended"])
def test_a_role_of_a_person_who_is_introduced_within_the_hour_is_told_to_nobody(change: str) -> None:
    role = fact("2026-11-06T22:00", change, "P-1", eid="x", role="social_worker", person="w-late")
    ran = history(role, person("w-late", "2026-11-06T22:50"))
    assert emails(ran, "problems") == []


def test_what_stands_again_because_its_withdrawal_is_withdrawn_is_told() -> None:
    slip = visit("2026-11-03T10:00", "w-unknown", eid="v-1")
    mended = fact("2026-11-03T10:05", "event.withdrawn", event="v-1", reason="slip", eid="w-1")
    back = fact("2026-11-05T11:00", "event.withdrawn", event="w-1", reason="it was right", eid="w-2")
    assert codes(history(slip, mended)) == []
    assert codes(history(slip, mended, back)) == [("refers_to_nothing", "2026-11-05 12:00", "P-1")]


@pytest.mark.parametrize(
    ("again", "morning"),
    [
        ("2026-11-04T23:00", "2026-11-05 08:30"),
        ("2026-11-05T07:29", "2026-11-05 08:30"),
        ("2026-11-05T07:59", "2026-11-06 08:30"),
        ("2026-11-05T08:31", "2026-11-06 08:30"),
    ],
)
def test_what_is_mended_before_its_morning_and_stands_again_is_told_in_the_morning_after_that(
    again: str, morning: str
) -> None:
    slip = visit("2026-11-04T10:00", "w-unknown", eid="v-1")
    mended = fact("2026-11-04T12:00", "event.withdrawn", event="v-1", reason="slip", eid="w-1")
    back = fact(again, "event.withdrawn", event="w-1", reason="it was right", eid="w-2")
    ran = history(slip, mended, back)
    assert codes(ran) == [("refers_to_nothing", "2026-11-04 11:00", "P-1")]
    assert emails(ran, "problems") == [("w-config", morning, False, ["v-1"])]


def test_what_waits_and_protects_nobody_is_in_no_email() -> None:
    ran = history(fact("2026-11-06", "visit.recorded", "P-9", by="w-sw") | {"source": "/dudley/cases"})
    assert (emails(ran, "problem"), emails(ran, "problems")) == ([], [])


OF_PEOPLE: dict[str, tuple[Raw, str, int, bool]] = {
    "a landline": (person("w-new", "2026-11-06T22:00", mobile="020 7946 0123"), "number_takes_no_texts", 0, False),
    "a long absence": (
        fact("2026-11-06T22:00", "absence.recorded", "w-sw", from_="2026-11-06", until="2062-11-09"),
        "date_unlikely", 0, False,
    ),
    "a cover": (
        fact("2026-11-06T22:00", "absence.recorded", "w-sw", from_="2026-11-06", until="2026-11-09", cover="W-COVER"),
        "refers_to_nothing", 1, False,
    ),
    "who decided": (
        fact("2026-11-06T22:00", "contact.decided", "f-dad", decision="never", decided_by="w-9"),
        "refers_to_nothing", 1, False,
    ),
    "a mark": (
        fact("2026-11-06T22:00", "contact.decided", "f-dad", decision="never", decided_by="w-tm", isVictim=True),
        "field_unknown", 0, True,
    ),
    "a withdrawal": (
        fact("2026-11-06T22:00", "event.withdrawn", "w-sw", event="none", reason="slip"),
        "refers_to_nothing", 1, False,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", OF_PEOPLE)
def test_slips_in_what_is_said_of_people_are_told_as_well(name: str) -> None:
    event, code, hours, at_once = OF_PEOPLE[name]
    ran = history(event | {"id": "x"})
    assert codes(ran) == [(code, f"2026-11-06 2{2 + hours}:00", None)]
    assert bool(emails(ran, "problem")) is at_once
    assert emails(ran, "problems") == [("w-config", "2026-11-09 08:30", False, ["x"])]


def test_what_a_plan_might_have_had_besides_is_nothing_to_refer_to() -> None:
    def action(kind: str, ref: str) -> Raw:
        return fact("2026-11-10", f"action.{kind}", ref=ref, **({"what": "x"} if kind == "agreed" else {}))

    def slips_in(*more: Raw) -> list[str]:
        facts = Facts.for_alerts([*begun, *parsed(*more)], people, date(2026, 11, 20))
        assert facts is not None
        keeping.append(facts)
        return [slip.code for slip in slips_of(facts, book())]

    people, keeping = directory(cast()), list[Facts]()
    begun = parsed(plan_opened("2026-11-02"), action("agreed", "a0"))
    assert slips_in() == []
    assert slips_in(action("agreed", "a1"), action("completed", "a2")) == ["refers_to_nothing"]
    assert slips_in(action("completed", "a1")) == ["refers_to_nothing"]

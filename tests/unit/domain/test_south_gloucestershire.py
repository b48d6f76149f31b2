"""South Gloucestershire: the weeks of the timeline, unannounced visits, the network, tools, and the ending."""

from __future__ import annotations

import pytest

from tests.unit.domain.builders import Raw, at, clock, fact, person, run, visit
from tests.unit.domain.elsewhere import agreed, family, opened, told, workers

COUNCIL = "south_gloucestershire"
START = [*workers(COUNCIL), *opened(COUNCIL)]
FIRST = agreed("2026-12-01", version=1, review_on="2027-03-01")
BEGUN = fact("2026-12-07", "timeline.started", on="2026-12-07")
WEEKLY = fact("2026-12-07", "visits.agreed", by_role="social_worker", every="1 week", announced=False, from_week=1,
              to_week=3, on="2026-12-07")  # fmt: skip
KIND, TOOL = "timeline_visit", "tool_review"


def plain(**data: object) -> Raw:
    return fact("2026-12-07", "visits.agreed", by_role="social_worker", on="2026-12-07", **data)


# ---------------------------------------------------------------------------------------------- weeks of the timeline


@pytest.mark.parametrize(
    ("agreement", "dues"),
    [
        (WEEKLY, ["2026-12-13", "2026-12-20", "2026-12-27"]),
        (plain(every="2 weeks", from_week=1, to_week=5), ["2026-12-13", "2026-12-27", "2027-01-10"]),
        (plain(every="1 week", from_week=3, to_week=4), ["2026-12-27", "2027-01-03"]),
    ],
)
def test_each_agreed_week_is_due_on_its_last_day(agreement: Raw, dues: list[str]) -> None:
    found = run(START, BEGUN, agreement, until="2026-12-07")
    assert found.dues(KIND) == [(day, "open") for day in dues]
    assert {(one.basis, one.responsible) for one in found.owed(KIND)} == {("guidance", "w-sw")}


@pytest.mark.parametrize(
    ("day", "statuses"),
    [
        ("2026-12-07", ["met", "overdue", "open"]),
        ("2026-12-13", ["met", "overdue", "open"]),
        ("2026-12-14", ["overdue", "met", "open"]),
        ("2026-12-20", ["overdue", "met", "open"]),
        ("2026-12-21", ["overdue", "overdue", "met"]),
    ],
)
def test_a_visit_counts_for_its_own_week_only(day: str, statuses: list[str]) -> None:
    found = run(START, BEGUN, WEEKLY, visit(day, announced=False), until="2026-12-21")
    assert [status for _, status in found.dues(KIND)] == statuses


@pytest.mark.parametrize(
    "made", [visit("2026-12-09", child_seen=False), visit("2026-12-09", "w-other"), visit("2026-12-06")]
)
def test_what_is_no_visit_of_the_week(made: Raw) -> None:
    found = run(START, BEGUN, WEEKLY, made, until="2026-12-14")
    assert found.dues(KIND)[0] == ("2026-12-13", "overdue")


def test_the_covers_visit_counts() -> None:
    away = fact("2026-12-01", "absence.recorded", "w-sw", from_="2026-12-07", until="2026-12-11", cover="w-cover")
    found = run(START, away, BEGUN, WEEKLY, visit("2026-12-09", "w-cover"), until="2026-12-09")
    assert found.dues(KIND)[0] == ("2026-12-13", "met")


def test_a_missed_week_is_told_once_to_the_social_worker_and_the_team_manager() -> None:
    found = run(START, BEGUN, plain(every="1 week", from_week=1, to_week=1), until="2027-02-01")
    late = [line for line in told(found, KIND) if line[:10] > "2026-12-13"]
    assert late == ["2026-12-14 09:00 overdue w-sw", "2026-12-14 09:00 overdue w-tm"]
    assert found.dues(KIND) == [("2026-12-13", "overdue")]


def test_the_week_is_reminded_of_before_its_last_working_day() -> None:
    found = run(START, BEGUN, plain(every="1 week", from_week=2, to_week=2), until="2026-12-19")
    assert told(found, KIND) == [
        "2026-12-11 08:30 digest w-sw", "2026-12-16 08:30 digest w-sw", "2026-12-18 08:30 reminder w-sw",
    ]  # fmt: skip


def test_a_newer_agreement_replaces_the_weeks_that_are_left() -> None:
    newer = fact("2026-12-15", "visits.agreed", by_role="social_worker", every="1 week", from_week=3, to_week=4,
                 on="2026-12-15", eid="newer")  # fmt: skip
    found = run(START, BEGUN, WEEKLY, visit("2026-12-09"), newer, until="2026-12-15")
    live = [(one.due_on.isoformat(), one.from_event) for one in found.owed(KIND) if one.live]
    assert live == [("2026-12-27", "newer"), ("2027-01-03", "newer")]


# ------------------------------------------------------------------------------------------------- unannounced visits


def test_unannounced_visits_are_told_to_nobody_outside_the_council() -> None:
    held = {"p-youth": "social_worker"}
    found = run(workers(COUNCIL), opened(COUNCIL, roles=held), BEGUN, WEEKLY, until="2026-12-22")
    assert {one.person for one in found.messages(kind=KIND)} <= {"w-tm", "w-sm", "w-config"}
    assert {(one.to, one.reason) for one in found.withheld()} == {("p-youth", "unannounced")}


def test_announced_ones_are() -> None:
    held = {"p-youth": "social_worker"}
    announced = plain(every="1 week", from_week=1, to_week=2, announced=True)
    found = run(workers(COUNCIL), opened(COUNCIL, roles=held), BEGUN, announced, until="2026-12-22")
    assert "p-youth" in {one.person for one in found.messages(kind=KIND)}


def test_a_network_with_check_ins_sees_nothing_of_unannounced_visits() -> None:
    asked = fact("2026-12-01", "check_ins.started", people=["f-nan"], days=["mon", "thu"], at="18:00", until_visits=2)
    base = [START, family(), FIRST, BEGUN, WEEKLY, asked]
    some = [visit("2026-12-09", announced=False), visit("2026-12-17", announced=False)]
    other = [visit("2026-12-11", announced=False, child_seen=False), visit("2026-12-18", announced=False, concern=True)]
    seen = [
        [(one.at, one.template, one.context) for one in run(base, visits, until="2026-12-31").messages(to="f-nan")]
        for visits in (some, other, [])
    ]
    assert seen[0] == seen[1] == seen[2]
    assert len(seen[0]) == 9


# -------------------------------------------------------------------------------------------------------- the network


def network(when: str, *people: str, **data: object) -> Raw:
    return fact(when, "network.agreed", people=list(people), **data)


@pytest.mark.parametrize(
    ("people", "extra", "dues"),
    [
        (("f-nan", "f-aunt"), [], [("2026-12-18", "open")]),
        (("f-nan", "f-aunt", "f-mum"), [], []),
        (("f-nan", "f-aunt", "f-aunt"), [], [("2026-12-18", "open")]),
        (("f-nan", "f-aunt", "f-ex"), [fact("2026-12-01", "person.excluded", person="f-ex", on="2026-12-01")],
         [("2026-12-18", "open")]),
        (("f-nan", "f-aunt", "f-ex"), [person("f-ex", kind="family"),
         fact("2026-12-01", "contact.decided", "f-ex", decision="never", decided_by="w-sw")], [("2026-12-18", "open")]),
    ],
)  # fmt: skip
def test_who_counts_towards_the_network(people: tuple[str, ...], extra: list[Raw], dues: list[tuple[str, str]]) -> None:
    found = run(START, extra, network("2026-12-04", *people, at_least=3), until="2026-12-04")
    assert found.dues("build_network") == dues


@pytest.mark.parametrize(
    ("second", "status"),
    [
        (network("2026-12-18", "f-nan", "f-aunt", "f-mum", at_least=3), "met"),
        (network("2026-12-18", "f-nan", "f-aunt", "f-mum"), "met"),
        (network("2026-12-21", "f-nan", "f-aunt", "f-mum", at_least=3), "met_late"),
        (network("2026-12-18", "f-nan", "f-mum", at_least=3), "overdue"),
    ],
)
def test_enough_people_meet_it(second: Raw, status: str) -> None:
    found = run(START, network("2026-12-04", "f-nan", "f-aunt", at_least=3), second, until="2026-12-21")
    assert found.dues("build_network")[0] == ("2026-12-18", status)


def test_network_meetings_are_owed_as_often_as_agreed() -> None:
    agreement = fact("2026-12-01", "network_meetings.agreed", every="4 weeks", on="2026-12-01")
    held = fact("2026-12-21", "meeting.held", meeting="network", on="2026-12-21")
    found = run(START, agreement, held, until="2027-01-19")
    assert found.dues("network_meeting") == [("2026-12-29", "met"), ("2027-01-18", "overdue")]
    assert {one.basis for one in found.owed("network_meeting")} == {"guidance"}


@pytest.mark.parametrize(
    ("attended", "told_on"),
    [([False, False], ["2026-12-15"]), ([False, True, False], []), ([True, False], []),
     ([False, False, False], ["2026-12-15"])],
)  # fmt: skip
def test_the_practitioners_turn(attended: list[bool], told_on: list[str]) -> None:
    agreement = fact("2026-12-01", "network_meetings.agreed", every="1 week", practitioner_every=2, on="2026-12-01")
    days = ["2026-12-07", "2026-12-14", "2026-12-21"]
    held = [fact(day, "meeting.held", meeting="network", on=day, practitioner_attended=there)
            for day, there in zip(days, attended, strict=False)]  # fmt: skip
    found = run(START, agreement, held, until="2026-12-24")
    notices = [one for one in found.messages(purpose="notice") if one.template == "attendance_missed"]
    assert [clock(one.at)[:10] for one in notices] == told_on
    assert {one.person for one in notices} <= {"w-sw"}


# ------------------------------------------------------------------------------------------------- tools and meetings


def test_the_exploitation_tool_is_reviewed_every_three_months() -> None:
    done = [fact(day, "tool.completed", tool="exploitation_indicator_tool", on=day) for day in
            ("2026-11-30", "2027-02-26")]  # fmt: skip
    found = run(START, done, until="2027-02-26")
    assert found.dues(TOOL) == [("2027-02-28", "met"), ("2027-05-26", "open")]
    assert {one.basis for one in found.owed(TOOL)} == {"guidance"}


@pytest.mark.parametrize(
    ("moment", "due"),
    [("2026-12-04T23:00", "2026-12-07"), ("2026-12-08T03:00", "2026-12-08"), ("2026-12-24T12:00", "2026-12-29")],
)
def test_every_incident_of_domestic_abuse_calls_for_the_risk_assessment(moment: str, due: str) -> None:
    happened = fact(moment, "incident.recorded", eid="i1", kind="domestic_abuse", at=at(moment).isoformat())
    (one,) = run(START, happened, until=moment[:10]).owed(TOOL)
    assert (one.due_on.isoformat(), one.about, one.basis) == (due, "i1", "local_default")


@pytest.mark.parametrize(
    ("tool", "when", "status"),
    [("dash", "2026-12-07", "met"), ("dash", "2026-12-08", "met_late"),
     ("exploitation_indicator_tool", "2026-12-07", "overdue"), ("dash", "2026-12-03", "overdue")],
)  # fmt: skip
def test_the_assessment_after_the_incident_meets_it(tool: str, when: str, status: str) -> None:
    happened = fact("2026-12-04T20:00", "incident.recorded", eid="i1", kind="domestic_abuse",
                    at=at("2026-12-04T20:00").isoformat())  # fmt: skip
    found = run(START, happened, fact(when, "tool.completed", tool=tool, on=when), until="2026-12-08")
    assert [one.status.value for one in found.owed(TOOL, about="i1")] == [status]


def test_other_incidents_call_for_no_tool() -> None:
    other = fact("2026-12-04", "incident.recorded", kind="missing", at=at("2026-12-04").isoformat())
    assert run(START, other, until="2026-12-08").owed(TOOL) == []


@pytest.mark.parametrize("kind", ["child_in_need_review", "core_group", "child_protection_conference"])
def test_meetings_that_must_review_the_plan(kind: str) -> None:
    held = fact("2026-12-04", "meeting.held", meeting=kind, on="2026-12-04", plan_reviewed=False)
    found = run(START, FIRST, held, until="2026-12-31")
    assert told(found, "review_at_meeting") == ["2026-12-07 08:30 digest w-sw"]
    assert [one.basis for one in found.owed("review_at_meeting")] == ["guidance"]


def test_children_in_care_reviews_are_not_among_them() -> None:
    held = fact("2026-12-04", "meeting.held", meeting="child_in_care_review", on="2026-12-04", plan_reviewed=False)
    assert run(START, FIRST, held, until="2026-12-04").owed("review_at_meeting") == []


# ------------------------------------------------------------------------------------- copies, dates, weeks, the ending


def test_copies_have_five_working_days() -> None:
    found = run(START, agreed("2026-12-04", review_on="2027-03-01", parties=["f-mum"], agencies=["p-youth"]),
                until="2026-12-04")  # fmt: skip
    assert [(one.about, one.due_on.isoformat()) for one in found.owed("share_plan")] == [
        ("f-mum", "2026-12-11"), ("p-youth", "2026-12-11"),
    ]  # fmt: skip


def test_an_action_by_a_week_is_due_on_that_weeks_last_day() -> None:
    action = fact("2026-12-07", "action.agreed", ref="a1", what="a club", who="p-youth", from_week=1, to_week=3)
    assert run(START, BEGUN, action, until="2026-12-07").dues("action") == [("2026-12-27", "open")]
    early = run(START, action, until="2026-12-07")
    assert early.owed("action") == []


@pytest.mark.parametrize(("ends", "due"), [("2026-12-18", "2026-12-11"), ("2027-01-04", "2026-12-23")])
def test_everybody_is_told_five_working_days_before_the_ending(ends: str, due: str) -> None:
    planned = fact("2026-12-01", "ending.planned", ends_on=ends, on="2026-12-01")
    (one,) = run(START, planned, until="2026-12-01").owed("tell_about_ending")
    assert (one.due_on.isoformat(), one.basis, one.responsible) == (due, "local_default", "w-sw")


def test_telling_meets_it_and_a_newer_plan_of_ending_supersedes_it() -> None:
    planned = [fact(day, "ending.planned", ends_on=ends, on=day) for day, ends in
               (("2026-12-01", "2026-12-18"), ("2026-12-03", "2027-01-08"))]  # fmt: skip
    done = fact("2026-12-10", "ending.told", on="2026-12-10")
    assert run(START, planned, done, until="2026-12-10").dues("tell_about_ending") == [
        ("2026-12-11", "superseded"), ("2026-12-31", "met"),
    ]  # fmt: skip


# ------------------------------------------------------------------------------------- a network that was big enough

ENOUGH = fact("2026-12-04", "network.agreed", eid="n1", people=["f-nan", "f-aunt"], at_least=2, on="2026-12-04")
NEVER = fact("2026-12-09", "contact.decided", "f-aunt", eid="x", decision="never", decided_by="w-sw")
LOST = fact("2026-12-09", "person.excluded", eid="x", person="f-aunt", on="2026-12-09")
PAIR = [*family("f-nan"), *family("f-aunt")]


@pytest.mark.parametrize("loss", [NEVER, LOST])
def test_who_is_lost_from_it_opens_another_from_that_day_and_what_was_met_stays_met(loss: Raw) -> None:
    alone = fact("2026-12-01", "network.agreed", eid="n0", people=["f-nan"], at_least=2, on="2026-12-01")
    owed = run(START, PAIR, alone, ENOUGH, loss, until="2026-12-10").owed("build_network")
    assert [(one.from_event, one.due_on.isoformat(), one.status.value, one.met_by) for one in owed] == [
        ("n0", "2026-12-15", "met", "n1"), ("x", "2026-12-23", "open", None),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("people", "number", "status"),
    [(["f-nan", "f-mum"], {"at_least": 2}, "met"), (["f-nan", "f-mum"], {}, "met"), (["f-nan", "f-aunt"], {}, "open")],
)
def test_enough_others_meet_it_and_who_was_lost_does_not_count(people: list[str], number: Raw, status: str) -> None:
    newer = fact("2026-12-10", "network.agreed", people=people, on="2026-12-10", **number)
    owed = run(START, PAIR, family("f-mum"), ENOUGH, LOST, newer, until="2026-12-10").owed("build_network")
    assert [(one.from_event, one.status.value) for one in owed] == [("x", status)]


def test_a_network_with_one_more_than_enough_can_lose_one() -> None:
    three = fact("2026-12-04", "network.agreed", people=["f-nan", "f-aunt", "f-mum"], at_least=2, on="2026-12-04")
    assert run(START, PAIR, family("f-mum"), three, LOST, until="2026-12-10").owed("build_network") == []


def test_two_losses_open_one() -> None:
    nan = fact("2026-12-10", "person.excluded", person="f-nan", on="2026-12-10")
    owed = run(START, PAIR, ENOUGH, LOST, nan, until="2026-12-10").owed("build_network")
    assert [one.from_event for one in owed] == ["x"]


def test_a_loss_on_the_day_of_the_agreement_is_not_met_by_it() -> None:
    same_day = fact("2026-12-04T16:00", "person.excluded", eid="x", person="f-aunt", on="2026-12-04")
    owed = run(START, PAIR, ENOUGH, same_day, until="2026-12-10").owed("build_network")
    assert [(one.from_event, one.status.value) for one in owed] == [("x", "open")]


def test_who_was_excluded_before_is_not_counted_however_late_it_is_known() -> None:
    late = fact("2026-12-09", "person.excluded", person="f-aunt", on="2026-12-01")
    owed = run(START, PAIR, ENOUGH, late, until="2026-12-10").owed("build_network")
    assert [(one.from_event, one.due_on.isoformat()) for one in owed] == [("n1", "2026-12-18")]

"""Copies and signatures: to whom none is owed, by whom none is, and what opens when somebody is free again."""

from __future__ import annotations

import pytest

from tests.unit.domain.builders import Raw, Run, clock, fact, run
from tests.unit.domain.elsewhere import agreed, family, opened, workers

FLAGS = ("forced_marriage", "honour_based_abuse", "coercive_control", "domestic_abuse")
BOTH = ("share_plan", "sign_plan")
START = [*workers("darlington"), *opened("darlington"), *family("f-mum"), *family("f-dad")]
DATES = {"review_on": "2027-03-01", "end_on": "2027-03-26"}
PLAN = agreed("2026-12-02", version=1, parties=["f-mum", "w-sw2"], eid="v1", **DATES)


def raised(day: str, flag: str = "forced_marriage", **data: object) -> Raw:
    return fact(day, "flag.raised", flag=flag, on=day[:10], **data)


def cleared(day: str, flag: str = "forced_marriage", **data: object) -> Raw:
    return fact(day, "flag.cleared", flag=flag, on=day[:10], **data)


def approved(day: str, who: str = "f-mum", **data: object) -> Raw:
    return fact(day, "family_contact.approved", person=who, by="w-tm", on=day[:10], **data)


def excluded(day: str, who: str = "f-mum") -> Raw:
    return fact(day, "person.excluded", person=who, on=day[:10])


def risk(day: str, who: str = "f-mum") -> Raw:
    return fact(day, "role.assigned", role="parent", person=who, poses_risk=True)


def shared(day: str, who: str = "f-mum", **data: object) -> Raw:
    return fact(day, "plan.shared", with_=who, how="by hand", on=day[:10], **data)


def standing(found: Run, kind: str, who: str = "f-mum") -> list[tuple[str, str, str]]:
    """What is owed about somebody: by which event, due when, and how it stands."""
    return [(one.from_event, one.due_on.isoformat(), one.status.value) for one in found.owed(kind, about=who)]


@pytest.mark.parametrize("kind", BOTH)
@pytest.mark.parametrize("flag", FLAGS)
def test_under_each_flag_nothing_is_owed_about_family_and_workers_are_no_family(flag: str, kind: str) -> None:
    found = run(START, raised("2026-12-01", flag), PLAN, until="2026-12-03")
    assert standing(found, kind) == []
    assert standing(found, kind, "w-sw2") == [("v1", "2026-12-04", "open")]


@pytest.mark.parametrize("kind", BOTH)
@pytest.mark.parametrize("free", [approved("2026-12-09", eid="free"), cleared("2026-12-09", eid="free")])
def test_when_the_person_is_free_again_it_opens_from_that_day(free: Raw, kind: str) -> None:
    found = run(START, raised("2026-12-01"), PLAN, free, until="2026-12-10")
    assert standing(found, kind) == [("free", "2026-12-11", "open")]


def test_an_approval_is_one_persons_alone() -> None:
    plan = agreed("2026-12-02", version=1, parties=["f-mum", "f-dad"], **DATES)
    found = run(START, raised("2026-12-01"), plan, approved("2026-12-09", "f-dad"), until="2026-12-10")
    assert [one.about for one in found.owed("share_plan")] == ["f-dad"]


def test_the_last_flag_to_be_cleared_frees() -> None:
    both = [raised("2026-12-01"), raised("2026-12-01", "coercive_control")]
    found = run(START, both, PLAN, cleared("2026-12-07"), cleared("2026-12-09", "coercive_control", eid="last"),
                until="2026-12-10")  # fmt: skip
    assert standing(found, "share_plan") == [("last", "2026-12-11", "open")]


@pytest.mark.parametrize("kind", BOTH)
def test_a_flag_cancels_what_is_open_and_what_is_met_stays(kind: str) -> None:
    done = {
        "share_plan": shared("2026-12-03"),
        "sign_plan": fact("2026-12-03", "plan.signed", by="f-mum", on="2026-12-03"),
    }
    open_before = run(START, PLAN, raised("2026-12-03T15:00"), approved("2026-12-09", eid="free"), until="2026-12-10")
    assert standing(open_before, kind) == [("v1", "2026-12-04", "cancelled"), ("free", "2026-12-11", "open")]
    met_before = run(START, PLAN, done[kind], raised("2026-12-03T15:00"), approved("2026-12-09"), until="2026-12-10")
    assert standing(met_before, kind) == [("v1", "2026-12-04", "met")]


def test_what_was_given_while_the_flag_was_undecided_does_not_open() -> None:
    found = run(START, raised("2026-12-01"), PLAN, shared("2026-12-07"), approved("2026-12-09"), until="2026-12-10")
    assert standing(found, "share_plan") == []


def test_an_incident_of_the_flags_name_silences_again() -> None:
    flagged = [raised("2026-12-01", "domestic_abuse"), PLAN, approved("2026-12-03", eid="a1")]
    incident = fact("2026-12-04T09:00", "incident.recorded", kind="domestic_abuse", at="2026-12-04T09:00:00+00:00")
    found = run(START, flagged, incident, approved("2026-12-09", eid="a2"), until="2026-12-10")
    assert standing(found, "share_plan") == [("a1", "2026-12-07", "cancelled"), ("a2", "2026-12-11", "open")]


def test_only_the_newest_version_opens_when_the_person_is_free() -> None:
    newer = agreed("2026-12-07", version=2, parties=["f-mum"], eid="v2", **DATES)
    found = run(START, PLAN, raised("2026-12-03T15:00"), newer, approved("2026-12-09", eid="free"), until="2026-12-10")
    assert standing(found, "share_plan") == [("v1", "2026-12-04", "cancelled"), ("free", "2026-12-11", "open")]
    given = run(START, PLAN, raised("2026-12-03T15:00"), newer, approved("2026-12-09"),
                shared("2026-12-10", version=1), until="2026-12-10")  # fmt: skip
    assert given.owed("share_plan", about="f-mum", status="open")


@pytest.mark.parametrize(
    ("event", "cancelled"), [(excluded("2026-12-03"), {*BOTH}), (risk("2026-12-03"), {"sign_plan"})]
)
def test_an_exclusion_cancels_both_and_a_risk_the_signature_for_good(event: Raw, cancelled: set[str]) -> None:
    later = [raised("2026-12-05"), approved("2026-12-07")]
    found = run(START, PLAN, event, later, until="2026-12-08")
    ended = {kind for kind in BOTH if [status for _, _, status in standing(found, kind)] == ["cancelled"]}
    assert ended == cancelled


@pytest.mark.parametrize(("event", "owed"), [(excluded("2026-12-01"), []), (risk("2026-12-01"), ["share_plan"])])
def test_nothing_opens_about_whom_it_stood_against_before(event: Raw, owed: list[str]) -> None:
    found = run(START, event, PLAN, until="2026-12-03")
    assert [kind for kind in BOTH if standing(found, kind)] == owed


def test_an_exclusion_that_is_withdrawn_was_never_there() -> None:
    wrong = excluded("2026-12-01")
    gone = fact("2026-12-03", "event.withdrawn", event=wrong["id"], reason="by mistake")
    assert standing(run(START, wrong, PLAN, gone, until="2026-12-03"), "share_plan") == [("v1", "2026-12-04", "open")]


@pytest.mark.parametrize(
    ("event", "words"),
    [
        (excluded("2026-12-03"), True),
        (fact("2026-12-03", "plan.withheld", from_="f-mum", reason="x", approved_by="w-tm", on="2026-12-03"), False),
    ],
)
def test_a_copy_given_to_who_should_not_have_it_is_told_to_the_team_manager(event: Raw, words: bool) -> None:
    found = run(START, PLAN, event, shared("2026-12-04", eid="copy"), until="2026-12-09")
    notices = [one for one in found.messages() if one.template == "copy_given"]
    assert [(one.person, clock(one.at), one.about, one.context["excluded"]) for one in notices] == [
        ("w-tm", "2026-12-07 08:30", ({"event": "copy"},), words)
    ]


def test_a_copy_given_before_is_told_to_nobody() -> None:
    found = run(START, PLAN, shared("2026-12-03"), excluded("2026-12-04"), until="2026-12-09")
    assert [one for one in found.messages() if one.template == "copy_given"] == []


def test_an_exclusion_of_the_plan_before_stands_when_it_is_opened_again() -> None:
    end = fact("2026-12-03", "plan.ended", on="2026-12-03", reason="x")
    again = [opened("darlington", "2026-12-07", {})[0] | {"id": "again"}]
    newer = agreed("2026-12-08", version=2, parties=["f-mum"], **DATES)
    found = run(START, PLAN, excluded("2026-12-03"), end, again, newer, until="2026-12-08")
    assert [status for _, _, status in standing(found, "share_plan")] == ["cancelled"]


def test_a_risk_for_the_whole_authority_bars_signatures_on_each_of_its_plans() -> None:
    wide = fact(
        "2026-12-01", "role.assigned", None, authority="darlington", role="parent", person="f-mum", poses_risk=True
    )
    found = run(START, wide, PLAN, until="2026-12-03")
    assert [kind for kind in BOTH if standing(found, kind)] == ["share_plan"]

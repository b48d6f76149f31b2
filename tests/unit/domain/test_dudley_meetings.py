"""Dudley's initial meetings: whose clock, from what, how long, who chairs."""

from __future__ import annotations

import itertools

import pytest

from tests.unit.domain.builders import cast, fact, meeting, plan_opened, run

ASSESSED = fact("2026-11-09", "assessment.completed", on="2026-11-09")
ENQUIRED = fact("2026-11-10", "section47.completed", on="2026-11-10")
RISKS = ("at_risk", "medium", "high")
OTHER_SERVICES = list(itertools.product(("youth_offending", "early_help"), RISKS))


@pytest.mark.parametrize("risk", RISKS)
def test_a_child_in_need_has_ten_working_days_from_the_assessment(risk: str) -> None:
    found = run(cast(), plan_opened(risk=risk), ASSESSED, ENQUIRED, until="2026-11-12")
    assert [(one.due_on.isoformat(), one.basis, one.from_event) for one in found.owed("initial_meeting")] == [
        ("2026-11-23", "guidance", ASSESSED["id"])
    ]


@pytest.mark.parametrize("risk", RISKS)
def test_child_protection_has_fifteen_working_days_from_section_47(risk: str) -> None:
    found = run(cast(), plan_opened(route="child_protection", risk=risk), ASSESSED, ENQUIRED, until="2026-11-12")
    assert [(one.due_on.isoformat(), one.basis, one.from_event) for one in found.owed("initial_meeting")] == [
        ("2026-12-01", "guidance", ENQUIRED["id"])
    ]


@pytest.mark.parametrize("route", ["child_in_need", "child_protection"])
def test_in_social_care_no_meeting_is_owed_until_then(route: str) -> None:
    assert run(cast(), plan_opened(route=route), until="2027-01-31").owed("initial_meeting") == []


@pytest.mark.parametrize(("service", "risk"), OTHER_SERVICES)
def test_other_services_count_from_the_plans_day_until_then(service: str, risk: str) -> None:
    found = run(cast(), plan_opened(route=service, service=service, risk=risk), until="2026-11-08")
    due = "2026-11-23" if risk == "high" else "2026-11-16"
    (one,) = found.owed("initial_meeting")
    assert (one.due_on.isoformat(), one.basis, one.from_event) == (due, "local_default", "open-P-1")


@pytest.mark.parametrize(("service", "risk"), OTHER_SERVICES)
def test_other_services_then_count_from_the_assessment_or_at_high_risk_section_47(service: str, risk: str) -> None:
    found = run(cast(), plan_opened(route=service, service=service, risk=risk), ASSESSED, ENQUIRED, until="2026-11-12")
    before, after = ("2026-11-23", "2026-12-01") if risk == "high" else ("2026-11-16", "2026-11-23")
    assert found.dues("initial_meeting") == [(before, "superseded"), (after, "open")]
    assert {one.basis for one in found.owed("initial_meeting")} == {"local_default"}


def test_at_high_risk_the_assessment_alone_supersedes_nothing() -> None:
    opened = plan_opened(route="early_help", service="early_help", risk="high")
    assert run(cast(), opened, ASSESSED, until="2026-11-12").dues("initial_meeting") == [("2026-11-23", "open")]


def test_the_service_decides_whatever_the_route_says() -> None:
    found = run(cast(), plan_opened(service="youth_offending"), ASSESSED, until="2026-11-23")
    assert {one.basis for one in found.owed("initial_meeting")} == {"local_default"}
    assert {one.person for one in found.messages(kind="initial_meeting")} == {"w-sw", "w-sl"}


@pytest.mark.parametrize(
    ("service", "chair"),
    [("social_care", "w-htm"), ("youth_offending", "w-sl"), ("early_help", "w-sl")],
)
def test_the_chair_gets_the_same_reminders_and_no_overdue_message(service: str, chair: str) -> None:
    found = run(cast(), plan_opened(service=service), ASSESSED, until="2026-12-31")
    reminders = ["2026-11-16 08:30 digest", "2026-11-19 08:30 digest", "2026-11-23 08:30 reminder"]
    told = found.moments(to=chair, kind="initial_meeting")
    assert [one for one in told if one >= "2026-11-16 08:30"][-3:] == reminders
    assert found.messages(to=chair, purpose="overdue") == []


@pytest.mark.parametrize("service", ["youth_offending", "early_help"])
def test_where_a_service_lead_chairs_the_hubs_team_manager_hears_nothing_of_it(service: str) -> None:
    found = run(cast(), plan_opened(service=service, risk="high"), ENQUIRED, until="2027-02-28")
    assert found.messages(to="w-htm", kind="initial_meeting") == []
    assert found.messages(to="w-sl", kind="initial_meeting") != []


def test_the_social_worker_owes_the_meeting_not_the_chair() -> None:
    (one,) = run(cast(), plan_opened(), ASSESSED, until="2026-11-12").owed("initial_meeting")
    assert (one.responsible_role, one.responsible) == ("social_worker", "w-sw")


@pytest.mark.parametrize(("held", "status"), [("2026-11-09", "met"), ("2026-11-23", "met"), ("2026-11-24", "met_late")])
def test_held_on_its_last_day_is_in_time(held: str, status: str) -> None:
    found = run(cast(), plan_opened(), ASSESSED, meeting(held, "initial"), until="2026-11-30")
    assert found.dues("initial_meeting") == [("2026-11-23", status)]
    assert str(found.owed("initial_meeting")[0].met_on) == held


def test_booked_is_not_held() -> None:
    booked = fact("2026-11-10", "meeting.scheduled", meeting="initial", ref="m1", at="2026-11-20T10:00:00+00:00")
    assert run(cast(), plan_opened(), ASSESSED, booked, until="2026-11-30").dues("initial_meeting") == [
        ("2026-11-23", "overdue")
    ]


def test_another_meeting_is_not_the_initial_one() -> None:
    found = run(cast(), plan_opened(), ASSESSED, meeting("2026-11-12", "strategy"), until="2026-11-30")
    assert found.dues("initial_meeting") == [("2026-11-23", "overdue")]


def test_over_christmas_the_bank_holidays_do_not_count() -> None:
    enquired = fact("2026-12-11", "section47.completed", on="2026-12-11")
    found = run(cast(), plan_opened(route="child_protection"), enquired, until="2026-12-31")
    assert found.dues("initial_meeting") == [("2027-01-06", "open")]


def test_an_assessment_recorded_late_counts_from_its_own_day() -> None:
    late = fact("2026-11-18", "assessment.completed", on="2026-11-09")
    found = run(cast(), plan_opened(), late, until="2026-11-19")
    assert [(one.opened_on.isoformat(), one.due_on.isoformat()) for one in found.owed("initial_meeting")] == [
        ("2026-11-09", "2026-11-23")
    ]


def test_the_hub_is_consulted_within_a_working_day_of_the_screening() -> None:
    screened = fact("2026-11-13", "screening.completed", on="2026-11-13")
    (one,) = run(cast(), plan_opened(), screened, until="2026-11-13").owed("consult_hub")
    assert (one.due_on.isoformat(), one.basis, one.responsible) == ("2026-11-16", "local_default", "w-sw")


@pytest.mark.parametrize(("day", "status"), [("2026-11-13", "met"), ("2026-11-16", "met"), ("2026-11-17", "met_late")])
def test_only_the_consultation_meets_it(day: str, status: str) -> None:
    screened = fact("2026-11-13", "screening.completed", on="2026-11-13")
    done = fact("2026-11-20", "assessment.completed", on="2026-11-20")
    consulted = fact(day, "hub.consulted", on=day)
    assert run(cast(), plan_opened(), screened, done, until="2026-11-21").dues("consult_hub")[0][1] == "overdue"
    assert run(cast(), plan_opened(), screened, consulted, until="2026-11-21").dues("consult_hub")[0][1] == status


@pytest.mark.parametrize("kind", ["initial", "review", "progress_check"])
def test_the_record_of_a_meeting_goes_on_file_within_two_working_days(kind: str) -> None:
    held = meeting("2026-11-20", kind, ref="m7", review_every="6 weeks")
    (one,) = run(cast(), plan_opened(), held, until="2026-11-20").owed("upload_meeting")
    assert (one.due_on.isoformat(), one.about, one.basis, one.responsible) == (
        "2026-11-24", "m7", "local_default", "w-sw",
    )  # fmt: skip


@pytest.mark.parametrize("kind", ["network", "core_group", "child_in_need_review", "strategy"])
def test_no_other_meeting_has_a_record_to_upload_in_dudley(kind: str) -> None:
    assert run(cast(), plan_opened(), meeting("2026-11-20", kind), until="2026-11-30").owed("upload_meeting") == []


def test_each_record_is_met_by_its_own_ref() -> None:
    held = [meeting("2026-11-20", "initial", ref="m1"), meeting("2026-11-20", "progress_check", ref="m2")]
    uploaded = fact("2026-11-24", "meeting.uploaded", ref="m2", on="2026-11-24")
    found = run(cast(), plan_opened(), held, uploaded, until="2026-11-30").owed("upload_meeting")
    assert {(one.about, one.status.value) for one in found} == {("m1", "overdue"), ("m2", "met")}


SECOND = fact("2026-12-01", "assessment.completed", on="2026-12-01")


@pytest.mark.parametrize(("held", "status"), [([], "overdue"), ([meeting("2026-11-20", "initial")], "met")])
def test_a_second_assessment_excuses_nothing_and_opens_nothing(held: list[dict[str, object]], status: str) -> None:
    found = run(cast(), plan_opened(), ASSESSED, held, SECOND, until="2026-12-03").owed("initial_meeting")
    assert [(one.from_event, one.status.value) for one in found] == [(ASSESSED["id"], status)]


def test_neither_does_a_second_enquiry_or_a_second_assessment_of_the_same_day() -> None:
    second = fact("2026-12-01", "section47.completed", on="2026-12-01")
    found = run(cast(), plan_opened(route="child_protection"), ENQUIRED, second, until="2026-12-03")
    assert [one.from_event for one in found.owed("initial_meeting")] == [ENQUIRED["id"]]
    same_day = fact("2026-11-09T15:00", "assessment.completed", on="2026-11-09")
    found = run(cast(), plan_opened(), ASSESSED, same_day, until="2026-11-12")
    assert [one.from_event for one in found.owed("initial_meeting")] == [ASSESSED["id"]]


@pytest.mark.parametrize("service", ["youth_offending", "early_help"])
def test_in_the_other_services_the_first_assessment_alone_replaces_the_clock_of_the_opening(service: str) -> None:
    found = run(cast(), plan_opened(service=service), ASSESSED, SECOND, until="2026-12-03").owed("initial_meeting")
    assert {(one.from_event, one.status.value) for one in found} == {
        ("open-P-1", "superseded"), (ASSESSED["id"], "overdue"),
    }  # fmt: skip


def risk(day: str, level: str) -> dict[str, object]:
    direction = "up" if level == "high" else "down"
    return fact(day, "risk.changed", direction=direction, to=level, on=day)


@pytest.mark.parametrize(
    ("history", "standing"),
    [
        # An assessment that does not start the clock leaves the plan's own running, until the enquiry.
        ([risk("2026-11-05", "high"), ASSESSED], {("open-P-1", "open")}),
        ([risk("2026-11-05", "high"), ASSESSED, ENQUIRED], {("open-P-1", "superseded"), (ENQUIRED["id"], "open")}),
        # Once it runs from the assessment, an enquiry opens no second.
        ([ASSESSED, risk("2026-11-10", "high"), ENQUIRED], {("open-P-1", "superseded"), (ASSESSED["id"], "open")}),
    ],
)
def test_one_initial_meeting_is_owed_in_the_other_services_however_the_risk_changes(
    history: list[dict[str, object]], standing: set[tuple[object, str]]
) -> None:
    found = run(cast(), plan_opened(service="early_help"), history, until="2026-11-12").owed("initial_meeting")
    assert {(one.from_event, one.status.value) for one in found} == standing

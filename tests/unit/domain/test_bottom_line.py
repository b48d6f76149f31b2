"""A bottom line is crossed: who is alerted, how often, until when. Every sentence of the contract's paragraph."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date
from pathlib import Path

import pytest

from notifications.message import Message
from service.domain.policy import PolicyBook
from service.files.policy_files import load_policy
from service.simulation import Simulation
from tests.unit.domain.builders import Run, at, authority_role, cast, clock, fact, parsed, person, plan_opened, run

START = [*cast(), *plan_opened("2026-11-02")]
NIGHT = "2026-12-26T23:40"


def breach(when: str = "2027-02-11T10:00", eid: str = "b1", crossed: str | None = None) -> dict[str, object]:
    return fact(when, "bottom_line.breached", eid=eid, bottom_line="bl-1", at=at(crossed or when).isoformat())


def confirmed(when: str, by: str, alert: str = "b1") -> dict[str, object]:
    return fact(when, "alert.acknowledged", alert=alert, by=by, at=at(when).isoformat())


def texts(found: Run, who: str, alert: str = "b1") -> list[str]:
    return [clock(one.at)[11:] for one in found.messages(to=who, alert=alert) if one.channel == "sms"]


def test_both_named_holders_are_alerted_at_once_by_text_and_by_email() -> None:
    found = run(START, breach(NIGHT), until="2026-12-26")
    assert [(one.person, one.channel) for one in found.messages(alert="b1")] == [
        ("w-tm", "sms"), ("w-tm", "email"), ("w-hsm", "sms"), ("w-hsm", "email"),
    ]  # fmt: skip
    for one in found.messages(alert="b1"):
        assert (one.at, one.purpose, one.urgent, one.about) == (at(NIGHT), "alert", True, ({"alert": "b1"},))


def test_the_initials_go_with_its_emails_and_never_with_its_texts() -> None:
    found = run(START, breach(NIGHT), until="2026-12-26")
    shown = {(one.channel.value, one.context["initials"]) for one in found.messages(alert="b1")}
    assert shown == {("email", "Q.Z."), ("sms", None)}


def test_each_again_both_ways_every_thirty_minutes() -> None:
    found = run(START, breach("2027-02-11T10:00"), until="2027-02-11")
    for who in ("w-tm", "w-hsm"):
        assert texts(found, who)[:5] == ["10:00", "10:30", "11:00", "11:30", "12:00"]
        assert len(found.messages(to=who, alert="b1")) == 2 * len(texts(found, who))


def test_a_policy_may_alert_again_after_another_time_than_thirty_minutes(tmp_path: Path) -> None:
    policy = tmp_path / "dudley.yaml"
    policy.write_text("extends: dudley\nauthority: dudley\nbottom_line: {again_every_minutes: 45}\n")
    events = parsed(START, breach("2027-02-11T10:00"))
    told = list(Simulation(PolicyBook([load_policy(policy)])).run(events, date(2027, 2, 11)))
    alerts = [notice for notice in told if isinstance(notice, Message) and notice.purpose == "alert"]
    times = [clock(notice.at)[11:] for notice in alerts if (notice.person, notice.channel) == ("w-tm", "sms")]
    assert times[:3] == ["10:00", "10:45", "11:30"]


def test_the_ladder_climbs_after_thirty_and_sixty_minutes() -> None:
    found = run(START, breach(), until="2027-02-11")
    assert texts(found, "w-oncall")[:3] == ["10:30", "11:00", "11:30"]
    assert texts(found, "w-head")[:3] == ["11:00", "11:30", "12:00"]


@pytest.mark.parametrize("who", ["w-sw", "w-htm", "w-sm", "w-sl", "w-kp", "w-config"])
def test_nobody_else_is_alerted(who: str) -> None:
    assert run(START, breach(), until="2027-02-12").messages(to=who, alert="b1") == []


def test_who_has_confirmed_hears_no_more_and_the_others_go_on() -> None:
    found = run(START, breach(), confirmed("2027-02-11T10:05", "w-tm"), until="2027-02-11")
    assert texts(found, "w-tm") == ["10:00"]
    assert texts(found, "w-hsm")[:3] == ["10:00", "10:30", "11:00"]
    assert texts(found, "w-oncall")[:1] == ["10:30"]


def test_when_both_have_confirmed_nobody_else_is_called() -> None:
    both = [confirmed("2027-02-11T10:05", "w-tm"), confirmed("2027-02-11T10:29", "w-hsm")]
    assert Counter(one.person for one in run(START, breach(), both, until="2027-02-12").messages(alert="b1")) == {
        "w-tm": 2, "w-hsm": 2,
    }  # fmt: skip


@pytest.mark.parametrize(("who", "when"), [("w-oncall", "2027-02-11T10:40"), ("w-head", "2027-02-11T11:10")])
def test_the_on_call_manager_or_the_head_ends_it_for_everybody(who: str, when: str) -> None:
    found = run(START, breach(), confirmed(when, who), until="2027-02-12")
    told_at = [one.at for one in found.messages(alert="b1")]
    assert told_at
    assert max(told_at) <= at(when)


@pytest.mark.parametrize("who", ["w-sw", "w-htm", "w-sm", "w-config", "w-other", "w-cover"])
def test_anybody_elses_confirmation_ends_nothing(who: str) -> None:
    found = run(START, breach(), confirmed("2027-02-11T10:05", who), until="2027-02-11")
    assert texts(found, "w-tm")[:3] == ["10:00", "10:30", "11:00"]


def test_the_cover_is_alerted_instead_and_confirms_for_the_holder() -> None:
    away = fact("2027-02-01", "absence.recorded", "w-tm", from_="2027-02-08", until="2027-02-14", cover="w-cover")
    both = [confirmed("2027-02-11T10:35", "w-cover"), confirmed("2027-02-11T10:10", "w-hsm")]
    found = run(START, away, breach(), both, until="2027-02-12")
    assert texts(found, "w-cover") == ["10:00", "10:30"]
    assert texts(found, "w-tm") == []
    assert [one for one in found.messages(alert="b1") if one.at > at("2027-02-11T10:35")] == []


@pytest.mark.parametrize("vacant", ["team_manager", "hub_service_manager"])
def test_a_vacancy_calls_the_next_rung_at_once_and_is_a_problem(vacant: str) -> None:
    found = run(cast(vacant=[vacant]), plan_opened("2027-02-10"), breach(), until="2027-02-11")
    assert texts(found, "w-oncall")[:2] == ["10:00", "10:30"]
    assert texts(found, "w-head")[0] == "11:00"
    problems = [problem for problem in found.problems("role_vacant") if vacant in problem.detail]
    moments = [clock(problem.at)[11:] for problem in problems if clock(problem.at) < "2027-02-11 11:30"]
    assert moments == ["10:00", "10:30", "11:00"]


def test_a_vacancy_on_the_second_rung_calls_the_third_when_its_time_comes() -> None:
    found = run(cast(vacant=["on_call_manager"]), plan_opened("2027-02-10"), breach(), until="2027-02-11")
    assert texts(found, "w-head")[:2] == ["10:30", "11:00"]
    assert "on_call_manager" in found.problems("role_vacant")[0].detail


def test_two_vacancies_in_a_row_call_the_head_at_once() -> None:
    found = run(
        cast(vacant=["team_manager", "on_call_manager"]), plan_opened("2027-02-10"), breach(), until="2027-02-11"
    )
    assert texts(found, "w-head")[:2] == ["10:00", "10:30"]


def test_with_nobody_in_any_of_the_roles_the_configuration_owner_is_alerted() -> None:
    roles = ["team_manager", "hub_service_manager", "on_call_manager", "head_of_service"]
    found = run(cast(vacant=roles), plan_opened("2027-02-10"), breach(), until="2027-02-11")
    assert texts(found, "w-config")[:3] == ["10:00", "10:30", "11:00"]
    assert {problem.detail for problem in found.problems("role_vacant") if clock(problem.at)[11:] == "10:00"} >= set(
        roles
    )


def test_a_person_in_two_of_the_roles_is_alerted_once() -> None:
    found = run(START, authority_role("w-tm", "hub_service_manager", "2026-12-01"), breach(), until="2027-02-11")
    assert texts(found, "w-tm")[:2] == ["10:00", "10:30"]


def test_a_named_holder_who_is_on_call_too_is_alerted_once_and_confirms_for_all() -> None:
    on_call = authority_role("w-tm", "on_call_manager", "2026-12-01")
    found = run(START, on_call, breach(), confirmed("2027-02-11T10:45", "w-tm"), until="2027-02-11")
    assert texts(found, "w-tm") == ["10:00", "10:30"]
    assert [one for one in found.messages(alert="b1") if one.at > at("2027-02-11T10:45")] == []


def test_a_breach_recorded_late_is_alerted_when_it_becomes_known() -> None:
    found = run(START, breach("2027-02-11T13:00", crossed="2027-02-10T22:15"), until="2027-02-11")
    assert texts(found, "w-tm")[:2] == ["13:00", "13:30"]
    assert (texts(found, "w-oncall")[0], texts(found, "w-head")[0]) == ("13:30", "14:00")
    assert found.owed("notify_hub")[0].due_on.isoformat() == "2027-02-10"


def test_the_end_of_the_plan_does_not_end_it() -> None:
    ended = fact("2027-02-11T10:10", "plan.ended", on="2027-02-11", reason="moved away")
    found = run(START, breach(), ended, until="2027-02-11")
    assert texts(found, "w-tm")[:3] == ["10:00", "10:30", "11:00"]
    assert texts(found, "w-head")[:1] == ["11:00"]


def test_closing_the_alert_ends_it() -> None:
    closed = fact("2027-02-11T10:40", "alert.closed", alert="b1", by="w-hsm", outcome="met and planned")
    found = run(START, breach(), closed, until="2027-02-12")
    told_at = [one.at for one in found.messages(alert="b1")]
    assert told_at
    assert max(told_at) <= at("2027-02-11T10:40")


def test_a_breach_recorded_by_mistake_ends_with_its_withdrawal() -> None:
    withdrawn = fact("2027-02-11T10:40", "event.withdrawn", event="b1", reason="another plan")
    found = run(START, breach(), withdrawn, until="2027-02-12")
    assert texts(found, "w-tm") == ["10:00", "10:30"]
    assert found.owed("notify_hub") == []


def test_a_confirmation_that_is_withdrawn_sets_it_going_again() -> None:
    both = [confirmed("2027-02-11T10:05", "w-tm"), confirmed("2027-02-11T10:06", "w-hsm")]
    withdrawn = fact("2027-02-11T10:50", "event.withdrawn", event=both[0]["id"], reason="a slip of the finger")
    found = run(START, breach(), both, withdrawn, until="2027-02-11")
    again = [moment for moment in texts(found, "w-tm") if "10:50" <= moment <= "11:20"]
    assert again != []


def test_two_breaches_are_two_alerts() -> None:
    two = [breach(), breach("2027-02-11T10:00", "b2")]
    both = [confirmed("2027-02-11T10:05", "w-tm"), confirmed("2027-02-11T10:05", "w-hsm")]
    found = run(START, two, both, until="2027-02-11")
    assert texts(found, "w-tm", "b1") == ["10:00"]
    assert texts(found, "w-tm", "b2")[:3] == ["10:00", "10:30", "11:00"]
    assert len(found.owed("notify_hub")) == 2


def test_timers_are_elapsed_time_in_the_night_when_an_hour_comes_twice() -> None:
    opened = plan_opened("2026-10-01")
    found = run(cast(), opened, breach("2026-10-25T00:50+01:00"), until="2026-10-25")
    moments = [one.at.astimezone(UTC) for one in found.messages(to="w-tm", alert="b1") if one.channel == "sms"]
    assert [f"{one:%H:%M}" for one in moments[:5]] == ["23:50", "00:20", "00:50", "01:20", "01:50"]
    assert f"{found.messages(to='w-head')[0].at.astimezone(UTC):%H:%M}" == "00:50"


def test_and_in_the_night_when_an_hour_is_skipped() -> None:
    found = run(START, breach("2027-03-28T00:40+00:00"), until="2027-03-28")
    assert [texts(found, who)[0] for who in ("w-tm", "w-oncall", "w-head")] == ["00:40", "02:10", "02:40"]


@pytest.mark.parametrize("done", [[], [confirmed("2027-02-11T10:05", "w-tm"), confirmed("2027-02-11T10:06", "w-hsm")]])
def test_confirming_is_not_having_told_the_hub(done: list[dict[str, object]]) -> None:
    (one,) = run(START, breach(), done, until="2027-02-12").owed("notify_hub")
    assert (one.due_on.isoformat(), one.status.value, one.responsible, one.basis) == (
        "2027-02-11", "overdue", "w-tm", "local_default",
    )  # fmt: skip


def test_telling_the_hub_meets_the_duty_and_does_not_end_the_alert() -> None:
    notified = fact("2027-02-11T10:20", "hub.notified", alert="b1", by="w-tm", at=at("2027-02-11T10:20").isoformat())
    found = run(START, breach(), notified, until="2027-02-11")
    assert found.dues("notify_hub") == [("2027-02-11", "met")]
    assert texts(found, "w-tm")[:3] == ["10:00", "10:30", "11:00"]


def test_without_a_number_the_email_still_goes_and_it_is_on_record() -> None:
    found = run(START, person("w-hsm", "2027-01-04", mobile=None), breach(), until="2027-02-11")
    assert {one.channel for one in found.messages(to="w-hsm", alert="b1")} == {"email"}
    assert {(one.to, one.reason) for one in found.withheld()} == {("w-hsm", "no_address")}


def test_a_new_holder_is_alerted_from_the_next_moment_on() -> None:
    found = run(START, breach(), authority_role("w-other", "team_manager", "2027-02-11T10:40"), until="2027-02-11")
    assert texts(found, "w-tm") == ["10:00", "10:30"]
    assert "11:00" in texts(found, "w-other")

"""Who is told: present holders, covers, vacancies, and events about what nothing has introduced yet."""

from __future__ import annotations

from itertools import pairwise

import pytest

from tests.unit.domain.builders import PLAN, at, authority_role, cast, fact, person, plan_opened, run, visit

START = [*cast(), *plan_opened("2026-11-02")]
VISIT = "visit_social_worker"


def away(who: str, first: str, last: str, cover: str | None = None) -> dict[str, object]:
    named = {"cover": cover} if cover else {}
    return fact("2026-11-03", "absence.recorded", who, from_=first, until=last, **named)


def test_the_cover_is_told_for_as_long_as_the_absence_lasts() -> None:
    found = run(START, away("w-sw", "2026-11-23", "2026-11-26", "w-cover"), until="2026-12-01")
    assert found.moments(to="w-cover") == ["2026-11-23 08:30 digest", "2026-11-26 08:30 digest"]
    assert found.moments(to="w-sw") == ["2026-11-30 08:30 reminder", "2026-12-01 09:00 overdue"]


def test_the_covers_cover_is_told_where_the_cover_is_away() -> None:
    both = [
        away("w-sw", "2026-11-23", "2026-11-27", "w-cover"),
        away("w-cover", "2026-11-26", "2026-11-27", "w-cover2"),
    ]
    found = run(START, both, until="2026-11-27")
    assert found.moments(to="w-cover") == ["2026-11-23 08:30 digest"]
    assert found.moments(to="w-cover2") == ["2026-11-26 08:30 digest"]


def test_a_visit_by_the_covers_cover_counts() -> None:
    both = [
        away("w-sw", "2026-11-09", "2026-11-13", "w-cover"),
        away("w-cover", "2026-11-09", "2026-11-13", "w-cover2"),
    ]
    assert run(START, both, visit("2026-11-12", "w-cover2"), until="2026-11-13").dues(VISIT)[-1] == (
        "2026-12-10",
        "open",
    )


@pytest.mark.parametrize(
    "absences",
    [
        [away("w-sw", "2026-11-20", "2026-12-04")],
        [away("w-sw", "2026-11-20", "2026-12-04", "w-sw")],
        [away("w-sw", "2026-11-20", "2026-12-04", "w-cover"), away("w-cover", "2026-11-20", "2026-12-04", "w-sw")],
        [away("w-sw", "2026-11-20", "2026-12-04", "w-nobody")],
    ],
    ids=["no cover", "own cover", "each covers the other", "a cover nobody introduced"],
)
def test_an_absence_without_a_cover_leaves_no_morning_untold(absences: list[dict[str, object]]) -> None:
    found = run(START, absences, until="2026-12-01")
    told = {(str(one.at.date()), one.person) for one in found.messages(kind=VISIT, purpose="digest")}
    assert {day for day, _ in told} == {"2026-11-23", "2026-11-26"}
    assert {("2026-11-23", "w-tm"), ("2026-11-26", "w-tm")} <= told
    assert found.messages(to="w-nobody") == []


def in_turn(*names: str) -> list[dict[str, object]]:
    """People who are all away in the same weeks, each of them covered by the next; whoever is last is there."""
    absences = [away(name, "2026-11-20", "2026-12-04", cover) for name, cover in pairwise(names)]
    return [*(person(name) for name in names if name.startswith("w-turn")), *absences]


@pytest.mark.parametrize("size", [0, 1, 2, 50])
def test_a_circle_of_covers_ends_with_who_owes_it_and_is_a_problem(size: int) -> None:
    found = run(START, in_turn("w-sw", *(f"w-turn{place}" for place in range(size)), "w-sw"), until="2026-12-01")
    assert found.moments(to="w-sw", kind=VISIT)[-1] == "2026-12-01 09:00 overdue"
    assert {one.person for one in found.messages(purpose="overdue")} == {"w-sw", "w-tm"}
    assert {one.detail for one in found.problems("absent_without_cover")} == {"w-sw"}


def test_a_circle_further_down_that_comes_back_to_nobody_who_owes_it_ends_too() -> None:
    found = run(START, in_turn("w-sw", "w-turn1", "w-turn2", "w-turn3", "w-turn1"), until="2026-12-01")
    assert {one.person for one in found.messages(purpose="overdue")} == {"w-sw", "w-tm"}
    assert {one.detail for one in found.problems("absent_without_cover")} == {"w-sw"}


def test_a_long_chain_of_covers_is_followed_to_its_end() -> None:
    found = run(START, in_turn("w-sw", *(f"w-turn{place}" for place in range(50))), until="2026-12-01")
    assert {one.person for one in found.messages(purpose="overdue")} == {"w-turn49", "w-tm"}
    assert found.problems("absent_without_cover") == []


@pytest.mark.parametrize("closes", ["w-sw", "w-turn1"])
def test_in_a_circle_a_visit_by_any_of_them_counts(closes: str) -> None:
    circle = in_turn("w-sw", "w-turn1", "w-turn2", closes)
    made = visit("2026-11-24", "w-turn2")
    assert run(START, circle, made, until="2026-11-25").dues(VISIT)[-1] == ("2026-12-22", "open")


def test_an_alert_to_a_circle_of_managers_goes_to_the_one_whose_role_it_is() -> None:
    breach = fact("2026-11-24T20:00", "bottom_line.breached", bottom_line="x", at=at("2026-11-24T19:00").isoformat())
    found = run(START, in_turn("w-tm", "w-turn1", "w-tm"), breach, until="2026-11-24")
    assert found.messages(to="w-tm", purpose="alert") != []
    assert found.messages(to="w-turn1") == []
    assert [one.detail for one in found.problems("absent_without_cover")].count("w-tm") > 0


def test_an_absence_known_only_now_counts_from_now() -> None:
    late = fact("2026-11-25", "absence.recorded", "w-sw", from_="2026-11-20", until="2026-11-30", cover="w-cover")
    found = run(START, late, until="2026-11-30")
    assert found.moments(to="w-sw") == ["2026-11-23 08:30 digest"]
    assert found.moments(to="w-cover") == ["2026-11-26 08:30 digest", "2026-11-30 08:30 reminder"]


def test_a_role_on_the_plan_comes_before_the_authoritys() -> None:
    on_plan = fact("2026-11-02T13:00", "role.assigned", role="team_manager", person="w-other")
    found = run(START, on_plan, until="2026-12-01")
    assert {one.person for one in found.messages(purpose="overdue")} == {"w-sw", "w-other"}


def test_when_the_role_on_the_plan_ends_it_falls_to_the_authoritys_holder() -> None:
    on_plan = fact("2026-11-02T13:00", "role.assigned", role="team_manager", person="w-other")
    ended = fact("2026-11-16T13:00", "role.ended", role="team_manager", person="w-other")
    found = run(START, on_plan, ended, until="2026-12-01")
    assert {one.person for one in found.messages(purpose="overdue")} == {"w-sw", "w-tm"}


def test_a_new_holder_for_the_authority_ends_the_old() -> None:
    found = run(START, authority_role("w-other", "team_manager", "2026-11-16"), until="2026-12-01")
    assert {one.person for one in found.messages(purpose="overdue")} == {"w-sw", "w-other"}


def test_recipients_are_worked_out_at_the_moment_of_sending() -> None:
    handover = fact("2026-11-24T10:00", "role.assigned", role="social_worker", person="w-sw2")
    found = run(START, handover, until="2026-12-01")
    assert found.moments(to="w-sw") == ["2026-11-23 08:30 digest"]
    assert found.moments(to="w-sw2") == [
        "2026-11-25 08:30 notice", "2026-11-26 08:30 digest", "2026-11-30 08:30 reminder", "2026-12-01 09:00 overdue",
    ]  # fmt: skip


def test_a_role_assigned_with_the_plan_holds_from_the_plans_own_day() -> None:
    found = run(cast(), plan_opened("2026-11-09", on="2026-11-02"), visit("2026-11-09T13:00", on="2026-11-04"),
                until="2026-11-10")  # fmt: skip
    assert found.dues(VISIT)[-1] == ("2026-12-02", "open")


def test_a_role_assigned_later_holds_from_then() -> None:
    late = fact("2026-11-09", "role.assigned", role="social_worker", person="w-sw")
    opened = plan_opened("2026-11-02", roles={})
    found = run(cast(), opened, late, visit("2026-11-09T13:00", on="2026-11-04"), until="2026-11-10")
    assert found.dues(VISIT) == [("2026-11-30", "open")]


def test_without_a_social_worker_the_team_manager_is_told_once_and_it_is_a_problem() -> None:
    found = run(cast(), plan_opened(roles={}), until="2026-12-01")
    assert found.moments(to="w-tm", kind=VISIT) == [
        "2026-11-23 08:30 digest", "2026-11-26 08:30 digest", "2026-11-30 08:30 reminder", "2026-12-01 09:00 overdue",
    ]  # fmt: skip
    assert len(found.messages(to="w-tm", purpose="overdue")) == 1
    assert "social_worker" in found.problems("role_vacant")[0].detail
    assert found.owed(VISIT)[0].responsible is None


def test_without_either_the_configuration_owner_is_told() -> None:
    found = run(cast(vacant=["team_manager"]), plan_opened(roles={}), until="2026-12-01")
    assert found.moments(to="w-config", kind=VISIT)[-2:] == ["2026-11-30 08:30 reminder", "2026-12-01 09:00 overdue"]
    vacant = " ".join(problem.detail for problem in found.problems("role_vacant"))
    assert "social_worker" in vacant
    assert "team_manager" in vacant


def test_without_a_service_manager_the_team_manager_gets_the_escalation() -> None:
    found = run(cast(vacant=["service_manager"]), plan_opened(), until="2026-12-03")
    (escalation,) = found.messages(purpose="escalation")
    assert (escalation.person, escalation.at) == ("w-tm", at("2026-12-03T09:00"))
    assert "service_manager" in found.problems("role_vacant")[0].detail


def test_with_nobody_at_all_nothing_breaks_and_everything_is_a_problem() -> None:
    found = run(person("w-sw"), plan_opened(roles={}), until="2026-12-31")
    assert found.messages() == []
    assert found.problems("role_vacant") != []


def test_a_plan_is_introduced_by_its_opening_whatever_came_before() -> None:
    early = [visit("2026-11-04"), fact("2026-11-05", "screening.completed", on="2026-11-05")]
    found = run(cast(), early, plan_opened("2026-11-09", on="2026-11-02"), until="2026-11-10")
    assert found.dues(VISIT) == [("2026-11-30", "met"), ("2026-12-02", "open")]
    assert found.dues("consult_hub") == [("2026-11-06", "overdue")]


def test_a_role_for_somebody_unknown_waits_for_the_introduction() -> None:
    waits = fact("2026-11-03", "role.assigned", role="social_worker", person="w-new")
    found = run(START, waits, person("w-new", "2026-11-16"), until="2026-12-01")
    assert found.problems("not_introduced") == []
    assert found.moments(to="w-new", kind=VISIT)[-1] == "2026-12-01 09:00 overdue"


@pytest.mark.parametrize(
    "event",
    [
        fact("2026-11-10", "visit.recorded", "P-9", by="w-sw", on="2026-11-10"),
        fact("2026-11-10", "role.assigned", PLAN, role="social_worker", person="w-ghost"),
        fact("2026-11-10", "absence.recorded", "w-ghost", from_="2026-11-11", until="2026-11-12"),
        fact("2026-11-10", "contact.decided", "f-ghost", decision="allow", decided_by="w-sw"),
    ],
)
def test_what_still_waits_is_a_problem(event: dict[str, object]) -> None:
    waits = event | {"source": "/dudley/cases"}
    assert len(run(START, waits, until="2026-11-20").problems("not_introduced")) == 1


def test_a_withdrawn_role_was_never_assigned() -> None:
    wrong = fact("2026-11-03", "role.assigned", role="social_worker", person="w-other")
    withdrawn = fact("2026-11-03T20:00", "event.withdrawn", event=wrong["id"], reason="another plan was meant")
    found = run(START, wrong, withdrawn, until="2026-12-01")
    assert found.owed(VISIT)[0].responsible == "w-sw"
    assert found.messages(to="w-other") == []


def test_the_end_of_a_plan_cancels_all_that_is_open_or_overdue() -> None:
    owing = fact("2026-11-03", "screening.completed", on="2026-11-03")
    ended = fact("2026-11-20T16:00", "plan.ended", on="2026-11-20", reason="risk is lower")
    found = run(START, visit("2026-11-10"), owing, ended, until="2027-02-28")
    assert {(one.kind, one.status.value) for one in found.obligations} == {
        (VISIT, "met"), (VISIT, "cancelled"), ("consult_hub", "cancelled"),
    }  # fmt: skip
    after = [one for one in found.messages() if one.at >= at("2026-11-20T16:00")]
    assert [(one.person, one.purpose, one.at, one.about) for one in after] == [
        ("w-sw", "notice", at("2026-11-23T08:30"), ({"event": ended["id"]},))
    ]
    assert found.problems("no_review_date") == []

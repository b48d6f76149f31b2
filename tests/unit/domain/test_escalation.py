"""Who is above: an escalation never goes to the person who owes the duty; and who reads for somebody who is away."""

from __future__ import annotations

import pytest

from tests.unit.domain.builders import Raw, Run, cast, clock, fact, plan_opened, run

START = [*cast(), *plan_opened("2026-11-02")]
VISIT = "visit_social_worker"


def act(who: str, due_on: str = "2026-11-27") -> Raw:
    """An action for somebody; overdue on 30 November, escalated on 2 December."""
    return fact("2026-11-03", "action.agreed", ref="a", what="x y", who=who, due_on=due_on)


def away(who: str, cover: str | None = None, from_: str = "2026-11-20", until: str = "2026-12-31") -> Raw:
    dates = {"from": from_, "until": until}
    return fact("2026-11-19", "absence.recorded", who, **dates, **({"cover": cover} if cover else {}))


def manager(who: str, role: str = "team_manager") -> Raw:
    return fact("2026-11-02T13:00", "role.assigned", role=role, person=who)


def escalated(found: Run, kind: str = "action") -> list[str]:
    return [one.person for one in found.messages(purpose="escalation", kind=kind)]


@pytest.mark.parametrize(
    ("facts", "told"),
    [
        ([act("w-kp")], ["w-sm"]),
        ([act("w-sm")], ["w-head"]),
        ([act("w-kp"), away("w-kp", "w-sm")], ["w-head"]),  # who covers owes it
        ([act("w-sm"), away("w-sm", "w-cover")], ["w-head"]),  # so does the cover of who owes it
        ([act("w-sm"), away("w-sm")], ["w-head"]),
        ([act("w-sm"), away("w-head", "w-cover")], ["w-cover"]),
        ([act("w-kp"), away("w-sm", "w-kp")], ["w-head"]),
        ([act("w-kp"), away("w-sm")], ["w-sm", "w-tm"]),  # nobody covers: the team manager reads it as well
        ([act("w-tm"), away("w-sm")], ["w-sm"]),  # but not of what the team manager owes
    ],
)
def test_an_escalation_passes_over_who_owes_it(facts: list[Raw], told: list[str]) -> None:
    found = run(START, facts, until="2026-12-02")
    assert sorted(escalated(found)) == sorted(told)
    assert found.problems("no_one_above") == []


def test_who_is_asked_instead_of_a_vacant_role_owes_it_too() -> None:
    # Nobody is social worker, and the team manager who is asked instead manages the service as well.
    both = manager("w-tm", "service_manager")
    found = run(cast(), plan_opened(roles={}), both, until="2026-12-03")
    assert escalated(found, VISIT) == ["w-head"]


@pytest.mark.parametrize("facts", [[], [manager("w-sm", "head_of_service")]])
def test_where_nobody_is_above_nobody_is_told_and_it_is_a_problem(facts: list[Raw]) -> None:
    vacant = [] if facts else ["head_of_service"]
    found = run(cast(vacant=vacant), plan_opened(), facts, act("w-sm"), until="2026-12-02")
    assert escalated(found) == []
    assert [(clock(one.at), one.plan) for one in found.problems("no_one_above")] == [("2026-12-02 09:00", "P-1")]


def test_what_others_owe_still_goes_to_the_service_manager() -> None:
    theirs = fact("2026-11-03", "action.agreed", ref="b", what="x y", who="w-kp", due_on="2026-11-27")
    found = run(START, act("w-sm"), theirs, until="2026-12-02")
    about = {one.person: [entry["about"] for entry in one.about] for one in found.messages(purpose="escalation")}
    assert about == {"w-head": ["a"], "w-sm": ["b"]}


# --------------------------------------------------------------------------------------------- away without cover


@pytest.mark.parametrize(
    ("facts", "readers"),
    [
        ([away("w-sw")], {"w-sw", "w-tm"}),
        ([away("w-sw", "w-cover")], {"w-cover"}),
        ([away("w-sw", "w-cover"), away("w-cover")], {"w-sw", "w-tm"}),
        ([away("w-sw"), away("w-tm", "w-other")], {"w-sw", "w-other"}),
        ([away("w-sw"), away("w-tm")], {"w-sw", "w-tm", "w-sm"}),
        ([away("w-sw"), away("w-tm"), away("w-sm")], {"w-sw", "w-tm", "w-sm"}),
    ],
)
def test_a_reminder_is_read_by_somebody_who_is_there(facts: list[Raw], readers: set[str]) -> None:
    found = run(START, facts, until="2026-11-30")
    for purpose in ("digest", "reminder"):
        told = [one.person for one in found.messages(kind=VISIT, purpose=purpose) if clock(one.at) > "2026-11-24"]
        assert sorted(told) == sorted(readers)


def test_a_manager_reads_once_what_comes_twice() -> None:
    found = run(START, away("w-sw"), until="2026-12-01")
    assert sorted(one.person for one in found.messages(kind=VISIT, purpose="overdue")) == ["w-sw", "w-tm"]


def test_what_a_team_manager_is_told_the_service_manager_reads_as_well() -> None:
    found = run(START, away("w-tm"), until="2026-12-01")
    assert sorted(one.person for one in found.messages(kind=VISIT, purpose="overdue")) == ["w-sm", "w-sw", "w-tm"]


def test_a_chair_who_is_away_is_read_for_too() -> None:
    held = fact("2026-11-02T15:00", "meeting.held", meeting="initial", on="2026-11-02", ref="m")
    found = run(START, held, away("w-htm", from_="2027-01-01", until="2027-02-28"), until="2027-01-29")
    chairs = {one.person for one in found.messages(kind="review") if clock(one.at) > "2027-01-01"}
    assert chairs == {"w-sw", "w-htm", "w-tm"}


def test_a_notice_is_read_as_well() -> None:
    ended = fact("2026-11-23", "plan.ended", on="2026-11-23", reason="x")
    found = run(START, away("w-sw"), ended, until="2026-11-24")
    assert [one.person for one in found.messages(purpose="notice")] == ["w-sw", "w-tm"]


def test_without_a_team_manager_the_configuration_owner_reads_it() -> None:
    found = run(cast(vacant=["team_manager"]), plan_opened(), away("w-sw"), until="2026-11-30")
    assert {one.person for one in found.messages(kind=VISIT, purpose="reminder")} == {"w-sw", "w-config"}
    assert "team_manager" in {one.detail for one in found.problems("role_vacant")}

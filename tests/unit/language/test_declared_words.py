"""Roles, kinds, milestones and the lead that a policy declares: as good as those that are built in."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from service.domain.events.event import EventFault, parse_event
from service.domain.policy import Policy, PolicyBook
from service.files.policy_files import PolicyFileError
from service.policy_tools.policy_page import as_text, policy_page
from service.policy_tools.warnings import warnings
from tests import sixth
from tests.unit.domain.builders import fact

HELD = {"when": "milestone.reached", "where": {"milestone": "supervision_held"}}
DECLARED: dict[str, Any] = {
    "lead": "family_help_lead",
    "roles": {"family_help_lead": "one", "sibling": "many"},
    "kinds": {"supervision": "supervision of the case"},
    "milestones": {
        "supervision_held": {"label": "supervision of the case"},
        "conference": {"label": "conference", "scheduled": True},
    },
}
SUPERVISION = sixth.rule(
    rule="supervision",
    kind="supervision",
    opens={"when": "plan.opened"},
    due={"every": "2 months", "as_agreed": {"on": {**HELD, "takes": "next_on"}}},
    met=HELD,
    owed_by="family_help_lead",
    ladder="standard",
)
LEAD = {**sixth.WORKERS, "w-lead": "family_help_lead"}


def faults(folder: Path, *rules: dict[str, Any], **words: Any) -> list[str]:
    """What is wrong with a policy, each with its line."""
    with pytest.raises(PolicyFileError) as caught:
        sixth.policy(folder, *rules, **{**DECLARED, **words})
    return [str(fault) for fault in caught.value.faults]


def test_a_milestone_meets_a_duty_and_agrees_the_next_date(tmp_path: Path) -> None:
    policy = sixth.policy(tmp_path, SUPERVISION, **DECLARED)
    held = sixth.reached("2026-12-01T10:00", "supervision_held", next_on="2026-12-10", on="2026-12-01")
    ran = sixth.run(policy, sixth.opened(), held, until="2026-12-08", roles=LEAD)
    assert ran.dues == [("2026-12-10", "open"), ("2027-01-02", "met")]
    assert {duty.kind for duty in ran.obligations} == {"supervision"}


def test_the_holder_of_a_declared_role_is_told_like_any_other(tmp_path: Path) -> None:
    policy = sixth.policy(tmp_path, SUPERVISION, **DECLARED)
    ran = sixth.run(policy, sixth.opened(), until="2027-01-05", roles=LEAD)
    assert ran.moments("w-lead") == [
        "2026-12-22 08:30 email digest",
        "2026-12-29 08:30 email digest",
        "2026-12-31 08:30 email reminder",
        "2027-01-04 09:00 email overdue",
    ]
    assert ran.obligations[0].responsible_role == "family_help_lead"
    assert "'owed_by': 'family help lead'" in str(ran.messages[-1].context)


def test_whoever_takes_a_declared_role_over_is_told_what_it_owes(tmp_path: Path) -> None:
    policy = sixth.policy(tmp_path, SUPERVISION, **DECLARED)
    roles = {**LEAD, "w-next": "on_call_manager"}
    taken = fact("2026-11-09", "role.assigned", "P-1", role="family_help_lead", person="w-next")
    first = fact("2026-11-02T09:00", "role.assigned", "P-1", role="family_help_lead", person="w-lead")
    ran = sixth.run(policy, sixth.opened(), first, taken, until="2026-11-11", roles=roles)
    assert ran.moments("w-next") == ["2026-11-10 08:30 email takeover"]


def test_several_hold_a_role_of_many(tmp_path: Path) -> None:
    met = {"when": "visit.recorded", "role_of": {"by": "sibling"}}
    visited = sixth.rule(opens={"when": "plan.opened"}, due={"within": "5 working days"}, met=met)
    policy = sixth.policy(tmp_path, visited, **DECLARED)
    held = [fact("2026-11-02T09:00", "role.assigned", "P-1", role="sibling", person=who) for who in ("w-sm", "w-tm")]
    visit = fact("2026-11-04", "visit.recorded", "P-1", by="w-sm", on="2026-11-04")
    ran = sixth.run(policy, sixth.opened(), held, visit, until="2026-11-05", roles=LEAD)
    assert ran.dues == [("2026-11-09", "met")]


def test_the_lead_is_told_of_the_end_of_a_plan(tmp_path: Path) -> None:
    policy = sixth.policy(tmp_path, SUPERVISION, **DECLARED)
    ended = fact("2026-11-09", "plan.ended", "P-1", reason="safe", on="2026-11-09")
    ran = sixth.run(policy, sixth.opened(), ended, until="2026-11-11", roles=LEAD)
    assert ran.moments("w-lead") == ["2026-11-10 08:30 email plan_ended"]


def test_a_milestone_is_read_aloud(tmp_path: Path) -> None:
    text = as_text(policy_page(sixth.policy(tmp_path, SUPERVISION, **DECLARED)))
    assert "Met when    'supervision held' is reached." in text
    assert "Owed by     The family help lead." in text


def by_manager(folder: Path, **words: Any) -> Policy:
    """The supervision counts only from the team manager."""
    held = {"label": "supervision of the case", "by": "team_manager", **words}
    return sixth.policy(folder, SUPERVISION, **{**DECLARED, "milestones": {"supervision_held": held}})


def test_a_milestone_counts_only_from_those_by_whom_it_may_be_said(tmp_path: Path) -> None:
    by_lead = sixth.reached("2026-12-01T10:00", "supervision_held", on="2026-12-01", by="w-lead", next_on="2026-12-10")
    by_nobody = sixth.reached("2026-12-02T10:00", "supervision_held", on="2026-12-02")
    ran = sixth.run(by_manager(tmp_path), sixth.opened(), by_lead, by_nobody, until="2026-12-07", roles=LEAD)
    assert ran.dues == [("2027-01-02", "open")]
    assert len(ran.problems("milestone_not_counted")) == 2
    assert "(team manager)" in ran.problems("milestone_not_counted")[0].detail
    assert "2026-12-02 08:30 email problems" in ran.moments("w-config")


def test_the_cover_may_say_a_milestone_and_whoever_held_the_role_that_day(tmp_path: Path) -> None:
    away = {"from": "2026-12-01", "until": "2026-12-03", "cover": "w-sm"}
    absent = fact("2026-11-30", "absence.recorded", "w-tm", **away)
    by_cover = sixth.reached("2026-12-02T10:00", "supervision_held", on="2026-12-02", by="w-sm")
    next_manager = fact("2026-12-14", "role.assigned", "P-1", role="team_manager", person="w-head")
    by_earlier = sixth.reached("2026-12-15T10:00", "supervision_held", on="2026-12-10", by="w-tm")
    history = (sixth.opened(), absent, by_cover, next_manager, by_earlier)
    ran = sixth.run(by_manager(tmp_path), *history, until="2026-12-16", roles=LEAD)
    assert ran.dues == [("2027-01-02", "met"), ("2027-02-02", "met"), ("2027-02-10", "open")]
    assert ran.problems("milestone_not_counted") == []


def test_a_policy_reads_aloud_by_whom_a_milestone_may_be_said_and_what_its_form_asks(tmp_path: Path) -> None:
    text = " ".join(as_text(policy_page(by_manager(tmp_path, form=["on", "by", "next_on"]))).split())
    assert "'supervision held' is reached by the team manager or the cover." in text
    counts = "'supervision held': supervision of the case; it counts if it is by the team manager or the cover; "
    assert f"{counts}its form asks when, who did it and when the next one is." in text


def test_a_form_that_does_not_ask_what_a_rule_reads_is_warned_of(tmp_path: Path) -> None:
    (remark,) = warnings(by_manager(tmp_path, form=["on", "by"]), date(2026, 11, 28))
    assert remark.where == ("milestones", "supervision_held", "form")
    assert "does not ask 'next_on', which a rule reads" in remark.detail
    assert warnings(by_manager(tmp_path, form=["on", "by", "next_on"]), date(2026, 11, 28)) == []


def test_a_milestone_that_is_not_declared_is_a_problem_with_the_nearest_name(tmp_path: Path) -> None:
    policy = sixth.policy(tmp_path, SUPERVISION, **DECLARED)
    held = sixth.reached("2026-11-04T10:00", "supervison_held")
    ran = sixth.run(policy, sixth.opened(), held, until="2026-11-06", roles=LEAD)
    (problem,) = ran.problems("undeclared_milestone")
    assert ran.dues == [("2027-01-02", "open")]
    assert ran.moments("w-config") == ["2026-11-05 08:30 email problems"]
    assert problem.plan == "P-1"


@pytest.mark.parametrize("role", ["family_help_lead", "sibling", "social_worker"])
def test_an_event_may_give_a_role_that_a_policy_declares(tmp_path: Path, role: str) -> None:
    authorities = PolicyBook([sixth.policy(tmp_path, SUPERVISION, **DECLARED)]).authorities
    given = fact("2026-11-02", "role.assigned", None, authority=sixth.AUTHORITY, role=role, person="w-1")
    assert parse_event(given, authorities).data.__dict__["role"] == role


def test_an_event_that_gives_another_role_is_refused_with_the_nearest(tmp_path: Path) -> None:
    authorities = PolicyBook([sixth.policy(tmp_path, SUPERVISION, **DECLARED)]).authorities
    given = fact("2026-11-02", "role.assigned", None, authority=sixth.AUTHORITY, role="family_help_led", person="w-1")
    with pytest.raises(EventFault, match="did you mean 'family_help_lead'"):
        parse_event(given, authorities)


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"kind": "supervison"}, "supervision.kind: 'supervison' is not one of "),
        ({"owed_by": "family_help_led"}, "; did you mean family_help_lead?"),
        ({"owed_by": "sibling"}, "supervision.owed_by: 'sibling' is not one of "),
        ({"met": {**HELD, "where": {"milestone": "supervision_hold"}}}, "; did you mean supervision_held?"),
        ({"met": {"when": "milestone.reached"}}, "supervision.met: says no milestone; add where: "),
        (
            {"opens": {"when": "milestone.scheduled", "where": {"milestone": "supervision_held"}}},
            "supervision.opens: the milestone 'supervision_held' is put in no diary; declare it with scheduled: true",
        ),
    ],
)
def test_a_word_that_is_not_declared_is_refused_with_line_and_nearest(
    tmp_path: Path, change: dict[str, Any], fault: str
) -> None:
    (told,) = faults(tmp_path, {**SUPERVISION, **change})
    assert fault in told
    assert int(told.split(":")[1]) > 10


def test_a_role_that_is_built_in_is_not_declared_again(tmp_path: Path) -> None:
    roles = {"family_help_lead": "one", "parent": "one"}
    assert any(
        "roles: 'parent' is built in; leave it out" in told for told in faults(tmp_path, SUPERVISION, roles=roles)
    )

"""Actions of the plan: who owes them, by when, and what an action without owner or date calls for."""

from __future__ import annotations

import pytest

from tests.unit.domain.builders import cast, fact, person, plan_opened, run

START = [*cast(), *plan_opened("2026-11-02")]
FAMILY = [person("f-aunt", kind="family"), person("c-child", kind="child")]


def agreed(when: str = "2026-11-04", ref: str = "a1", **data: object) -> dict[str, object]:
    known = {"what": "apply for the boxing club", "on": when[:10], **data}
    return fact(when, "action.agreed", ref=ref, **known)


def completed(day: str, ref: str = "a1") -> dict[str, object]:
    return fact(day, "action.completed", ref=ref, on=day)


@pytest.mark.parametrize(
    ("who", "responsible"),
    [("w-sw", "w-sw"), ("w-other", "w-other"), ("w-kp", "w-kp"), ("f-aunt", "w-sw"), ("c-child", "w-sw")],
)
def test_an_action_is_owed_by_who_is_named_or_for_family_by_the_social_worker(who: str, responsible: str) -> None:
    found = run(START, FAMILY, agreed(who=who, due_on="2026-11-27"), until="2026-12-01")
    (one,) = found.owed("action")
    assert (one.responsible, one.due_on.isoformat(), one.about, one.basis) == (
        responsible, "2026-11-27", "a1", "guidance",
    )  # fmt: skip
    told = {message.person for message in found.messages(kind="action", purpose="reminder")}
    assert told == {responsible}


def test_family_hears_nothing_of_their_action() -> None:
    found = run(START, FAMILY, agreed(who="f-aunt", due_on="2026-11-27"), until="2026-12-31")
    assert found.messages(to="f-aunt") == []


def test_an_absent_owners_action_is_told_to_the_cover_and_stays_the_owners() -> None:
    away = fact("2026-11-03", "absence.recorded", "w-other", from_="2026-11-20", until="2026-11-30", cover="w-cover")
    found = run(START, away, agreed(who="w-other", due_on="2026-11-27"), until="2026-11-27")
    assert found.moments(to="w-other", kind="action") == []
    assert found.moments(to="w-cover", kind="action") == [
        "2026-11-20 08:30 digest", "2026-11-25 08:30 digest", "2026-11-27 08:30 reminder",
    ]  # fmt: skip
    assert found.owed("action")[0].responsible == "w-other"


def test_an_action_without_an_owner_asks_for_one_that_day_and_is_a_problem() -> None:
    found = run(START, agreed(due_on="2026-11-27"), until="2026-11-05")
    (one,) = found.owed("name_action_owner")
    assert (one.due_on.isoformat(), one.about, one.basis, one.responsible) == (
        "2026-11-04", "a1", "local_default", "w-sw",
    )  # fmt: skip
    assert one.status.value == "overdue"
    assert len(found.problems("action_without_owner")) == 1
    assert found.owed("action")[0].responsible == "w-sw"


@pytest.mark.parametrize(("when", "status"), [("2026-11-04T16:00", "met"), ("2026-11-06T10:00", "met_late")])
def test_naming_an_owner_meets_it(when: str, status: str) -> None:
    named = agreed(when, who="w-kp", due_on="2026-11-27")
    found = run(START, agreed(due_on="2026-11-27"), named, until="2026-11-09")
    assert found.dues("name_action_owner") == [("2026-11-04", status)]
    assert [one.responsible for one in found.owed("action") if one.status.value == "open"] == ["w-kp"]


def test_an_action_without_a_date_is_a_problem_and_owes_nothing_yet() -> None:
    found = run(START, agreed(who="w-sw"), until="2026-11-30")
    assert (len(found.problems("action_without_date")), found.owed("action")) == (1, [])


def test_an_action_with_owner_and_date_is_no_problem() -> None:
    found = run(START, agreed(who="w-sw", due_on="2026-11-27"), completed("2026-11-20"), until="2026-12-31")
    assert found.problems("action_without_date") == found.problems("action_without_owner") == []


def test_agreed_again_with_another_date_supersedes() -> None:
    later = agreed("2026-11-18", who="w-sw", due_on="2026-12-11")
    found = run(START, agreed(who="w-sw", due_on="2026-11-27"), later, until="2026-11-30")
    assert found.dues("action") == [("2026-11-27", "superseded"), ("2026-12-11", "open")]
    assert found.messages(kind="action", purpose="overdue") == []


@pytest.mark.parametrize(("day", "status"), [("2026-11-20", "met"), ("2026-11-27", "met"), ("2026-11-28", "met_late")])
def test_completed_by_its_date_is_in_time(day: str, status: str) -> None:
    found = run(START, agreed(who="w-sw", due_on="2026-11-27"), completed(day), until="2026-12-04")
    assert found.dues("action") == [("2026-11-27", status)]


def test_explaining_is_not_completing() -> None:
    why = fact("2026-11-26", "action.explained", ref="a1", why="the club has closed", on="2026-11-26")
    found = run(START, agreed(who="w-sw", due_on="2026-11-27"), why, until="2026-11-30")
    assert found.dues("action") == [("2026-11-27", "overdue")]


def test_completing_one_action_leaves_the_other() -> None:
    both = [agreed(ref="a1", who="w-sw", due_on="2026-11-27"), agreed(ref="a2", who="w-sw", due_on="2026-11-27")]
    found = run(START, both, completed("2026-11-20", "a2"), until="2026-11-30").owed("action")
    assert {(one.about, one.status.value) for one in found} == {("a1", "overdue"), ("a2", "met")}


def test_a_start_is_one_line_in_that_mornings_digest_and_no_obligation() -> None:
    found = run(START, agreed(who="w-kp", start_by="2026-11-10", due_on="2026-12-11"), until="2026-11-30")
    assert found.moments(to="w-kp", kind="action") == ["2026-11-10 08:30 digest"]
    assert len(found.owed("action")) == 1


def test_actions_have_the_standard_ladder() -> None:
    found = run(START, agreed(who="w-other", due_on="2026-11-27"), until="2026-12-15")
    assert found.moments(to="w-other", kind="action") == [
        "2026-11-20 08:30 digest", "2026-11-25 08:30 digest", "2026-11-27 08:30 reminder", "2026-11-30 09:00 overdue",
        "2026-12-07 09:00 list", "2026-12-14 09:00 list",
    ]  # fmt: skip
    assert found.moments(to="w-tm", kind="action") == [
        "2026-11-30 09:00 overdue", "2026-12-07 09:00 list", "2026-12-14 09:00 list",
    ]  # fmt: skip
    assert found.moments(to="w-sm", kind="action") == ["2026-12-02 09:00 escalation"]


def test_an_action_named_to_somebody_never_introduced_reaches_the_social_worker_or_a_manager() -> None:
    found = run(START, agreed(who="w-nobody", due_on="2026-11-27"), until="2026-11-30")
    assert found.messages(to="w-nobody") == []
    assert {message.person for message in found.messages(kind="action", purpose="overdue")} & {"w-sw", "w-tm"}

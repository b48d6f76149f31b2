"""How a plan stands, and what is wrong with what was agreed, is worked out anew only where it can have changed."""

from __future__ import annotations

import pytest

from service.domain.calendar import local_day
from service.domain.facts import Facts
from service.domain.facts_added import facts_with
from service.domain.language.patterns import Opening
from service.domain.look import look_at
from service.domain.obligations.matching import follows_from_fact_alone
from service.domain.policy import PolicyBook, ProblemRule
from service.domain.telling.records import NOTHING_TOLD
from tests.unit.domain.builders import Raw, at, book, cast, directory, fact, parsed, plan_opened

PEOPLE = directory(cast())
NOW = at("2026-11-20")
WITHOUT_A_DATE: dict[str, object] = {"when": "action.agreed", "lacks": ["due_on", "to_week"], "about": "ref"}
AGREED = fact("2026-11-10", "action.agreed", ref="a1", what="x", who="w-sw")


def of_dudley(**more: object) -> PolicyBook:
    """Dudley's policy, with a condition more to what it finds wrong with an action."""
    problem = ProblemRule.model_validate({"problem": "action_without_date", "opens": {**WITHOUT_A_DATE, **more}})
    return PolicyBook([book().newest("dudley").model_copy(update={"problems": [problem]})])


def grown(facts: Facts, *more: Raw) -> Facts:
    """The facts, and those of events since."""
    for event in parsed(*more):
        added = facts_with(facts, event, local_day(NOW))
        assert added is not None
        facts = added
    return facts


def opening(*more: Raw) -> Facts:
    """The facts of a plan, and of events since."""
    facts = Facts.for_alerts(parsed(plan_opened("2026-11-02")), PEOPLE, local_day(NOW))
    assert facts is not None
    return grown(facts, *more)


def problems(policies: PolicyBook, facts: Facts) -> int:
    """How many problems a look finds with actions that were agreed."""
    told = look_at(policies, facts, NOTHING_TOLD, NOW).problems
    return sum(problem.code == "action_without_date" for problem in told)


def test_what_the_plan_is_like_may_change_what_is_wrong() -> None:
    policies, facts = of_dudley(plan={"risk": ["high"]}), opening(AGREED)
    risen = fact("2026-11-11", "risk.changed", direction="up", to="high", on="2026-11-09")
    assert (problems(policies, facts), problems(policies, grown(facts, risen))) == (0, 1)


def test_what_is_agreed_anew_may_change_it_too() -> None:
    policies, dated = of_dudley(), fact("2026-11-12", "action.agreed", ref="a1", what="x", due_on="2026-12-01")
    facts = opening(AGREED)
    mended = grown(facts, dated)
    assert [problems(policies, each) for each in (facts, mended, facts)] == [1, 0, 1]


@pytest.mark.parametrize(
    ("more", "alone"),
    [
        ({}, True),
        ({"out_of_hours": True}, True),
        ({"where": {"who": "w-sw"}}, True),
        ({"same": {"ref": "opening"}}, False),
        ({"role_of": {"who": "social_worker"}}, False),
        ({"not_role_of": {"who": "social_worker"}}, False),
        ({"plan": {"route": ["child_in_need"]}}, False),
    ],
)
def test_whether_a_fact_opens_may_hang_on_more_than_the_fact(more: dict[str, object], alone: bool) -> None:
    assert follows_from_fact_alone(Opening.model_validate({**WITHOUT_A_DATE, **more})) is alone


def test_a_reply_leaves_how_a_plan_stands() -> None:
    facts = opening(AGREED)
    replied = grown(facts, fact("2026-11-11", "check_in.replied", person="f-nan", text="1"))
    before, now = (look_at(book(), each, NOTHING_TOLD, NOW).obligations for each in (facts, replied))
    assert now is before


def test_what_is_put_in_the_diary_and_cancelled_says_who_chairs() -> None:
    facts = opening(fact("2026-11-09", "assessment.completed"))
    on = fact("2026-11-11", "meeting.scheduled", meeting="initial", ref="m1", on="2026-11-12", chair="w-sw2")
    off = fact("2026-11-12", "meeting.cancelled", meeting="initial", ref="m1", reason="x")
    line = [facts, scheduled := grown(facts, on), grown(scheduled, off)]
    chairs = [{duty.chair for duty in look_at(book(), each, NOTHING_TOLD, NOW).obligations} for each in line]
    assert ["w-sw2" in each for each in chairs] == [False, True, False]

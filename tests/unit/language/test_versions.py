"""Two versions of a policy: duties keep to the one that caused them; people are told by that of the day."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from service.domain.own_id import OwnId
from service.domain.policy import PolicyBook
from service.domain.telling.gathered import also_late
from service.domain.telling.ladder import WEEKLY_LIST
from service.domain.telling.records import DigestLine
from tests import sixth
from tests.sixth import Run
from tests.unit.domain.builders import at, fact, visit

USUAL = {"opens": {"when": "hub.consulted"}, "due": {"within": "5 working days"}, "met": {"when": "plan.reviewed"}}
OLD = sixth.rule(**USUAL)
ASKED = sixth.rule(
    rule="asked", opens={"when": "visit.recorded", "about": "event"}, due={"same_day": True},
    met={"when": "plan.reviewed", "same": {"after": "opening"}}, ladder="next_morning",
)  # fmt: skip
SUPERVISION = {"supervision": {"label": "supervision of the case"}}
NOTED = sixth.rule(
    rule="noted", opens={"when": "milestone.reached", "where": {"milestone": "supervision"}},
    due={"within": "5 working days"}, met={"when": "plan.reviewed"},
)  # fmt: skip


def ran(folder: Path, *history: Any, until: str, rules: Any = (OLD,), since: str = "2026-11-10", **words: Any) -> Run:
    """A history under a policy of one duty, and under a second version of these words from a day on."""
    first = sixth.policy(folder, OLD)
    second = sixth.policy(folder, *rules, version=2, in_force_from=since, **words)
    return sixth.run(first, sixth.opened(), *history, until=until, later=[second])


def test_two_missed_in_a_row_are_told_by_a_ladder_that_came_with_the_second(tmp_path: Path) -> None:
    visits = [visit(day, by="w-lead") for day in ("2026-11-11", "2026-11-12")]
    found = ran(tmp_path, visits, until="2026-11-13", rules=(OLD, ASKED))
    assert found.moments("w-tm") == ["2026-11-13 08:30 email digest"]


def test_a_milestone_that_the_second_declares_is_no_slip_on_an_older_plan(tmp_path: Path) -> None:
    reached = [sixth.reached(f"{day}T10:00", "supervision") for day in ("2026-11-09", "2026-11-11")]
    found = ran(tmp_path, reached, until="2026-11-13", rules=(OLD, NOTED), milestones=SUPERVISION)
    assert [duty.opened_on.isoformat() for duty in found.obligations] == ["2026-11-11"]
    (problem,) = found.problems("undeclared_milestone")
    assert str(reached[0]["id"]) in problem.detail


def told_of_the_end(folder: Path, since: str) -> dict[str, list[str]]:
    roles = fact("2026-11-03T10:00", "role.assigned", "P-1", role="key_professional", person="w-oncall")
    ended = fact("2026-11-12T10:00", "plan.ended", "P-1", reason="All is well.", on="2026-11-12")
    hours = {"morning": "08:15"}
    found = ran(folder, roles, ended, until="2026-11-20", since=since, lead="key_professional", hours=hours)
    return {person: found.moments(person) for person in ("w-lead", "w-oncall")}


def test_people_are_told_by_the_version_in_force_on_an_older_plan_too(tmp_path: Path) -> None:
    expected = {"w-lead": [], "w-oncall": ["2026-11-13 08:15 email plan_ended"]}
    assert told_of_the_end(tmp_path, "2026-11-10") == expected


def test_nobody_is_told_by_a_version_that_is_not_in_force_yet(tmp_path: Path) -> None:
    expected = {"w-lead": ["2026-11-13 08:30 email plan_ended"], "w-oncall": []}
    assert told_of_the_end(tmp_path, "2027-04-01") == expected


def test_what_a_policy_asks_no_longer_spoils_no_email(tmp_path: Path) -> None:
    consulted = fact("2026-11-03T10:00", "hub.consulted", "P-1", on="2026-11-03")
    rules = (OLD, sixth.rule(**{**USUAL, "rule": "gone"}))
    owed = sixth.run(sixth.policy(tmp_path, *rules), sixth.opened(), consulted, until="2026-11-12").obligations
    assert len(owed) == 2
    now = at("2026-11-12T08:30")
    line = DigestLine("k", "P-2", sixth.AUTHORITY, "social_worker", "w-lead", now, None, {}, {})
    book = PolicyBook([sixth.policy(tmp_path, OLD)])
    assert len(also_late(owed, OwnId(sixth.AUTHORITY, "w-lead"), [line], book, now)) == 1
    # The weekly list speaks of its own lines alone, so nothing else is looked for.
    assert not also_late(owed, OwnId(sixth.AUTHORITY, "w-lead"), [replace(line, template=WEEKLY_LIST)], book, now)

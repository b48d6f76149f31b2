"""Each recipe of docs/recipes.md, tried on a history."""

import re
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from service.domain.policy import Policy
from service.files.policy_files import PolicyFileError
from service.policy_tools.warnings import warnings
from tests import sixth
from tests.architecture.tree import ROOT
from tests.unit.domain.builders import Raw, at, fact, visit

Dues = list[tuple[str, str]]


NUMBERS = re.compile(r"\b(?:within|first_within|every|before|sets|nth|times|by_day): (\d+)\b")


@cache
def recipes() -> dict[str, str]:
    """The policies of the page, as text by their headings."""
    text = (ROOT / "docs" / "recipes.md").read_text(encoding="utf-8")
    return dict(re.findall(r"^## (.*?)\n.*?^```yaml\n(.*?)^```$", text, re.MULTILINE | re.DOTALL))


def policy_of(folder: Path, text: str) -> Policy:
    """A recipe as a policy."""
    words = typed(yaml.load(text, Loader=yaml.BaseLoader))  # noqa: S506 - texts alone
    return sixth.policy(folder, *(sixth.rule(**rule) for rule in words.pop("rules")), **words)


def typed(value: Any) -> Any:
    """A recipe's values as a policy file has them: whole numbers and truths."""
    match value:
        case dict():
            return {name: typed(inner) for name, inner in value.items()}
        case list():
            return [typed(inner) for inner in value]
        case "true":
            return True
    return int(value) if value.isdigit() else value


def at_moment(when: str, kind: str, **data: object) -> Raw:
    return fact(when, kind, "P-1", **{"at": at(when).isoformat(), **data})


def reached(when: str, milestone: str, **data: object) -> Raw:
    return sixth.reached(f"{when}T12:00", milestone, on=when, **data)


def conference(when: str, day: str) -> Raw:
    return sixth.scheduled(f"{when}T10:00", "conference", ref="c1", at=f"{day}T10:00:00+00:00")


def core_group(day: str) -> Raw:
    return fact(day, "meeting.held", "P-1", meeting="core_group", on=day, ref=f"m-{day}")


def seen(day: str, **data: object) -> Raw:
    return visit(day, by="w-lead", **data)


AGREED = reached("2026-11-10", "longer_interval", by="w-head")
# For each recipe: what happens after a plan is opened on 2 November 2026, until which day, and what is owed then.
TRIED: dict[str, tuple[list[Raw], str, Dues]] = {
    "Within 24 hours": (
        [at_moment("2026-11-06T17:30", "circumstances.changed", what="x")], "2026-11-07",
        [("2026-11-07 17:30", "overdue")],
    ),
    "Within 2 working days": (
        [fact("2026-11-06", "screening.completed", "P-1", on="2026-11-06")], "2026-11-06", [("2026-11-10", "open")],
    ),
    "Monthly": ([core_group("2026-11-12")], "2026-11-12", [("2026-11-30", "met"), ("2026-12-31", "open")]),
    "By the 10th of each month": (
        [fact("2026-11-09", "plan.summarised", "P-1", on="2026-11-09")], "2026-11-09",
        [("2026-11-10", "met"), ("2026-12-10", "open")],
    ),
    "Supervision of the case, every two months or as agreed": (
        [reached("2026-11-20", "supervision_held", next_on="2026-12-04")], "2026-11-20",
        [("2026-12-04", "open"), ("2027-01-02", "met")],
    ),
    "Supervision that counts only from the manager": (
        [reached("2026-11-10", "supervision_held", by="w-lead"), reached("2026-11-16", "supervision_held"),
         reached("2026-11-20", "supervision_held", by="w-tm")], "2026-11-20",
        [("2027-01-02", "met"), ("2027-01-20", "open")],
    ),
    "Two working days before the conference": (
        [conference("2026-11-04", "2026-11-30"), conference("2026-11-05", "2026-12-07")], "2026-11-06",
        [("2026-11-26", "superseded"), ("2026-12-03", "open")],
    ),
    "48 hours before the conference": (
        [conference("2026-11-04", "2026-11-18")], "2026-11-17", [("2026-11-16 10:00", "overdue")],
    ),
    "Offered before the application to court, with no number of days": (
        [reached("2026-11-10", "letter_before_proceedings"), reached("2026-11-12", "meeting_offered"),
         reached("2026-11-16", "letter_before_proceedings"), reached("2026-11-18", "court_application")],
        "2026-11-18", [("2026-11-18", "met"), ("2026-11-18", "overdue")],
    ),
    "Seen alone, at least twice before the conference": (
        [conference("2026-11-04", "2026-11-30"), seen("2026-11-05", seen_alone=True), seen("2026-11-09"),
         seen("2026-11-12", seen_alone=True)], "2026-11-12", [("2026-11-27", "met")],
    ),
    "After the third visit": (
        [seen("2026-11-03"), seen("2026-11-05"), seen("2026-11-09")], "2026-11-09", [("2026-11-16", "open")],
    ),
    "After 10, and again after 20, of its 45 working days": (
        [fact("2026-11-02", "assessment.started", "P-1", on="2026-11-02"), reached("2026-11-12", "manager_looked"),
         reached("2026-11-20", "manager_looked")],
        "2026-11-20", [("2026-11-16", "met"), ("2026-11-30", "met")],
    ),
    "Within a week, then every six weeks, every twelve if the head of service agrees": (
        [seen("2026-11-06"), AGREED], "2026-11-10",
        [("2026-11-09", "met"), ("2026-12-18", "superseded"), ("2027-02-02", "open")],
    ),
    "Until the placement ends, and anew with the next": (
        [reached("2026-11-04", "placement_started"), seen("2026-11-06"), reached("2026-11-20", "placement_ended"),
         reached("2026-11-23", "placement_started")],
        "2026-11-23", [("2026-11-11", "met"), ("2026-12-18", "cancelled"), ("2026-11-30", "open")],
    ),
    "The visit's own day counts as the first": ([seen("2026-11-04")], "2026-11-04", [("2026-11-10", "open")]),
}  # fmt: skip


def other_conference(when: str, day: str) -> Raw:
    return sixth.scheduled(f"{when}T10:00", "conference", ref="c2", at=f"{day}T10:00:00+00:00")


FIRST_VISIT, SECOND_VISIT = seen("2026-11-04"), seen("2026-11-05")
CHANGE, NEXT_CHANGE = (
    at_moment(when, "circumstances.changed", what="x") for when in ("2026-11-05T17:30", "2026-11-06T10:00")
)
# What a recipe's first history leaves untold: facts that are nearly those that it means, and two of a kind at once.
TRIED_TOO: dict[str, tuple[list[Raw], str, Dues]] = {
    "Within 24 hours": (
        [CHANGE, NEXT_CHANGE, at_moment("2026-11-06T11:00", "plan.reviewed", by="w-lead", after=CHANGE["id"])],
        "2026-11-06", [("2026-11-06 17:30", "met"), ("2026-11-07 10:00", "open")],
    ),
    "Monthly": (
        [fact("2026-11-12", "meeting.held", "P-1", meeting="review", on="2026-11-12", ref="m-1")], "2026-11-12",
        [("2026-11-30", "open")],
    ),
    "Two working days before the conference": (
        [conference("2026-11-04", "2026-11-30"), other_conference("2026-11-05", "2026-12-07")], "2026-11-06",
        [("2026-11-26", "open"), ("2026-12-03", "open")],
    ),
    "48 hours before the conference": (
        [conference("2026-11-04", "2026-11-18"), other_conference("2026-11-05", "2026-11-20"),
         conference("2026-11-06", "2026-11-25")], "2026-11-06",
        [("2026-11-16 10:00", "superseded"), ("2026-11-18 10:00", "open"), ("2026-11-23 10:00", "open")],
    ),
    "Offered before the application to court, with no number of days": (
        [reached("2026-11-10", "letter_before_proceedings"), reached("2026-11-11", "letter_before_proceedings"),
         reached("2026-11-12", "offer_not_in_best_interests"), reached("2026-11-18", "court_application")],
        "2026-11-18", [("2026-11-18", "cancelled"), ("2026-11-18", "cancelled")],
    ),
    "Seen alone, at least twice before the conference": (
        [conference("2026-11-04", "2026-11-30"), other_conference("2026-11-05", "2026-12-07"),
         conference("2026-11-06", "2026-12-01"), seen("2026-11-09"), seen("2026-11-10"),
         seen("2026-11-11", seen_alone=True)], "2026-11-12",
        [("2026-11-27", "superseded"), ("2026-11-30", "open"), ("2026-12-04", "open")],
    ),
    "After the third visit": (
        [seen("2026-11-03"), seen("2026-11-05", child_seen=False), seen("2026-11-06"), seen("2026-11-09")],
        "2026-11-13", [("2026-11-16", "open")],
    ),
    "After 10, and again after 20, of its 45 working days": (
        [fact("2026-11-02", "assessment.started", "P-1", on="2026-11-02"), reached("2026-11-12", "manager_looked")],
        "2026-11-12", [("2026-11-16", "met"), ("2026-11-30", "open")],
    ),
    "Within a week, then every six weeks, every twelve if the head of service agrees": (
        [seen("2026-11-06"), seen("2026-11-09", child_seen=False),
         reached("2026-11-10", "longer_interval", by="w-lead")], "2026-11-10",
        [("2026-11-09", "met"), ("2026-12-18", "open")],
    ),
    "Until the placement ends, and anew with the next": (
        [reached("2026-11-04", "placement_started"), seen("2026-11-06", child_seen=False)], "2026-11-09",
        [("2026-11-11", "open")],
    ),
    "The visit's own day counts as the first": (
        [FIRST_VISIT, SECOND_VISIT,
         fact("2026-11-06", "visit.shared", "P-1", visit=FIRST_VISIT["id"], on="2026-11-06")], "2026-11-10",
        [("2026-11-10", "met"), ("2026-11-11", "open")],
    ),
}  # fmt: skip


def test_every_recipe_is_tried() -> None:
    assert list(recipes()) == list(TRIED)


def dues_of(policy: Policy, name: str, tried: Mapping[str, tuple[list[Raw], str, Dues]] = TRIED) -> Dues:
    """What is owed under a policy after a recipe's history."""
    history, until, _ = tried[name]
    return sorted(sixth.run(policy, sixth.opened(), history, until=until).dues)


@pytest.mark.parametrize("name", TRIED)
def test_a_recipe_gives_the_days_that_it_says(tmp_path: Path, name: str) -> None:
    policy = policy_of(tmp_path, recipes()[name])
    assert dues_of(policy, name) == sorted(TRIED[name][2])
    assert warnings(policy, at("2026-11-22").date()) == []


@pytest.mark.parametrize("name", TRIED_TOO)
def test_a_recipe_is_met_by_what_it_means_and_by_nothing_near_it(tmp_path: Path, name: str) -> None:
    assert dues_of(policy_of(tmp_path, recipes()[name]), name, TRIED_TOO) == sorted(TRIED_TOO[name][2])


@pytest.mark.parametrize("name", [name for name, text in recipes().items() if "about: event" in text])
def test_of_two_duties_each_says_which_fact_it_is_about(tmp_path: Path, name: str) -> None:
    history, until, _ = TRIED_TOO[name]
    ran = sixth.run(policy_of(tmp_path, recipes()[name]), sixth.opened(), history, until=until)
    assert {duty.about for duty in ran.obligations} == {raw["id"] for raw in history[:2]}


@pytest.mark.parametrize("name", [name for name in TRIED if NUMBERS.search(recipes()[name])])
def test_no_number_of_a_recipe_is_changed_unnoticed(tmp_path: Path, name: str) -> None:
    text = recipes()[name]
    for match in NUMBERS.finditer(text):
        for number in (int(match[1]) - 1, int(match[1]) + 1):
            changed = f"{text[: match.start(1)]}{number}{text[match.end(1) :]}"
            with suppress(PolicyFileError):  # a policy that is refused is noticed
                assert dues_of(policy_of(tmp_path, changed), name) != sorted(TRIED[name][2]), match[0]

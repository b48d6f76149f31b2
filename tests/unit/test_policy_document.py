"""docs/policies.md cannot go stale: its tables are the language's own words, and its examples run."""

import re
import runpy
from collections.abc import Callable
from pathlib import Path
from typing import get_args

import pytest
from pydantic import BaseModel

from service.domain import policy
from service.domain.events.event_types import EVENT_TYPES
from service.domain.language import clocks, hours, ladders, milestones, patterns, record
from service.domain.language.base import PolicyModel
from service.domain.policy import Basis
from service.files.policy_files import load_policies, load_policy
from service.policy_tools.case_table import load_table, tables_beside
from service.policy_tools.policy_page import as_text, policy_page
from service.policy_tools.run_cases import run_cases
from tests import northmere

EXTENDING = {"extends", "rules_from", "without"}
PATTERN = set(patterns.Pattern.model_fields)
# Under which heading the words of each model stand, and which of them stand elsewhere.
MODELS: dict[str, tuple[type[BaseModel], set[str]]] = {
    "The file": (policy.Policy, set()),
    "council": (policy.Council, set()),
    "document": (policy.Document, set()),
    "rests_on": (record.Edition, set()),
    "office_hours": (hours.Hours, set()),
    "bottom_line": (policy.BottomLine, set()),
    "then": (policy.Rung, set()),
    "A rule": (policy.Rule, set()),
    "source": (policy.Source, set()),
    "A fact": (patterns.Pattern, set()),
    "takes": (patterns.Takes, PATTERN),
    "count": (patterns.Count, set()),
    "opens": (patterns.Opening, PATTERN),
    "plan": (patterns.PlanIs, set()),
    "for_each": (patterns.ForEach, set()),
    "due": (clocks.Due, set()),
    "as_agreed": (clocks.Agreed, set()),
    "in_weeks": (clocks.Weeks, set()),
    "owed_by": (policy.Named, set()),
    "chair": (policy.Chair, set()),
    "attendance": (policy.Attendance, set()),
    "problems": (policy.ProblemRule, set()),
    "milestones": (milestones.Milestone, set()),
    "hours": (ladders.MessageTimes, set()),
    "routine": (ladders.Routine, set()),
    "A ladder": (ladders.Ladder, set()),
    "late": (ladders.LateStep, set()),
    "ask_once": (ladders.AskOnce, set()),
}
# What planwatch's defaults give, where a policy does not.
GIVEN = {"hours", "fallbacks", "ladders", "lead", "kinds"}
LISTS: dict[str, tuple[str, ...]] = {
    "basis": get_args(Basis),
    "Ladders that are built in": tuple(load_policies().newest("dudley").ladders),
    "kinds": tuple(load_policies().newest("dudley").kinds),
    "events": tuple(EVENT_TYPES),
}


def table(heading: str) -> list[list[str]]:
    """The rows of the first table below a heading, without its head."""
    after = northmere.text().split(f"# {heading}\n", 1)[1]
    rows = re.split(r"^#", after, maxsplit=1, flags=re.MULTILINE)[0]
    return [row.strip("| ").split(" | ") for row in re.findall(r"^\| `.*$", rows, re.MULTILINE)]


def words(heading: str) -> list[str]:
    """The words that a table explains."""
    return [row[0].split("`")[1] for row in table(heading)]


@pytest.mark.parametrize("heading", MODELS)
def test_every_word_is_explained_and_no_other(heading: str) -> None:
    model, elsewhere = MODELS[heading]
    fields = {info.alias or name for name, info in model.model_fields.items() if name not in elsewhere}
    assert set(words(heading)) - (EXTENDING if heading == "The file" else set()) == fields
    assert len(words(heading)) == len(set(words(heading)))


@pytest.mark.parametrize("heading", MODELS)
def test_what_must_be_given_is_marked(heading: str) -> None:
    model, elsewhere = MODELS[heading]
    required = {info.alias or name for name, info in model.model_fields.items() if info.is_required()} - elsewhere
    required -= GIVEN if heading == "The file" else set()
    assert {row[0].split("`")[1] for row in table(heading) if "†" in row[0]} == required


def test_every_model_of_the_language_has_its_table() -> None:
    values = [value for module in (policy, clocks, ladders, patterns, record) for value in vars(module).values()]
    models = {value for value in values if isinstance(value, type) and issubclass(value, PolicyModel)}
    assert models - {PolicyModel, record.PolicyRecord} == {model for model, _ in MODELS.values()}


@pytest.mark.parametrize("heading", LISTS)
def test_every_word_of_a_list_is_explained_in_its_order(heading: str) -> None:
    assert words(heading) == list(LISTS[heading])


@pytest.mark.parametrize("name", ["service", "route", "risk"])
def test_the_values_of_a_plan_are_all_there(name: str) -> None:
    annotation = patterns.PlanIs.model_fields[name].annotation
    values = {value for part in get_args(annotation) for value in flat(part)}
    said = next(row[1] for row in table("plan") if row[0] == f"`{name}`")
    assert set(re.findall(r"`(\w+)`", said)) == values


def flat(annotation: object) -> set[str]:
    """The values of a literal type, or of a union of them."""
    parts = get_args(annotation)
    return {annotation} if isinstance(annotation, str) else {value for part in parts for value in flat(part)}


def test_the_example_is_a_policy_without_warning(tmp_path: Path) -> None:
    # What is said of it in the document is what the command prints: see the integration tests.
    assert load_policy(northmere.write(tmp_path, northmere.POLICY)).authority == "northmere"


def test_the_second_version_changes_only_what_it_names(tmp_path: Path) -> None:
    second = load_policy(northmere.write(tmp_path, northmere.SECOND, northmere.POLICY))
    assert (second.version, [rule.rule for rule in second.rules]) == (2, ["copies", "review", "visit", "action"])
    review = second.rules[1]
    assert (str(review.due.every), review.due.as_agreed, review.source.basis) == ("4 weeks", None, "guidance")


def third(folder: Path) -> Path:
    """The third edition, with all that it rests on, where the document says that each file stands."""
    return northmere.write(folder, northmere.THIRD, northmere.THIRD_TABLE, northmere.SECOND, northmere.POLICY)


def third_faults(path: Path) -> list[str]:
    """What of the third edition's table is not so."""
    policy = load_policy(path)
    return [str(fault) for table in tables_beside(path) for fault in run_cases(table, load_table(table), policy)]


def test_the_third_edition_is_as_its_table_says_and_the_tour_has_ten_clocks(tmp_path: Path) -> None:
    path = third(tmp_path)
    assert third_faults(path) == []
    assert len(load_table(tables_beside(path)[0]).cases) == 5
    rules = [*load_policy(path).rules, *load_policy(path.parent / "northmere.yaml").rules]
    assert len({str(rule.due) for rule in rules if rule.rule != "review"}) + 1 == 10


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("within: 24 hours", "within: 23 hours"),
        ("each: calendar month", "every: 31 days"),
        ("before: 2 working days", "before: 3 working days"),
        ("milestone: court_application}}\n", "milestone: meeting_offered}}\n"),
        ("nth: 3", "nth: 4"),
        ("after: 4 hours", "after: 5 hours"),
    ],
)
def test_its_table_fails_when_a_clock_is_changed(tmp_path: Path, before: str, after: str) -> None:
    path = third(tmp_path)
    words = path.read_text(encoding="utf-8")
    assert before in words
    path.write_text(words.replace(before, after, 1), encoding="utf-8")
    assert third_faults(path) != []


def test_the_rule_is_read_aloud_as_the_document_shows(tmp_path: Path) -> None:
    page = as_text(policy_page(load_policy(northmere.write(tmp_path, northmere.POLICY))))
    shown = re.search(r"^```text\n(.*?)^```$", northmere.text(), re.MULTILINE | re.DOTALL)
    assert shown is not None
    assert shown[1] in page


def claims() -> dict[str, Callable[[], None]]:
    """The tests of the example, run where its files stand."""
    return {name: claim for name, claim in runpy.run_path(northmere.TEST).items() if name.startswith("test_")}


def test_the_examples_own_test_passes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    northmere.write(tmp_path, northmere.POLICY, northmere.TEST)
    monkeypatch.chdir(tmp_path)
    found = claims()
    assert len(found) >= 6
    for claim in found.values():
        claim()


@pytest.mark.parametrize(
    ("before", "after", "failing"),
    [
        ("every: 6 weeks", "every: 7 weeks", "test_a_plan_is_reviewed_within_six_weeks"),
        ("every: 4 weeks", "every: 3 weeks", "test_the_social_worker_comes_every_four_weeks"),
        ("within: 5 working days", "within: 6 working days", "test_a_copy_is_owed_to_each_who_is_named"),
        (
            "next_working_day: true",
            "same_day: true",
            "test_missing_on_friday_evening_asks_for_monday",
        ),
        ("where: {kind: missing}, ", "", "test_another_incident_asks_for_nothing"),
    ],
)
def test_the_examples_own_test_fails_when_a_number_is_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, before: str, after: str, failing: str
) -> None:
    path = northmere.write(tmp_path, northmere.POLICY, northmere.TEST)
    path.write_text(path.read_text().replace(before, after, 1))
    monkeypatch.chdir(tmp_path)
    with pytest.raises(AssertionError):
        claims()[failing]()

"""The tables of cases beside policies: those of the built-in ones hold, and a row that does not is told by its line."""

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from cli.policy import app
from service.domain.policy import Policy
from service.files.policy_files import PolicyFileError, load_policy
from service.files.policy_places import POLICIES
from service.policy_tools.case_table import load_table, policy_of, tables_beside
from service.policy_tools.run_cases import run_cases
from tests import northmere

TABLES = sorted((POLICIES / "tests").glob("*.test.yaml"))
CASE = """cases:
  - case: A visit
    plan: {on: 2026-11-02, route: child_in_need}
    facts:
      - {when: visit.recorded, on: 2026-11-10, by: social_worker}
    until: 2026-12-11
"""


def rows(folder: Path, text: str) -> list[str]:
    """What is not so in a table beside Northmere's policy, whose one case ends with this text."""
    policy = northmere.write(folder, northmere.POLICY)
    table = policy.with_name("northmere.test.yaml")
    table.write_text(CASE + text, encoding="utf-8")
    return [str(fault) for fault in run_cases(table, load_table(table), load_policy(policy))]


def planwatch(*words: object) -> Result:
    """A command about policies, to its end."""
    return CliRunner().invoke(app, list(map(str, words)), prog_name="planwatch policy")


@pytest.mark.parametrize("path", TABLES, ids=lambda path: path.name)
def test_the_cases_of_the_built_in_policies_hold(path: Path) -> None:
    table = load_table(path)
    assert len(table.cases) >= 3
    assert [str(fault) for fault in run_cases(path, table, load_policy(policy_of(path, table)))] == []


def test_each_built_in_policy_has_its_table() -> None:
    assert [tables_beside(path) for path in sorted(POLICIES.glob("*.yaml"))] == [[table] for table in TABLES]


def test_rows_that_are_so_are_not_told(tmp_path: Path) -> None:
    due = "    due: [{rule: visit, on: 2026-12-08, by: social_worker, status: overdue, opened: 2026-11-10}]\n"
    told = "    told: [{to: team_manager, at: 2026-12-09 09:00, purpose: overdue, channel: email}]\n"
    unmet = "    not_due: [{kind: review}]\n    not_told: [{to: service_manager, on: 2026-12-09}]\n"
    assert rows(tmp_path, due + told + unmet) == []


@pytest.mark.parametrize(
    ("text", "place", "expected", "actual"),
    [
        ("due: [{rule: visit, on: 2026-12-07}]", 7, "rule visit, on 2026-12-07", "on 2026-12-08 by social_worker ("),
        ("due: [{rule: visit, by: team_manager}]", 7, "by team_manager", "by social_worker"),
        ("due: [{kind: review}]", 7, "kind review", "no duty of this kind"),
        ("not_due: [{kind: visit_social_worker}]", 7, "no kind visit_social_worker", "on 2026-12-08"),
        ("told: [{to: team_manager, on: 2026-12-08}]", 7, "on 2026-12-08", "at 2026-12-09 09:00 overdue"),
        ("told: [{to: iro}]", 7, "to iro", "no message to iro"),
        ("not_told: [{to: team_manager}]", 7, "no message to team_manager", "at 2026-12-09 09:00 overdue by email"),
    ],
)  # fmt: skip
def test_a_row_that_is_not_so_says_its_line_what_was_expected_and_what_came(
    text: str, place: int, expected: str, actual: str, tmp_path: Path
) -> None:
    (line,) = rows(tmp_path, f"    {text}\n")
    assert line.startswith(f"northmere.test.yaml:{place}: A visit: expected ")
    assert expected in line.split("; got ")[0]
    assert actual in line.split("; got ")[1]


def test_a_fact_that_cannot_be_read_is_told_with_its_field(tmp_path: Path) -> None:
    facts = "    people: {mum: family}\n    due: [{rule: visit}]\n"
    policy = northmere.write(tmp_path, northmere.POLICY)
    table = policy.with_name("northmere.test.yaml")
    table.write_text(CASE.replace("by: social_worker", "bye: social_worker") + facts, encoding="utf-8")
    (line,) = [str(fault) for fault in run_cases(table, load_table(table), load_policy(policy))]
    assert line.startswith("northmere.test.yaml:5: A visit: visit.recorded: data.by: ")


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("    due: []\n", "expects nothing"),
        ("    due: [{on: 2026-12-08}]\n", "say which duty is meant"),
        ("    due: [{rule: visit, on: 8 December}]\n", "is not a date"),
        ("    dew: [{rule: visit}]\n", "is not a word"),
        ("    told: [{to: iro, at: 2026-12-08 25:00}]\n", "is no local moment"),
    ],
)
def test_a_table_that_cannot_be_used_is_told_with_its_line(text: str, fault: str, tmp_path: Path) -> None:
    with pytest.raises(PolicyFileError, match=rf"northmere\.test\.yaml:\d+: cases\.0.*{fault}"):
        rows(tmp_path, text)


def test_the_command_runs_what_stands_beside_and_ends_with_1_for_a_row_that_is_not_so(tmp_path: Path) -> None:
    policy = northmere.write(tmp_path, northmere.POLICY)
    assert planwatch("test", policy).exit_code == 2  # there is no table
    table = policy.with_name("northmere.test.yaml")
    table.write_text(CASE + "    due: [{rule: visit, on: 2026-12-08}]\n", encoding="utf-8")
    assert (planwatch("test", policy).stdout, planwatch("test", table).exit_code) == (
        "1 case: all as they should be\n",
        0,
    )
    table.write_text(CASE + "    due: [{rule: visit, on: 2026-12-09}]\n", encoding="utf-8")
    outcome = planwatch("test", "northmere", "--policies", policy.parent)
    assert outcome.exit_code == 1
    assert outcome.stdout.endswith("1 case: 1 row is not so\n")


NEW = ("--authority", "northmere", "--council", "Northmere Council", "--help-line", "the systems desk, extension 4100",
       "--document", "Keeping plans alive")  # fmt: skip


def laid_down(folder: Path, *more: str) -> Policy:
    """The policy that `policy new` lays down in a folder."""
    outcome = planwatch("new", *NEW, *more, "--folder", folder)
    assert outcome.exit_code == 0, outcome.output
    return load_policy(folder / "northmere.yaml")


def test_a_new_policy_passes_its_check_and_its_cases(tmp_path: Path) -> None:
    policy = laid_down(tmp_path, "--visit-every", "10 working days", "--review-every", "6 weeks")
    assert {rule.rule: rule.source.basis for rule in policy.rules} == {
        "visit": "guidance", "review": "guidance", "copies": "local_default",
    }  # fmt: skip
    checked = planwatch("check", tmp_path / "northmere.yaml")
    assert checked.stdout == "1 policy: no faults, no warnings\n"
    assert planwatch("test", tmp_path / "northmere.yaml").stdout == "3 cases: all as they should be\n"


def test_a_new_policy_overwrites_nothing_and_asks_nobody_who_is_not_there(tmp_path: Path) -> None:
    laid_down(tmp_path)
    again = planwatch("new", *NEW, "--folder", tmp_path)
    assert (again.exit_code, "is there already" in again.stderr) == (2, True)
    unasked = planwatch("new", "--authority", "southmere", "--folder", tmp_path)
    assert "say --council, --help-line, --document" in unasked.stderr
    assert not (tmp_path / "southmere.yaml").exists()


@pytest.mark.parametrize(
    ("option", "value", "fault"),
    [
        ("--authority", "North Mere", "is no short name"),
        ("--visit-every", "often", "is not an interval"),
        ("--in-force-from", "soon", "is not a date"),
        ("--review-by", "someday", "is no date that can be kept to"),
        ("--council", "N", "from 3 to 120 letters"),
        ("--document", "Guidance on neglect", "names a harm"),
    ],
)
def test_an_answer_of_no_use_is_told_by_its_option_and_nothing_is_written(
    option: str, value: str, fault: str, tmp_path: Path
) -> None:
    outcome = planwatch("new", *NEW, option, value, "--folder", tmp_path)
    assert outcome.exit_code == 2
    assert fault in outcome.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_fact_has_its_own_moment_and_another_at_which_it_became_known(tmp_path: Path) -> None:
    # Recorded on Monday, of Friday evening: the plan is looked at again on the Monday after its own moment.
    missing = "      - {when: incident.recorded, at: 2026-11-06 21:00, recorded: 2026-11-10 09:30, kind: missing}\n"
    until = "    until: 2026-11-10\n    due: [{rule: review-after-missing, on: 2026-11-09, opened: 2026-11-06}]\n"
    case = "cases:\n  - case: Late news\n    plan: {on: 2026-11-02, route: child_in_need}\n    facts:\n"
    policy = northmere.write(tmp_path, northmere.POLICY)
    table = policy.with_name("northmere.test.yaml")
    table.write_text(case + missing + until, encoding="utf-8")
    assert run_cases(table, load_table(table), load_policy(policy)) == []

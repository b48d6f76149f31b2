"""The example policies in docs: each is sound, says what its table says, and says that no council has checked it."""

from datetime import date
from pathlib import Path

import pytest

from service.domain.harm_words import named_harms
from service.domain.policy import PolicyBook
from service.files.policy_files import load_each, load_policies, load_policy
from service.files.policy_places import is_table
from service.policy_tools.case_table import load_table, policy_of, tables_beside
from service.policy_tools.run_cases import run_cases
from service.policy_tools.warnings import warnings
from tests.architecture.tree import ROOT

FOLDER = ROOT / "docs" / "examples" / "policies"
EXAMPLES = sorted(path for path in FOLDER.glob("*.yaml") if not is_table(path))
READ_ON = date(2026, 11, 28)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_has_no_fault_and_no_warning(path: Path) -> None:
    policy = load_policy(path)
    assert named_harms(policy) == []
    assert warnings(policy, READ_ON) == []
    assert policy.authority == path.stem


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_what_its_table_says_is_so(path: Path) -> None:
    (table,) = tables_beside(path)
    cases = load_table(table)
    assert policy_of(table, cases) == path
    assert [str(fault) for fault in run_cases(table, cases, load_policy(path))] == []


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_it_says_that_no_council_has_checked_it_and_where_it_was_read(path: Path) -> None:
    policy = load_policy(path)
    assert policy.title.endswith(" (example, not checked by the council)")
    assert path.read_text(encoding="utf-8").startswith("# EXAMPLE, NOT CHECKED BY THE COUNCIL.")
    assert policy.document.file.startswith("http")
    assert "28 November 2026" in policy.rests_on[0].edition


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_each_rule_of_its_own_is_tried_by_its_table(path: Path) -> None:
    (table,) = tables_beside(path)
    tried = {row.rule for case in load_table(table).cases for row in (*case.due, *case.not_due)}
    own = {rule.rule for rule in load_policy(path).rules if not rule.source.answers[0].startswith("ENG-")}
    assert own - tried == set()


def test_they_can_stand_together_and_beside_the_built_in_ones() -> None:
    examples, faults = load_each(EXAMPLES)
    assert faults == []
    built_in = load_policies()
    assert built_in.authorities.isdisjoint(policy.authority for policy in examples.values())
    assert len(PolicyBook(examples.values()).authorities) == len(EXAMPLES)

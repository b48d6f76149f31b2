"""Nothing of a guidance is left out in silence: each sentence has its answer, and the document says which."""

from itertools import groupby
from pathlib import Path

import pytest

from service.domain.policy import PolicyBook
from service.files.policy_files import load_policies, load_policy
from service.policy_tools.coverage import CoverageFileError, coverage_faults, load_coverage
from service.policy_tools.coverage_table import markdown, text
from service.policy_tools.safeguards import SAFEGUARDS
from tests import northmere
from tests.architecture.tree import ROOT

BOOK = load_policies()
COVERAGES = load_coverage()
ENTRIES = {"bradford": 33, "darlington": 35, "dudley": 58, "south_gloucestershire": 62, "wakefield": 22}


def faults(folder: Path, before: str = "", after: str = "") -> list[str]:
    """What is wrong with Northmere's coverage, when something in it is written differently."""
    policy = load_policy(northmere.write(folder, northmere.POLICY, northmere.COVERAGE))
    path = folder / northmere.COVERAGE
    path.write_text(path.read_text().replace(before, after) if before else path.read_text())
    return coverage_faults(load_coverage(path.parent), PolicyBook([policy]))


def test_every_sentence_of_the_five_guidances_is_listed() -> None:
    assert {name: len(one.entries) for name, one in COVERAGES.items()} == ENTRIES
    assert sum(ENTRIES.values()) == 210


def test_their_numbers_have_no_gap() -> None:
    for coverage in COVERAGES.values():
        ids = [entry.id.split("-") for entry in coverage.entries]
        numbers = [[int(number) for _, number in group] for _, group in groupby(ids, key=lambda one: one[0])]
        assert numbers == [list(range(1, len(ids) + 1))]


def test_every_sentence_has_an_answer_and_every_rule_cites_one_that_exists() -> None:
    assert coverage_faults(COVERAGES, BOOK) == []


def test_every_rule_of_every_version_cites_a_sentence() -> None:
    rules = [rule for name in BOOK.authorities for policy in BOOK.versions(name) for rule in policy.rules]
    assert [rule.rule for rule in rules if not rule.source.answers] == []


def test_the_document_is_what_the_command_prints() -> None:
    # planwatch policy coverage --format markdown > docs/coverage.md
    assert (ROOT / "docs" / "coverage.md").read_text(encoding="utf-8") == markdown(COVERAGES, BOOK)


def test_the_example_is_covered(tmp_path: Path) -> None:
    assert faults(tmp_path) == []


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (", not_ours: It is about what the plan says.", "", "northmere: NOR-07 (The family's own words) has no answer"),
        (
            "not_ours: It is",
            "still_open: Later., not_ours: It is",
            "northmere: NOR-07 is said to be still open, and to be",
        ),
        ("title: Actions}", "title: Actions, not_ours: Not now.}", "northmere: NOR-05 is cited by rule 'action', and"),
        ("bottom_line_ladder", "good_will", "northmere: NOR-06: 'good_will' is no safeguard"),
        ("NOR-05", "NOR-08", "northmere: rule 'action' cites NOR-05, which is no entry"),
        ("NOR-07", "NOR-06", "northmere: NOR-06 is listed twice"),
        ("authority: northmere", "authority: nowhere", "nowhere: has a coverage file, and no policy"),
    ],
)
def test_what_is_wrong_is_told(tmp_path: Path, before: str, after: str, told: str) -> None:
    assert faults(tmp_path, before, after)[0].startswith(told)


@pytest.mark.parametrize("broken", ["title: [", "titel: Actions", "safety: 3", "id: five"])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, broken: str) -> None:
    with pytest.raises(CoverageFileError, match=r"^northmere\.yaml: "):
        faults(tmp_path, "title: Actions" if not broken.startswith("id") else "id: NOR-05", broken)


def test_what_rests_on_something_that_is_not_there_is_open_and_counted_as_nothing_else(tmp_path: Path) -> None:
    assert faults(tmp_path, "not_ours: It is", "still_open: It is") == []
    policy = load_policy(tmp_path / northmere.POLICY)
    coverages = load_coverage((tmp_path / northmere.COVERAGE).parent)
    assert "1 still open" in text(coverages, PolicyBook([policy]))
    assert "0 not ours" in text(coverages, PolicyBook([policy]))


def test_nothing_is_said_to_be_answered_by_pages_that_are_not_built() -> None:
    entries = [entry for coverage in COVERAGES.values() for entry in coverage.entries]
    assert [entry.id for entry in entries if "pages" in (entry.not_ours or "")] == []
    assert [entry.id for entry in entries if entry.still_open] == ["DAR-03", "DUD-01"]


def test_an_authority_needs_no_coverage_file() -> None:
    # A sixth council is one file and one test; what its guidance leaves open is its own to write down.
    assert coverage_faults({}, BOOK) == []


def test_the_table_says_rule_safeguard_or_reason() -> None:
    rows = markdown(COVERAGES, BOOK).splitlines()
    assert any(row.startswith("| DUD-18 |") and row.endswith("| rule `four-weekly-visit` |") for row in rows)
    assert any(row.startswith("| BRA-10 |") and row.endswith("| safeguard `excluded` |") for row in rows)
    assert any(row.startswith("| DAR-01 |") and "not ours: It is about the form" in row for row in rows)


def test_the_text_says_the_same_within_its_width() -> None:
    lines = text(COVERAGES, BOOK, width=80).splitlines()
    assert max(map(len, lines)) <= 80
    assert lines[0].startswith("Bradford: 33 entries; ")


def test_every_safeguard_is_used_or_a_contact_rule() -> None:
    used = {name for coverage in COVERAGES.values() for entry in coverage.entries for name in entry.safety}
    assert used <= set(SAFEGUARDS)
    everywhere = {
        "never_contact",
        "opted_out",
        "no_address",
        "outside_window",
        "outdated",
        "too_many",
        "not_listed",
    } | {"no_channel"}
    assert set(SAFEGUARDS) - used <= everywhere

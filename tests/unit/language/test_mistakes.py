"""Fifty typical mistakes: each is told with the line, the rule or section by its name, the fault and the remedy."""

from pathlib import Path

import pytest

from service.files.policy_files import PolicyFileError, load_policy
from tests.unit.language.mistakes import MISTAKES, POLICY


def read(folder: Path, text: str) -> None:
    """Read a policy from its text."""
    file = folder / "eastmere.yaml"
    file.write_text(text, encoding="utf-8")
    load_policy(file)


def test_without_a_mistake_it_is_sound(tmp_path: Path) -> None:
    read(tmp_path, POLICY)


def test_there_are_fifty() -> None:
    assert len(MISTAKES) >= 50


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_told_where_it_stands_and_with_what_to_write(tmp_path: Path, name: str) -> None:
    old, new, field, words = MISTAKES[name]
    assert POLICY.count(old) == 1
    with pytest.raises(PolicyFileError) as caught:
        read(tmp_path, POLICY.replace(old, new))
    # What follows from a mistake may be wrong, too.
    (fault,) = (fault for fault in caught.value.faults if fault.field == field)
    assert words in fault.detail
    assert len(caught.value.faults) <= 3
    changed = POLICY[: POLICY.index(old)].count("\n") + 1
    # What is missing, or is wrong with a whole rule or file, stands where that begins.
    assert fault.line <= changed + new.count("\n")
    assert fault.line > 1 or field == "policy"


# By their names: what becomes of which words of the sound policy, the rule that is named, and what to write instead.
SLIPS = {
    "a tab": ("    owed_by: team", "\towed_by: team", "supervision", "begins with a tab"),
    "a word without its colon": ("    kind: upload", "    kind upload", "report", "has no colon after its first word"),
    "an open brace": ("{every: 2 months}", "{every: 2 months", "supervision", "a brace { is not closed"),
    "an open bracket": ("[EAS-02]", "[EAS-02", "report", "a bracket [ is not closed"),
    "a forgotten comma": ("{milestone: conference}, about", "{milestone: conference} about", "report", "a comma is"),
    "a colon in a sentence": ("asks: The case", "asks: Note: the case", "supervision", "put the text in quotes"),
    "an open quotation mark": ('{morning: "08:45"}', '{morning: "08:45}', "YAML", "a quotation mark is not closed"),
    "quotes of one sort": ("asks: The case", "asks: 'The case's own'", "supervision", "quotes of the other sort"),
    "a line too far in": ("    done_when: The sup", "     done_when: The sup", "supervision", "its neighbours do"),
    "a percentage": ("asks: The case", "asks: %5", "supervision", "a text begins with %; put it in quotes"),
    "a star": ("asks: The case", "asks: *see below", "supervision", "a text begins with *; put it in quotes"),
    "a second document": ("roles: {", "---\nroles: {", "YAML", "a file holds one policy"),
}  # fmt: skip


@pytest.mark.parametrize("name", SLIPS)
def test_a_slip_of_the_pen_is_told_with_its_line_its_rule_and_the_remedy(tmp_path: Path, name: str) -> None:
    old, new, rule, words = SLIPS[name]
    assert POLICY.count(old) == 1
    with pytest.raises(PolicyFileError) as caught:
        read(tmp_path, POLICY.replace(old, new))
    (fault,) = caught.value.faults
    assert (fault.line, fault.field) == (POLICY[: POLICY.index(old)].count("\n") + 1, rule)
    assert words in fault.detail


NOT_YAML = {
    "nested without end": ("x: " + "[" * 100_000 + "]" * 100_000, "is nested deeper than any policy"),
    "an alias within what it names": ("x: &x [*x]\n" + POLICY, "has an alias (*) within what it names"),
    "aliases of aliases": (
        "a: &a [x, x]\n" + "".join(f"x{n}: &x{n} [*x{n - 1}, *x{n - 1}]\n" for n in range(1, 30)).replace("*x0", "*a"),
        "has an alias (*) within what it names, or too many",
    ),
    "more than anybody writes": ("# so it goes on\n" * 200_000, "is longer than any policy"),
    "a sign that is no text": (POLICY.replace("Eastmere", "East\x07mere"), "holds a sign that is no text"),
}


@pytest.mark.parametrize("name", NOT_YAML)
def test_a_file_that_no_policy_looks_like_is_refused_and_costs_nothing(tmp_path: Path, name: str) -> None:
    text, words = NOT_YAML[name]
    with pytest.raises(PolicyFileError) as caught:
        read(tmp_path, text)
    (fault,) = caught.value.faults
    assert (fault.field, words in fault.detail) == ("YAML", True)


def test_a_file_in_another_encoding_says_how_to_save_it(tmp_path: Path) -> None:
    (tmp_path / "eastmere.yaml").write_bytes(POLICY.replace("Eastmere", "Eastm\xe8re").encode("latin-1"))
    with pytest.raises(PolicyFileError, match="is not UTF-8 text; save it as UTF-8"):
        load_policy(tmp_path / "eastmere.yaml")


def test_a_changed_rule_whose_name_is_no_text_is_told(tmp_path: Path) -> None:
    with pytest.raises(PolicyFileError, match="needs 'rule', the name of the rule"):
        read(tmp_path, "extends: dudley\nrules: [{rule: [visit]}]\n")

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

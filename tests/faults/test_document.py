"""docs/reliability.md names what proves each fault: what it names must be there, and every case must be in it."""

import re

from bench.faults.__main__ import cases
from tests.architecture.tree import ROOT

DOCUMENT = (ROOT / "docs" / "reliability.md").read_text()
FAULTS = {"A": 17, "B": 9, "C": 13, "D": 18, "E": 29, "F": 12, "G": 22, "H": 28, "I": 9}


def test_every_test_that_it_names_is_there() -> None:
    named = set(re.findall(r"tests/[\w/]+\.py", DOCUMENT))
    assert len(named) > 20
    assert [name for name in sorted(named) if not (ROOT / name).exists()] == []


def test_every_case_is_in_it() -> None:
    assert [case for case in cases() if f"`{case}`" not in DOCUMENT] == []


def test_every_fault_has_one_row() -> None:
    rows = re.findall(r"^\| ((?:[A-I]\d+ ?)+)\|", DOCUMENT, re.MULTILINE)
    named = sorted(fault for row in rows for fault in row.split())
    assert named == sorted(f"{letter}{number}" for letter, most in FAULTS.items() for number in range(1, most + 1))

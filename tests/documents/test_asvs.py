"""docs/asvs.md answers each requirement of the chapters once, and what it names as proof is there."""

import re

from tests.architecture.tree import ROOT

DOCUMENT = (ROOT / "docs" / "asvs.md").read_text(encoding="utf-8")
# How many requirements each part of the standard has whose level is 1 or 2, as numbers up to the last one.
PARTS = {
    "3.2": "1 2", "3.3": "1 2 3 4", "3.4": "1 2 3 4 5 6", "3.5": "1 2 3 4 5", "3.7": "1 2",
    "6.1": "1 2 3", "6.2": "1 2 3 4 5 6 7 8 9 10 11 12", "6.3": "1 2 3 4", "6.4": "1 2 3 4", "6.5": "1 2 3 4 5",
    "6.6": "1 2 3", "6.8": "1 2 3 4",
    "7.1": "1 2 3", "7.2": "1 2 3 4", "7.3": "1 2", "7.4": "1 2 3 4 5", "7.5": "1 2", "7.6": "1 2",
    "8.1": "1 2", "8.2": "1 2 3", "8.3": "1", "8.4": "1",
    "10.1": "1 2", "10.2": "1 2", "10.3": "1 2 3 4", "10.4": "1 2 3 4 5 6 7 8 9 10 11", "10.5": "1 2 3 4 5",
    "10.6": "1 2", "10.7": "1 2 3",
}  # fmt: skip
ROW = re.compile(r"^\| ([\d. ]+?) \| [^|]+ \| (\S[^|]*?) \| ([^|]+) \|$", re.MULTILINE)


def test_every_requirement_is_answered_once() -> None:
    numbers = [number for row in ROW.findall(DOCUMENT) for number in row[0].split()]
    expected = [f"{part}.{last}" for part, lasts in PARTS.items() for last in lasts.split()]
    assert numbers == expected
    assert {row[1] for row in ROW.findall(DOCUMENT)} <= {"kept", "in part", "not kept", "–"}


def test_what_is_not_whole_is_said_at_the_top() -> None:
    top = DOCUMENT.partition("## 3.")[0]
    broken = [row[0] for row in ROW.findall(DOCUMENT) if row[1] in ("in part", "not kept")]
    assert [number for number in broken if number not in top] == []


def test_what_it_names_is_there() -> None:
    named = set(re.findall(r"(?:tests|service)/[\w/]+\.py", DOCUMENT))
    assert [name for name in sorted(named) if not (ROOT / name).exists()] == []
    assert len(named) > 20

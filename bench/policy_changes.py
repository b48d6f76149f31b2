"""Every number and word of a policy file that can be exchanged, each exchange by itself."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

NUMBERS = re.compile(
    r"\b(?:within|first_within|every|before|sets|nth|times|by_day|after|again_every_minutes|after_minutes): (\d+)\b"
)
# What a word of the language is exchanged for; each is one change.
WORDS = {
    "same_day: true": ["next_working_day: true"],
    "next_working_day: true": ["same_day: true", "within: 1 working day"],
    "ladder: short": ["ladder: standard"],
    "ladder: standard": ["ladder: short", "ladder: long"],
    "ladder: long": ["ladder: standard"],
    "ladder: next_morning": ["ladder: short"],
    "each: calendar month": ["every: 31 days"],
    "the_day_counts: true": ["the_day_counts: false"],
    "seen_alone: true": ["child_seen: true"],
}


@dataclass(frozen=True)
class Change:
    """One change of one line of a policy file."""

    file: str
    line: int
    old: str
    new: str
    text: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.old} -> {self.new}"


def changes(path: Path) -> Iterator[Change]:
    """Every change that is made to a file, each by itself."""
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    for index, line in enumerate(lines):
        if line.lstrip().startswith("#"):
            continue
        for start, end, new in [*_numbers(line), *_words(line)]:
            changed = line[:start] + new + line[end:]
            text = "".join([*lines[:index], changed, *lines[index + 1 :]])
            yield Change(path.name, index + 1, line.strip(), changed.strip(), text)


def _numbers(line: str) -> Iterator[tuple[int, int, str]]:
    for match in NUMBERS.finditer(line):
        for number in (int(match[1]) + 1, int(match[1]) - 1):
            if number > 0:
                yield match.start(1), match.end(1), str(number)


def _words(line: str) -> Iterator[tuple[int, int, str]]:
    for word, replacements in WORDS.items():
        for match in re.finditer(rf"\b{word}\b", line):
            yield from ((match.start(), match.end(), other) for other in replacements)

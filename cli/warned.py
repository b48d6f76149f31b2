"""What a person at a terminal is told of lines that were taken, and have no effect or look like slips."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from service.domain.events.slip import NOT_INTRODUCED
from service.domain.keys.ledger import PlanProblemKey
from service.domain.keys.problems import AuthorityDiffersKey, WaitingKey
from service.domain.telling.records import Problem
from service.files.event_files import read_events
from service.files.file_lines import ReadLine
from service.use_cases.intake.warned import Warned
from service.use_cases.overviews.problem_words import in_words

# Whoever gets more is told how many; `planwatch problems` shows all that stand.
_MOST_SHOWN = 50


@dataclass(slots=True)
class WarnedLines:
    """What is wrong with lines of a file that were taken: of each line and code once, the first ones in words."""

    source: Path
    _noted: set[tuple[int, str]] = field(default_factory=set)
    _shown: list[tuple[int, str]] = field(default_factory=list)

    def add(self, line: ReadLine, warned: Warned) -> None:
        """Note what the answer to a line's event warns of.

        That it waits is no news yet: what it waits for may stand further down, or in the next file.
        """
        if warned.code != NOT_INTRODUCED:
            name = f"{_text(line.raw, 'type')} {warned.id}"
            self._note(line.line_no, warned.code, f"{name}: {warned.field} {warned.detail}")

    def add_problems(self, by_event: Mapping[str, Sequence[Problem]]) -> Iterator[Problem]:
        """Note problems that are about events of this file, and give them: the file is read again for their lines."""
        for line in read_events(self.source) if by_event else ():
            for problem in by_event.get(f"{_text(line.raw, 'source')}#{_text(line.raw, 'id')}", ()):
                self._note(line.line_no, problem.code, in_words(problem))
                yield problem

    def _note(self, line_no: int, code: str, words: str) -> None:
        if (line_no, code) in self._noted:
            return
        self._noted.add((line_no, code))
        if len(self._shown) < _MOST_SHOWN:
            self._shown.append((line_no, f"  line {line_no}: {words} ({code})"))

    def summary(self) -> Iterator[str]:
        """What is wrong, for people: how much, and each line with what it is."""
        if count := len(self._noted):
            yield f"{self.source}: {count} {'warning' if count == 1 else 'warnings'} about what was taken"
            yield from (words for _, words in sorted(self._shown))
        if (more := count - len(self._shown)) > 0:
            yield f"  and {more} more"


def tell_warned(files: Sequence[WarnedLines], problems: Collection[Problem]) -> None:
    """Print on standard error what is wrong in each file, and how many problems of other kinds came of it."""
    by_event: dict[str, list[Problem]] = {}
    for problem in problems:
        if (uid := _event_of(problem)) is not None:
            by_event.setdefault(uid, []).append(problem)
    in_lines = {problem.key for lines in files for problem in lines.add_problems(by_event)}
    for line in (line for lines in files for line in lines.summary()):
        print(line, file=sys.stderr)
    for line in _others(problem for problem in problems if problem.key not in in_lines):
        print(line, file=sys.stderr)


def _others(problems: Iterable[Problem]) -> Iterator[str]:
    codes = Counter(problem.code for problem in problems)
    if codes:
        each = ", ".join(f"{number} × {code}" for code, number in codes.most_common())
        yield f"Problems that came of it besides: {each}. See: planwatch problems"


def _event_of(problem: Problem) -> str | None:
    """The name for good of the event that a problem is about; None where it is about something else."""
    for kind, name in ((PlanProblemKey, "name"), (WaitingKey, "event"), (AuthorityDiffersKey, "event")):
        with suppress(ValueError):
            return str(getattr(kind.parse(problem.key), name))
    return None


def _text(raw: object, name: str) -> str:
    value = raw.get(name) if isinstance(raw, dict) else None
    return value.strip() if isinstance(value, str) else ""

"""The lines of a file that were refused, each with the reason, in a file beside it."""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self, TextIO

# Beyond so many different reasons, the file says it.
_MOST_REASONS = 20
# A reason may say how a line's own moment is to be written: that makes it no other reason.
_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+(?:Z|[+-][0-9]{2}:[0-9]{2})")


@dataclass(frozen=True, slots=True)
class RejectedLine:
    """A rejected line: the field at fault (`line` if it is no event at all), what is wrong, and the line itself."""

    line_no: int
    event_id: str | None
    field: str
    detail: str
    text: str


class RejectedLines:
    """The file `<file>.rejected.jsonl` beside a file of events: of one run, and only where that refused a line.

    What an earlier run wrote there is removed, so that nobody takes it for this one's. A place that cannot be written
    stops no run: `fault` says so, and the counts by reason remain.
    """

    def __init__(self, source: Path) -> None:
        self.source = source
        self.path = source.with_name(source.name + ".rejected.jsonl")
        self.fault: str | None = None
        self._reasons: Counter[str] = Counter()
        self._examples: dict[str, str] = {}  # of each reason: what it says of the first of its lines
        self._file: TextIO | None = None

    @property
    def count(self) -> int:
        """How many lines were refused so far."""
        return self._reasons.total()

    def __enter__(self) -> Self:
        try:
            self.path.unlink(missing_ok=True)
        except OSError as error:
            self._failed(error)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        try:
            if self._file is not None:
                self._file.close()
        except OSError as fault:
            self._failed(fault)

    def add(self, rejected: RejectedLine) -> None:
        """Write one rejected line, with the reason."""
        words = f"{rejected.field}: {rejected.detail}"
        reason = _MOMENT.sub("", words)
        self._reasons[reason] += 1
        self._examples.setdefault(reason, words)
        entry = {"line": rejected.line_no, "id": rejected.event_id, "field": rejected.field}
        try:
            if self._file is None:
                # It holds what is known of children: nobody else reads it, and no link leads it elsewhere.
                opened = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
                self._file = os.fdopen(opened, "w", encoding="utf-8")
            self._file.write(json.dumps({**entry, "detail": rejected.detail, "text": rejected.text}) + "\n")
        except OSError as error:
            self._failed(error)

    def summary(self) -> Iterator[str]:
        """What was refused, for people: how many lines, for which reasons, and where they are."""
        if not self.count:
            if self.fault:
                yield f"{self.path} is of an earlier run, and could not be removed: {self.fault}"
            return
        place = f"{self.path} cannot be written: {self.fault}" if self.fault else f"see {self.path}"
        yield f"{self.source}: {self.count} {'line was' if self.count == 1 else 'lines were'} refused; {place}"
        for reason, number in self._reasons.most_common(_MOST_REASONS):
            yield f"  {number} × {self._examples[reason]}"
        if (more := len(self._reasons) - _MOST_REASONS) > 0:
            yield f"  and {more} more reasons"

    def _failed(self, error: OSError) -> None:
        self.fault = self.fault or error.strerror or type(error).__name__


def write_rejected(path: Path, rejected: Iterable[RejectedLine]) -> RejectedLines:
    """Write `<path>.rejected.jsonl` if there are rejected lines, and remove one of an earlier run in any case."""
    with RejectedLines(path) as lines:
        for line in rejected:
            lines.add(line)
    return lines

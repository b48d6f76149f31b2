"""Spreadsheets of events (.csv): each row one event, with whatever encoding and delimiter it was saved."""

from __future__ import annotations

import csv
import json
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from service.domain.events.cells import from_text
from service.files.file_lines import EventFileError, ReadLine, TextLine
from service.files.strict_json import MAX_EVENT_BYTES, StrictJSONError, parse_json

ENVELOPE = ("id", "time", "source", "type", "subject")
_DELIMITERS = (",", ";", "\t")
_MOST_LINES = 500  # in one record
_OPEN_MARK = (
    "holds a quotation mark that never closes as it should; give it its partner, or double it. The lines after it were "
    "read by themselves"
)


class _RowError(Exception):
    """A record cannot be read. The words say why, and repeat nothing of it."""


class _OpenMarkError(_RowError):
    """A quotation mark is still open at the end."""


def read_csv(path: Path, lines: Iterator[TextLine]) -> Iterator[ReadLine]:
    """The records of a spreadsheet that are not blank, in order.

    A record that cannot be read costs its first line: the lines after that are tried by themselves. So every line is in
    one of those that are given, as the first of its record or as a later one.
    """
    table = _Table.of(path, lines)
    waiting: deque[TextLine] = deque()
    while (opening := waiting.popleft() if waiting else next(lines, None)) is not None:
        if not opening.text.strip():
            continue
        record = [opening]
        try:
            cells = _cells(record, table.delimiter, waiting, lines)
            if any(cell.strip() for cell in cells):
                raw = table.event(cells)
                yield ReadLine(opening.number, raw, None, _text(record), record[-1].ends_at, len(record))
        except _RowError as fault:
            waiting.extendleft(reversed(record[1:]))
            yield ReadLine(opening.number, None, str(fault), opening.text, opening.ends_at)


def _cells(
    record: list[TextLine], delimiter: str, waiting: deque[TextLine], lines: Iterator[TextLine]
) -> Sequence[str]:
    """The cells of the record that begins with a line; the lines that belong to it are added to `record`."""
    _check_encoding(record[0])
    size = len(record[0].text)
    while True:
        try:
            cells = _split(record, delimiter)
        except _OpenMarkError:
            if not _take_up(record, waiting, lines, _MOST_LINES, MAX_EVENT_BYTES - size):
                raise _RowError(_OPEN_MARK) from None
            continue
        if any(_is_whole(line, delimiter, len(cells)) for line in record[1:]):
            raise _RowError(_OPEN_MARK)
        return cells


def _take_up(record: list[TextLine], waiting: deque[TextLine], lines: Iterator[TextLine], most: int, room: int) -> bool:
    """Add the lines up to the next one with a quotation mark; False where none comes that may still belong to it."""
    while len(record) < most and room > 0:
        line = waiting.popleft() if waiting else next(lines, None)
        if line is None:
            return False
        record.append(line)
        room -= len(line.text)
        if '"' in line.text:
            return True
    return False


def _split(record: Sequence[TextLine], delimiter: str) -> Sequence[str]:
    rows = csv.reader([line.text + "\n" for line in record], delimiter=delimiter, strict=True)
    try:
        cells, *more = [*islice(rows, 2)] or [[]]
    except csv.Error as fault:
        if "unexpected end of data" in str(fault):
            raise _OpenMarkError(_OPEN_MARK) from None
        raise _RowError(_OPEN_MARK if '"' in str(fault) else "is no row of a .csv file") from None
    if more:
        raise _RowError(_OPEN_MARK)
    return cells


def _is_whole(line: TextLine, delimiter: str, columns: int) -> bool:
    """Whether a line within quotation marks is a record of its own: the marks are of two cells then, and not a pair."""
    try:
        return columns > 1 and len(_split([line], delimiter)) == columns
    except _RowError:
        return False


def _check_encoding(line: TextLine) -> None:
    if line.fault is not None:
        raise _RowError(line.fault)


def _text(record: Sequence[TextLine]) -> str:
    return "\n".join(line.text for line in record)


@dataclass(frozen=True, slots=True)
class _Table:
    """The columns of a spreadsheet, and the sign between its cells."""

    columns: Sequence[str]
    delimiter: str

    @classmethod
    def of(cls, path: Path, lines: Iterator[TextLine]) -> _Table:
        """Read the first line, which names the columns; an EventFileError says what is wrong with it."""
        # Excel writes a line of its own for itself: sep=;
        texts = (line.text for line in lines if line.text.strip() and not line.text.lower().startswith("sep="))
        text = next(texts, "")
        splits = {sign: next(csv.reader([text], delimiter=sign), []) for sign in _DELIMITERS}
        delimiter = max(_DELIMITERS, key=lambda sign: len(set(ENVELOPE) & set(map(_column, splits[sign]))))
        columns = [_column(name) for name in splits[delimiter]]
        _check_columns(path, columns)
        return cls(columns, delimiter)

    def event(self, cells: Sequence[str]) -> object:
        """The event that a row says; a _RowError where the row does not fit the columns, or cannot be stored."""
        if len(cells) < len(self.columns) or any(cell.strip() for cell in cells[len(self.columns) :]):
            raise _RowError(f"has {len(cells)} cells, where the first line names {len(self.columns)} columns")
        named = {name: cell.strip() for name, cell in zip(self.columns, cells, strict=False) if name}
        raw: dict[str, object] = {"specversion": "1.0"}
        raw.update({name: named[name] for name in ENVELOPE if named.get(name)})
        data = {name: cell for name, cell in named.items() if name not in ENVELOPE}
        raw["data"] = from_text(str(raw.get("type", "")), data)
        try:
            return parse_json(json.dumps(raw))
        except StrictJSONError as fault:
            raise _RowError(str(fault)) from None


def _column(name: str) -> str:
    name = name.strip()
    return name.lower() if name.lower() in ENVELOPE else name


def _check_columns(path: Path, columns: Sequence[str]) -> None:
    missing = [name for name in ENVELOPE if name not in columns]
    if missing:
        raise EventFileError(
            f"{path}: the first line must name the columns, with commas, semicolons or tabs between them; missing: "
            f"{', '.join(missing)}"
        )
    doubled = sorted({name for name in columns if name and columns.count(name) > 1})
    nested = sorted({name for name in columns for column in columns if column.startswith(f"{name}.")})
    if doubled or nested:
        raise EventFileError(f"{path}: columns that contradict each other: {', '.join(doubled or nested)}")

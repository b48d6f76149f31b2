"""Files of events: .jsonl and .csv are read line by line, and rejected lines are written down with the reason."""

import csv
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self, TextIO

from service.files.strict_json import MAX_EVENT_BYTES, StrictJSONError, parse_json

ENVELOPE = ("id", "time", "source", "type", "subject")


class EventFileError(Exception):
    """A file cannot be read at all. The text of the error names it, and says what to do."""


@dataclass(frozen=True, slots=True)
class ReadLine:
    """One line of a file; in a .csv one row, which may span several lines. It has either a `raw` event or a `fault`.

    `raw` is not yet checked. `line_no` counts from 1, `text` is the line as it stands in the file, and `ends_at` is how
    many bytes were read so far.
    """

    line_no: int
    raw: object | None
    fault: str | None
    text: str
    ends_at: int = 0


@dataclass(frozen=True, slots=True)
class RejectedLine:
    """A rejected line: the field at fault (`line` if it is no event at all), what is wrong, and the line itself."""

    line_no: int
    event_id: str | None
    field: str
    detail: str
    text: str


def read_events(path: Path) -> Iterator[ReadLine]:
    """The lines of a file that are not blank, in order. The file is not held in memory.

    Raises EventFileError if the file is missing or of another kind, or if it is a .csv without the needed header.
    """
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        raise EventFileError(f"{path}: is neither .jsonl nor .csv; save it as one of them")
    try:
        with path.open("rb") as file:
            yield from reader(path, file)
    except OSError as error:
        raise EventFileError(f"{path}: cannot be read ({error.strerror or type(error).__name__})") from None


def _read_jsonl(path: Path, file: BinaryIO) -> Iterator[ReadLine]:
    for line_no, line in enumerate(_lines(file), start=1):
        text = line.decode("utf-8-sig", errors="replace").strip()
        if not text:
            continue
        try:
            if len(line) > MAX_EVENT_BYTES:
                raise StrictJSONError(f"is longer than {MAX_EVENT_BYTES // 1024} KB")
            yield ReadLine(line_no, parse_json(line.strip()), None, text, file.tell())
        except StrictJSONError as fault:
            yield ReadLine(line_no, None, str(fault), text, file.tell())


def _lines(file: BinaryIO) -> Iterator[bytes]:
    """The lines, with any kind of line end, each cut after one byte more than an event may have.

    A file without line ends must not fill the memory. A file from several machines may have several kinds of them.
    """
    line = b""
    while part := file.readline(MAX_EVENT_BYTES + 1):
        for piece in part.splitlines(keepends=True):
            line = (line + piece)[: MAX_EVENT_BYTES + 1]
            if piece.endswith((b"\n", b"\r")):
                yield line
                line = b""
    if line:
        yield line


class _RowTexts:
    """The text lines of a spreadsheet. It remembers the lines of the present row."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.row: list[str] = []

    def __iter__(self) -> Iterator[str]:
        for line in _lines(self._file):
            # Bytes that are no UTF-8 become surrogates, and `parse_json` refuses the rows that have them.
            text = line.decode("utf-8", errors="surrogateescape").removeprefix("\ufeff")
            self.row.append(text)
            yield text

    def take(self) -> str:
        text = "".join(self.row).rstrip("\r\n").encode("utf-8", "replace").decode()
        self.row.clear()
        return text


def _read_csv(path: Path, file: BinaryIO) -> Iterator[ReadLine]:
    texts = _RowTexts(file)
    rows = csv.reader(texts)
    header = [name.strip() for name in next(rows, [])]
    _check_header(path, header)
    texts.take()
    while True:
        line_no = rows.line_num + 1
        try:
            row = next(rows, None)
        except csv.Error:
            yield ReadLine(line_no, None, "is no row of a .csv file; look for a missing quotation mark", texts.take())
            continue
        if row is None:
            return
        if any(cell.strip() for cell in row):
            yield _row(line_no, header, row, texts.take(), file.tell())
        texts.row.clear()


def _check_header(path: Path, header: list[str]) -> None:
    missing = [name for name in ENVELOPE if name not in header]
    if missing:
        raise EventFileError(f"{path}: the first line must name the columns; missing: {', '.join(missing)}")
    doubled = sorted({name for name in header if name and header.count(name) > 1})
    nested = sorted({name for name in header for column in header if column.startswith(f"{name}.")})
    if doubled or nested:
        raise EventFileError(f"{path}: columns that contradict each other: {', '.join(doubled or nested)}")


def _row(line_no: int, header: list[str], row: list[str], text: str, ends_at: int) -> ReadLine:
    from service.domain.events.cells import from_text  # only a spreadsheet needs the types of all fields

    cells = {name: cell.strip() for name, cell in zip(header, row, strict=False) if name}
    if any(cell.strip() for cell in row[len(header) :]):
        return ReadLine(line_no, None, "has more cells than the first line has names", text, ends_at)
    raw: dict[str, object] = {"specversion": "1.0"}
    raw.update({name: cells[name] for name in ENVELOPE if cells.get(name)})
    data = {name: cell for name, cell in cells.items() if name not in ENVELOPE}
    raw["data"] = from_text(str(raw.get("type", "")), data)
    try:
        return ReadLine(line_no, parse_json(json.dumps(raw)), None, text, ends_at)
    except StrictJSONError as fault:
        return ReadLine(line_no, None, str(fault), text, ends_at)


_READERS = {".jsonl": _read_jsonl, ".ndjson": _read_jsonl, ".csv": _read_csv}


class RejectedLines:
    """The file `<file>.rejected.jsonl` beside a file of events. It is made when its first line is written."""

    def __init__(self, source: Path) -> None:
        self.path = source.with_name(source.name + ".rejected.jsonl")
        self.count = 0
        self._file: TextIO | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._file is not None:
            self._file.close()

    def add(self, rejected: RejectedLine) -> None:
        """Write one rejected line, with the reason."""
        if self._file is None:
            self._file = self.path.open("w", encoding="utf-8")
        entry = {"line": rejected.line_no, "id": rejected.event_id, "field": rejected.field}
        self._file.write(json.dumps({**entry, "detail": rejected.detail, "text": rejected.text}) + "\n")
        self.count += 1


def write_rejected(path: Path, rejected: Iterable[RejectedLine]) -> int:
    """Write `<path>.rejected.jsonl` if there are rejected lines, and return how many there are."""
    with RejectedLines(path) as lines:
        for line in rejected:
            lines.add(line)
    return lines.count

"""The lines of a file of text, in whatever encoding a program saved it, without holding the file in memory."""

from __future__ import annotations

import codecs
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from service.files.strict_json import MAX_EVENT_BYTES

_WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")


class EventFileError(Exception):
    """A file cannot be read at all. The text of the error names it, and says what to do."""


@dataclass(frozen=True, slots=True)
class ReadLine:
    """One line of a file; in a .csv one record, which may span several lines. It has either a `raw` event or a `fault`.

    `raw` is not yet checked. `line_no` counts from 1, `text` is the line as it stands in the file, `ends_at` is how
    many bytes were read so far, and `lines` how many lines it spans.
    """

    line_no: int
    raw: object | None
    fault: str | None
    text: str
    ends_at: int = 0
    lines: int = 1


@dataclass(frozen=True, slots=True)
class TextLine:
    """A line as text, without its end. `fault` says why it is none; `text` then shows what can be shown of it."""

    number: int
    text: str
    ends_at: int
    fault: str | None = None


def text_lines(path: Path, file: BinaryIO) -> Iterator[TextLine]:
    """The lines of a file in UTF-8, UTF-16 or Windows-1252, which is found out line by line.

    Raises an EventFileError for a workbook, which is no text.
    """
    for number, line in enumerate(byte_lines(path, file), start=1):
        yield _line(number, line.rstrip(b"\r\n"), file.tell())


def byte_lines(path: Path, file: BinaryIO) -> Iterator[bytes]:
    """The lines in UTF-8 or whatever else of one byte, with any kind of line end, each cut after one byte more than an
    event may have.

    A file without line ends must not fill the memory. A file from several machines may have several kinds of them.
    """
    line = b""
    for part in _parts(path, file):
        for piece in part.splitlines(keepends=True):
            line = (line + piece)[: MAX_EVENT_BYTES + 1]
            if piece.endswith((b"\n", b"\r")):
                yield line
                line = b""
    if line:
        yield line


def _parts(path: Path, file: BinaryIO) -> Iterator[bytes]:
    """What stands in the file, up to line ends, in UTF-8 where it was UTF-16, and without a mark of its encoding."""
    start = file.read(4)
    file.seek(0)
    if start.startswith(_WORKBOOKS):
        raise EventFileError(f"{path}: is a workbook, not text; open it, and save it as CSV UTF-8")
    if (encoding := _utf_16(start)) is not None:
        wide = io.TextIOWrapper(file, encoding=encoding, errors="replace", newline="\n")
        while text := wide.readline(MAX_EVENT_BYTES + 1):
            yield text.removeprefix("\ufeff").encode("utf-8", errors="replace")
        wide.detach()
        return
    if start.startswith(codecs.BOM_UTF8):
        file.seek(len(codecs.BOM_UTF8))
    while part := file.readline(MAX_EVENT_BYTES + 1):
        yield part


def _utf_16(start: bytes) -> str | None:
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    # Text begins with a sign of ASCII, of which UTF-16 leaves one byte empty.
    if start[1:2] == b"\0" and start[:1] not in (b"", b"\0"):
        return "utf-16-le"
    return "utf-16-be" if start[:1] == b"\0" and start[1:2] not in (b"", b"\0") else None


def _line(number: int, line: bytes, ends_at: int) -> TextLine:
    if len(line) > MAX_EVENT_BYTES:
        return TextLine(number, _shown(line), ends_at, f"is longer than {MAX_EVENT_BYTES // 1024} KB")
    for encoding in ("utf-8", "cp1252"):
        try:
            return TextLine(number, line.decode(encoding), ends_at)
        except UnicodeDecodeError:
            continue
    return TextLine(number, _shown(line), ends_at, "is neither UTF-8 nor Windows-1252; save the file as CSV UTF-8")


def _shown(line: bytes) -> str:
    return line.decode("utf-8", errors="replace")

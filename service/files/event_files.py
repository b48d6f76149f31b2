"""Files of events, .jsonl and .csv: every line comes out, as an event or with what is wrong."""

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from service.files.file_lines import EventFileError, ReadLine, byte_lines, text_lines
from service.files.strict_json import MAX_EVENT_BYTES, StrictJSONError, parse_json


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
    for line_no, line in enumerate(byte_lines(path, file), start=1):
        text = line.decode("utf-8-sig", errors="replace").strip()
        if not text:
            continue
        try:
            if len(line) > MAX_EVENT_BYTES:
                raise StrictJSONError(f"is longer than {MAX_EVENT_BYTES // 1024} KB")
            yield ReadLine(line_no, parse_json(line.strip()), None, text, file.tell())
        except StrictJSONError as fault:
            yield ReadLine(line_no, None, str(fault), text, file.tell())


def _read_csv(path: Path, file: BinaryIO) -> Iterator[ReadLine]:
    from service.files.csv_rows import read_csv  # only a spreadsheet needs the types of all fields

    return read_csv(path, text_lines(path, file))


_READERS = {".jsonl": _read_jsonl, ".ndjson": _read_jsonl, ".csv": _read_csv}

"""A file that only grows: each line is on disk before the next thing happens, and can be read while it is written."""

import json
import os
from pathlib import Path
from typing import Any


class Journal:
    """What a receiver writes down."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("ab")

    def write(self, **entry: object) -> None:
        """Put a line on disk; back when it is there."""
        self._file.write(json.dumps(entry).encode() + b"\n")
        self._file.flush()
        os.fsync(self._file.fileno())


class Reading:
    """The other side of it: gives what is new since the last time."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read = 0

    def new(self) -> list[dict[str, Any]]:
        """The whole lines that came since; a line that is just being written comes the next time."""
        if not self._path.exists():
            return []
        with self._path.open("rb") as file:
            file.seek(self._read)
            whole, _, _ = file.read().rpartition(b"\n")
        if not whole:
            return []
        self._read += len(whole) + 1
        return [json.loads(line) for line in whole.split(b"\n")]

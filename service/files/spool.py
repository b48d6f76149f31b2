"""The spool: a file that keeps the callbacks of providers while the database does not accept them.

The provider is told that we failed. But Twilio does not send a text again, and Notify does not do so for ever. Each
callback counts once, however often it comes, because it is stored under the provider's id.
"""

import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO

import structlog

LONGEST = 16 * 1024 * 1024  # bytes: some ten thousand callbacks
SpoolEntry = Mapping[str, Any]  # JSON values

_log = structlog.get_logger(__name__)


class Spool:
    """A file to which all processes of this machine may add, and which any of them may take."""

    def __init__(self, file: Path, longest: int = LONGEST) -> None:
        self._file = file
        self._aside = file.with_name(f"{file.name}.taking")
        self._longest = longest
        self._taking: tuple[int, int, int] | None = None

    @contextmanager
    def unless_stored(self, entry: SpoolEntry) -> Iterator[None]:
        """Add an entry if the block fails to store it. The exception of the block is raised."""
        try:
            yield
        except Exception:  # the entry must not be lost, whatever the fault
            with suppress(OSError):  # the disk is full, too: the provider may send it again
                self.add(entry)
            raise

    def add(self, entry: SpoolEntry) -> bool:
        """Add an entry. It is on disk when this returns. False: the spool is full."""
        # A line end comes before the entry, too, so that a line that a crash cut off stays by itself.
        line = b"\n" + json.dumps(dict(entry)).encode() + b"\n"
        with self._locked() as file:
            if file.tell() + len(line) > self._longest:
                _log.critical("spool_full")
                return False
            file.write(line)
            file.flush()
            os.fsync(file.fileno())
        _log.warning("spooled")
        return True

    def take(self) -> list[SpoolEntry]:
        """All entries. They are put aside until `done`. If the process dies before that, the next one finds them."""
        if not self._aside.exists() and self._file.exists():
            with self._locked():
                self._file.replace(self._aside)
        try:
            with self._aside.open("rb") as file:
                self._taking = _mark(os.fstat(file.fileno()))
                return list(_entries(file))
        except FileNotFoundError:
            return []

    def put_aside(self, entry: SpoolEntry) -> Path:
        """Keep an entry that cannot be taken in where it holds up no other, and say where that is."""
        place = self._file.with_name(f"{self._file.name}.refused")
        with os.fdopen(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o600), "ab") as file:
            if file.tell() <= self._longest:  # what is beyond that is in the log alone
                file.write(json.dumps(entry).encode() + b"\n")
                file.flush()
                os.fsync(file.fileno())
        return place

    def done(self) -> None:
        """Delete the entries that `take` gave: all of them are in the database."""
        with suppress(FileNotFoundError):
            if _mark(self._aside.stat()) == self._taking:  # another process may have put other entries aside
                self._aside.unlink()

    @contextmanager
    def _locked(self) -> Iterator[BinaryIO]:
        self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        while True:
            with os.fdopen(os.open(self._file, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600), "ab") as file:
                fcntl.flock(file, fcntl.LOCK_EX)
                if self._is_still(file):
                    yield file
                    return

    def _is_still(self, file: BinaryIO) -> bool:
        """Whether the file is still the spool: another process may have put it aside while we waited for the lock."""
        try:
            return os.path.samestat(os.fstat(file.fileno()), self._file.stat())
        except FileNotFoundError:
            return False


def _mark(status: os.stat_result) -> tuple[int, int, int]:
    return status.st_ino, status.st_mtime_ns, status.st_size


def _entries(file: BinaryIO) -> Iterator[SpoolEntry]:
    for line in file:
        if not line.strip():
            continue
        try:
            entry = json.loads(line)
        except (ValueError, RecursionError):
            entry = None
        if isinstance(entry, dict):
            yield entry
        else:
            _log.error("spooled_line_unreadable", bytes=len(line))

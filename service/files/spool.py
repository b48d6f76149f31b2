"""The spool: what a provider called us with while the database did not take it, in a file until it does.

The provider is told that we failed; but Twilio does not say a text twice, and Notify not for ever. Whatever is in the
file counts once, because what it becomes has the provider's id.
"""

import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO

import structlog

LONGEST = 16 * 1024 * 1024  # bytes: some ten thousand calls
Entry = Mapping[str, Any]  # of what JSON can hold

_log = structlog.get_logger(__name__)


class Spool:
    """A file to which any process of this machine may add, and which any may take."""

    def __init__(self, file: Path, longest: int = LONGEST) -> None:
        self._file = file
        self._aside = file.with_name(f"{file.name}.taking")
        self._longest = longest
        self._taking: tuple[int, int, int] | None = None

    @contextmanager
    def unless_stored(self, entry: Entry) -> Iterator[None]:
        """Keep this where the block fails to store it; its failure comes through, for the caller to be told."""
        try:
            yield
        except Exception:  # whatever kept it from being stored, it must not be lost; it goes on to the caller
            with suppress(OSError):  # the disk is at its end, too: the provider may say it again
                self.add(entry)
            raise

    def add(self, entry: Entry) -> bool:
        """Keep this, on disk when this returns. False: there is too much in it already."""
        # A line end before it, too: what a crash cut off stays a line of its own.
        line = b"\n" + json.dumps(dict(entry)).encode() + b"\n"
        with self._locked() as file:
            if file.tell() + len(line) > self._longest:
                _log.critical("spool full")
                return False
            file.write(line)
            file.flush()
            os.fsync(file.fileno())
        _log.warning("spooled")
        return True

    def take(self) -> list[Entry]:
        """All that is in it, put aside until `done`; whoever dies in between leaves it to the next."""
        if not self._aside.exists() and self._file.exists():
            with self._locked():
                self._file.replace(self._aside)
        try:
            with self._aside.open("rb") as file:
                self._taking = _mark(os.fstat(file.fileno()))
                return list(_entries(file))
        except FileNotFoundError:
            return []

    def done(self) -> None:
        """All that `take` gave is in the database."""
        with suppress(FileNotFoundError):
            if _mark(self._aside.stat()) == self._taking:  # and not what another has put there since
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
        """Whether nobody has put the file aside while we waited for it."""
        try:
            return os.path.samestat(os.fstat(file.fileno()), self._file.stat())
        except FileNotFoundError:
            return False


def _mark(found: os.stat_result) -> tuple[int, int, int]:
    return found.st_ino, found.st_mtime_ns, found.st_size


def _entries(file: BinaryIO) -> Iterator[Entry]:
    for line in file:
        if not line.strip():
            continue
        try:
            yield json.loads(line)
        except ValueError:
            _log.error("spooled line cannot be read", bytes=len(line))

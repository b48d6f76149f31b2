"""Marks beside a SQLite file that say which processes work on it. One that nobody holds was left by an unclean end."""

from __future__ import annotations

import fcntl
import os
import secrets
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import structlog

_MARK = "in-use"
_log = structlog.get_logger(__name__)


class InUse:
    """This process's mark beside a database: a file that it keeps locked, and that only a clean end removes.

    The lock goes with the process, however it ends; so a mark without one tells of a process that was killed, of a
    power cut or of a failed disk. Without a file (PostgreSQL, a database in memory) there is no mark.
    """

    def __init__(self, database: Path | None) -> None:
        """`database` is the SQLite file; its folder must be writable."""
        self._path = database.with_name(f"{database.name}.{_MARK}-{secrets.token_hex(4)}") if database else None
        self._descriptor: int | None = None

    def begin(self) -> None:
        """Set the mark, before anything is done with the database; where the folder takes no file, go without."""
        if self._path is None:
            return
        # It gets its name once it is locked: nobody may take it for one that was left behind.
        unnamed = self._path.with_name(f".{self._path.name}")
        try:
            self._descriptor = os.open(unnamed, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC, 0o600)
            fcntl.flock(self._descriptor, fcntl.LOCK_EX)
            unnamed.rename(self._path)
        except OSError as error:
            _log.warning("in_use_not_marked", fault=error.strerror)

    def end(self) -> None:
        """Remove the mark, after the last connection is closed."""
        if self._path is not None and self._descriptor is not None:
            self._path.unlink(missing_ok=True)
            os.close(self._descriptor)
            self._descriptor = None


def left_behind(database: Path | None) -> Sequence[Path]:
    """The marks of processes that did not end cleanly."""
    if database is None:
        return ()
    return [mark for mark in sorted(database.parent.glob(f"{database.name}.{_MARK}-*")) if not _is_held(mark)]


def forget(marks: Sequence[Path]) -> None:
    """Remove marks that were left behind, once the database has been proved sound."""
    for mark in marks:
        mark.unlink(missing_ok=True)


def _is_held(mark: Path) -> bool:
    with suppress(FileNotFoundError):
        descriptor = os.open(mark, os.O_RDONLY | os.O_CLOEXEC)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(descriptor)
        return False
    return True  # its process has removed it meanwhile: a clean end

"""Disk space kept free beside an SQLite database, let go of when the disk is full, so that what matters still fits."""

import os
import shutil
from contextlib import suppress
from pathlib import Path

import structlog

SIZE = 64 * 1024 * 1024  # bytes: the outcomes of tens of thousands of messages
_log = structlog.get_logger(__name__)


class DiskReserve:
    """A file of nothing. While it is there, there is room; once it is gone, only what matters most is taken."""

    def __init__(self, database: Path | None, size: int = SIZE) -> None:
        """Beside this file; None: no disk of ours holds the database, and there is nothing to keep."""
        self._path = database.with_name(f"{database.name}.ballast") if database else None
        self._size = size
        self._wanted = False

    @property
    def there(self) -> bool:
        """Whether there is nothing to be made: it is there, or none is needed."""
        return self._path is None or self._path.exists()

    @property
    def short_of_room(self) -> bool:
        """Whether it is wanted and not there: the disk is full, or was so a moment ago."""
        return self._wanted and not self.there

    def make(self) -> bool:
        """Have it there, if it can be without filling the disk; whether it is. It is missed from now on."""
        self._wanted = True
        if self._path is None or self._path.exists():
            return True
        # As much again stays free: whoever fills the last of a disk makes the trouble that this is against.
        if shutil.disk_usage(self._path.parent).free < 2 * self._size:
            return False
        try:
            self._reserve(self._path)
        except OSError:
            with suppress(OSError):
                self._path.unlink()
            return False
        return True

    def release(self) -> bool:
        """Let go of it; whether it was there. Of several processes on one disk one finds it there."""
        if self._path is None:
            return False
        try:
            self._path.unlink()
        except OSError:
            return False
        _log.critical("disk_reserve_released", bytes=self._size)
        return True

    def _reserve(self, path: Path) -> None:
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            os.posix_fallocate(file, 0, self._size)
        finally:
            os.close(file)

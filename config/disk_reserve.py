"""Space kept free beside an SQLite database, and released when the disk is full, for what matters most."""

import os
import shutil
from contextlib import suppress
from pathlib import Path

import structlog

SIZE = 64 * 1024 * 1024  # bytes: the outcomes of tens of thousands of messages
_log = structlog.get_logger(__name__)


class DiskReserve:
    """An empty file of a fixed size. Once it has been released, only the most important events are taken."""

    def __init__(self, database: Path | None, size: int = SIZE) -> None:
        """Keep it beside this file. None: the database lies on no disk of ours, and no reserve is kept."""
        self._path = database.with_name(f"{database.name}.ballast") if database else None
        self._size = size
        self._required = False

    @property
    def is_kept(self) -> bool:
        """Whether the reserve exists, or none is needed."""
        return self._path is None or self._path.exists()

    @property
    def short_of_room(self) -> bool:
        """Whether a reserve is required and missing: the disk is full, or was a moment ago."""
        return self._required and not self.is_kept

    def make(self) -> bool:
        """Make the reserve if that does not fill the disk, and say whether it exists. From now on it is required."""
        self._required = True
        if self._path is None or self._path.exists():
            return True
        # As much again stays free: a reserve that fills the disk would cause the trouble that it is there against.
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
        """Delete the reserve, and say whether it existed. Of several processes on one disk, only one finds it."""
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

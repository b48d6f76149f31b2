"""What a disk does to SQLite: a full one costs the disk reserve; one that loses what it took ends the process."""

import os
import sqlite3
import sys
from collections.abc import Callable

import structlog
from sqlalchemy import event
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.ext.asyncio import AsyncEngine

from config.disk_reserve import DiskReserve

_FULL = frozenset({sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_WRITE, sqlite3.SQLITE_IOERR_SHMSIZE})
# After a failed fsync the next one succeeds, without what was to be on disk being there: nothing can be believed.
_LOST = frozenset({sqlite3.SQLITE_IOERR_FSYNC, sqlite3.SQLITE_IOERR_DIR_FSYNC})
_STATUS = 74  # EX_IOERR
_WORDS = (
    "planwatch: the disk failed while the database was being written (fsync): what was committed last may be lost.\n"
    "  The process ends. Look at the disk, then start planwatch again: it checks the database first."
)

_log = structlog.get_logger(__name__)


def watch_disk(engine: AsyncEngine, disk_reserve: DiskReserve, end: Callable[[], None] | None = None) -> None:
    """Answer what the disk does to a database, at the moment at which it does it; `end` ends the process."""

    def answer(context: ExceptionContext) -> None:
        code = getattr(context.original_exception, "sqlite_errorcode", None)
        if code in _FULL:
            disk_reserve.release()
        elif code in _LOST:
            (end or _end)()

    event.listen(engine.sync_engine, "handle_error", answer)


def _end() -> None:
    """At once: whatever is being handed over is unknown then, and is asked for at the next start."""
    _log.critical("disk failed")
    sys.stderr.write(f"{_WORDS}\n")
    sys.stderr.flush()
    os._exit(_STATUS)

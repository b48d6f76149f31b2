"""What follows from SQLite's disk errors: a full disk releases the disk reserve; a failed fsync ends the process."""

import os
import sqlite3
import sys
from collections.abc import Callable
from typing import NoReturn

import structlog
from sqlalchemy import event
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.ext.asyncio import AsyncEngine

from config.disk_reserve import DiskReserve

_FULL = frozenset({sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_WRITE, sqlite3.SQLITE_IOERR_SHMSIZE})
# After a failed fsync the next one succeeds although the data is not on disk: no later answer can be trusted.
_LOST = frozenset({sqlite3.SQLITE_IOERR_FSYNC, sqlite3.SQLITE_IOERR_DIR_FSYNC})
_STATUS = 74  # EX_IOERR
_WORDS = (
    "planwatch: the disk failed while the database was being written (fsync): what was committed last may be lost.\n"
    "  The process ends. Look at the disk, then start planwatch again: it checks the database first."
)

_log = structlog.get_logger(__name__)


def watch_disk(engine: AsyncEngine, disk_reserve: DiskReserve, end: Callable[[], None] | None = None) -> None:
    """Act on the disk errors of a database in the moment in which they occur. `end` ends the process."""

    def answer(context: ExceptionContext) -> None:
        code = getattr(context.original_exception, "sqlite_errorcode", None)
        if code in _FULL:
            disk_reserve.release()
        elif code in _LOST:
            (end or _lost)()

    event.listen(engine.sync_engine, "handle_error", answer)


def _lost() -> None:
    _log.critical("disk_failed")
    end_at_once(_WORDS)


def end_at_once(words: str) -> NoReturn:
    """End the process without another write, with status 74; the next start proves the database before anything else.

    What is being handed over is then unknown, and the provider is asked for it at the next start.
    """
    sys.stderr.write(f"{words}\n")
    sys.stderr.flush()
    os._exit(_STATUS)

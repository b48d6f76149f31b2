"""Integrity: whether a SQLite file is undamaged. PostgreSQL checks its own files."""

import asyncio
import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

_STEPS = 10_000  # of SQLite's machine between two questions whether to stop: some hundredths of a second


class DamagedDatabaseError(Exception):
    """The database is damaged, and nothing is sent from it. The text of the error says what to do."""


async def prove(file: Path) -> None:
    """Raise a `DamagedDatabaseError` where SQLite finds this file damaged.

    It takes seconds for each 100 MB, in a thread of its own, which ends soon where the task is cancelled. Raises a
    `sqlite3.OperationalError` where the file cannot be read now, which says nothing about damage.
    """
    stopped = threading.Event()
    try:
        verdict = await asyncio.to_thread(_verdict, file, stopped.is_set)
    finally:
        stopped.set()
    if verdict != "ok":
        raise DamagedDatabaseError(
            "the database is damaged (SQLite's integrity check fails), so planwatch does not work with it.\n"
            "  Keep the file as it is, look at the disk, and put the last backup back: planwatch restore FILE --replace"
        )


def _verdict(file: Path, is_stopped: Callable[[], bool]) -> str:
    with closing(sqlite3.connect(file, timeout=30.0)) as database:
        database.set_progress_handler(is_stopped, _STEPS)
        try:
            # The quick check would take 5 s instead of 8 for 300 MB on a disk, and 0.4 s instead of 2.5 in memory. But
            # it does not compare indexes with their tables, which a failed fsync may leave different. A message that
            # its index does not know is never due, or is there twice.
            return str(database.execute("PRAGMA integrity_check(1)").fetchone()[0])
        except sqlite3.OperationalError:
            raise
        except sqlite3.DatabaseError as error:  # it is so damaged that the check itself cannot read it
            return type(error).__name__

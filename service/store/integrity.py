"""Integrity: whether a database file is undamaged. This is checked before anything is done with it."""

from sqlalchemy.exc import DatabaseError
from sqlalchemy.ext.asyncio import AsyncEngine

from config.database import make_sessions, reading


class DamagedDatabaseError(Exception):
    """The database is damaged, and nothing is sent from it. The text of the error says what to do."""


async def prove(engine: AsyncEngine) -> None:
    """Raise a `DamagedDatabaseError` where SQLite finds its file damaged. PostgreSQL checks its own files."""
    if engine.dialect.name != "sqlite":
        return
    try:
        async with reading(make_sessions(engine)) as session:
            # The quick check would take 5 s instead of 8 for 300 MB on a disk, and 0.4 s instead of 2.5 in memory. But
            # it does not compare indexes with their tables, which a failed fsync may leave different. A message that
            # its index does not know is never due, or is there twice.
            verdict = (await (await session.connection()).exec_driver_sql("PRAGMA integrity_check(1)")).scalar()
    except DatabaseError as error:
        verdict = type(error.orig).__name__
    if verdict != "ok":
        raise DamagedDatabaseError(
            "the database is damaged (SQLite's integrity check fails), so planwatch does not start.\n"
            "  Keep the file as it is, look at the disk, and put the last backup back: planwatch restore FILE --replace"
        )

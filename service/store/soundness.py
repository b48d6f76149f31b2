"""Soundness: whether a database file is whole, asked before anything is done with it."""

from sqlalchemy.exc import DatabaseError
from sqlalchemy.ext.asyncio import AsyncEngine

from config.database import make_sessions, reading


class DamagedDatabaseError(Exception):
    """The database is damaged: nothing is sent from it. The words say what to do."""


async def prove(engine: AsyncEngine) -> None:
    """A `DamagedDatabaseError` where SQLite finds its file damaged; PostgreSQL sees to its own."""
    if engine.dialect.name != "sqlite":
        return
    try:
        async with reading(make_sessions(engine)) as session:
            found = (await (await session.connection()).exec_driver_sql("PRAGMA integrity_check(1)")).scalar()
    except DatabaseError as error:
        found = type(error.orig).__name__
    if found != "ok":
        raise DamagedDatabaseError(
            "the database is damaged (SQLite's integrity check fails), so planwatch does not start.\n"
            "  Keep the file as it is, look at the disk, and put the last backup back: planwatch restore FILE --replace"
        )

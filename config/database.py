"""The way to the database: engine, sessions, one transaction, the names of constraints, and the UTC column."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, DateTime, Dialect, MetaData, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.types import TypeDecorator

from config.clock import as_utc

Sessions = async_sessionmaker[AsyncSession]

# Every constraint has a name that follows from its columns: a migration can only alter what it can name.
metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# busy_timeout comes first: turning a new file to WAL may already have to wait for a neighbour.
_SQLITE_PRAGMAS = (
    "PRAGMA busy_timeout = 30000",
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",  # an event is on disk before it is answered, through a loss of power too
    "PRAGMA foreign_keys = ON",
)
_READING = "planwatch_reading"


class UTCDateTime(TypeDecorator[datetime]):
    """A moment: refuses naive values, stores UTC, gives back aware UTC (SQLite would drop the offset)."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """To the database: in UTC; a `ValueError` for a moment without a zone."""
        return None if value is None else as_utc(value)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """From the database: aware, in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def make_engine(url: str) -> AsyncEngine:
    """The engine for a URL of SQLite (whose folder is made if it is missing) or PostgreSQL, both with async drivers.

    Dispose of it before the program ends: SQLite's connections each own a thread.
    """
    parsed = make_url(url)
    # A row holds what is known of a child: the words of a database error must not quote it.
    engine = create_async_engine(parsed, hide_parameters=True, pool_pre_ping=_is_remote(parsed))
    if parsed.get_backend_name() == "sqlite":
        _make_folder(parsed)
        event.listen(engine.sync_engine, "connect", _set_up_sqlite)
        event.listen(engine.sync_engine, "begin", _begin_sqlite)
    return engine


def sqlite_file(url: str) -> Path | None:
    """The file that a URL of SQLite names; None where the database is elsewhere, or nowhere."""
    parsed = make_url(url)
    named = parsed.get_backend_name() == "sqlite" and parsed.database not in (None, "", ":memory:")
    return Path(str(parsed.database)) if named else None


def make_sessions(engine: AsyncEngine) -> Sessions:
    """What hands out sessions; rows stay readable after the commit."""
    return async_sessionmaker(engine, expire_on_commit=False)


@asynccontextmanager
async def transaction(sessions: Sessions) -> AsyncIterator[AsyncSession]:
    """A session in one transaction that may write: committed at the end, rolled back by any exception.

    On SQLite it holds the only write lock from its first statement: keep it short, with no network inside.
    """
    async with sessions() as session, session.begin():
        yield session


@asynccontextmanager
async def reading(sessions: Sessions) -> AsyncIterator[AsyncSession]:
    """A session for questions only: it never waits for a writer on SQLite, and keeps nothing that is written in it."""
    async with sessions() as session:
        await session.connection(execution_options={_READING: True})
        yield session


def _is_remote(url: URL) -> bool:
    """Whether a connection may have died while it was lying in the pool."""
    return url.get_backend_name() != "sqlite"


def _make_folder(url: URL) -> None:
    if url.database and url.database != ":memory:":
        # For nobody else's eyes: what lies there is about children.
        Path(url.database).parent.mkdir(mode=0o700, parents=True, exist_ok=True)


def _set_up_sqlite(connection: DBAPIConnection, entry: ConnectionPoolEntry) -> None:
    # The driver would begin transactions by itself, too late and of the wrong kind: `_begin_sqlite` does it.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in _SQLITE_PRAGMAS:
        cursor.execute(pragma)
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    # A transaction that reads first and writes later is refused at once, without waiting, when another has written
    # in between; so whoever may write takes the lock at the beginning.
    only_reads = connection.get_execution_options().get(_READING, False)
    connection.exec_driver_sql("BEGIN" if only_reads else "BEGIN IMMEDIATE")

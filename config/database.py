"""How the database is reached: engine, sessions, one transaction, the names of constraints, and the UTC column."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, DateTime, Dialect, MetaData, Table, event, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL, Engine, make_url
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, NotSupportedError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.types import TypeDecorator

from config.clock import as_utc
from config.database_url import for_asyncpg
from config.sqlite import SqliteConnection, connect

Sessions = async_sessionmaker[AsyncSession]
Result = TypeVar("Result")

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

_READING = "planwatch_reading"
# A record of the transaction's own in the log of what is written: without one, a commit waits for nothing.
_WRITE_NOTHING = text("SELECT pg_logical_emit_message(true, 'planwatch', '')")
_write_locks: WeakKeyDictionary[Engine, asyncio.Lock] = WeakKeyDictionary()
# How PostgreSQL says that another transaction was in the way: the two could not be serialized, they waited for each
# other, or the other one locked a row for too long.
_IN_THE_WAY = frozenset({"40001", "40P01", "55P03"})
# The first two letters of the other states that are no statement's fault: connection, space, operator, disk.
_AWAY = frozenset({"08", "53", "57", "58"})
_TRIES = 5
_PAUSE = 0.05  # seconds, at most, before the second try; more before each further one


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


def make_engine(url: str | URL, *, patient: bool = False) -> AsyncEngine:
    """The engine for a URL of SQLite or PostgreSQL, both with async drivers. SQLite's folder is made if it is missing.

    A `patient` engine waits as long as it takes, as a migration has to. Dispose of an engine before the program ends:
    SQLite's connections each own a thread.
    """
    parsed = make_url(url)
    # A row holds facts about a child: the text of a database error must not quote it.
    if parsed.get_backend_name() == "postgresql":
        from config import postgres  # its driver is an extra

        address, options = for_asyncpg(parsed, postgres.connect_options(patient=patient))
        engine = create_async_engine(address, hide_parameters=True, connect_args=options, **postgres.POOL)
        postgres.tell_losses(engine)
        return engine
    _make_folder(parsed)
    engine = create_async_engine(parsed, hide_parameters=True, connect_args={"async_creator_fn": connect})
    event.listen(engine.sync_engine, "begin", _begin_sqlite)
    return engine


def sqlite_file(url: str) -> Path | None:
    """The file that a URL of SQLite names. None for PostgreSQL, and for a database in memory."""
    parsed = make_url(url)
    is_file = parsed.get_backend_name() == "sqlite" and parsed.database not in (None, "", ":memory:")
    return Path(str(parsed.database)) if is_file else None


def is_postgresql(url: str) -> bool:
    """Whether an address is one of PostgreSQL."""
    return make_url(url).get_backend_name() == "postgresql"


async def wait_as_a_write(session: AsyncSession) -> None:
    """Have the commit wait for a synchronous standby, as it would for something written; SQLite has none.

    Where somebody is told that a thing is stored which was only found: whoever stored it may have been cut off before
    it reached the standby, and a standby that becomes the primary would not have it.
    """
    if session.get_bind().dialect.name == "postgresql":
        await session.execute(_WRITE_NOTHING)


def make_sessions(engine: AsyncEngine) -> Sessions:
    """The maker of sessions. Rows stay readable after the commit."""
    return async_sessionmaker(engine, expire_on_commit=False)


@asynccontextmanager
async def transaction(sessions: Sessions) -> AsyncIterator[AsyncSession]:
    """A session in one transaction that may write. It is committed at the end, and rolled back by any exception.

    On SQLite it holds the only write lock from its first statement: keep it short, without network calls, and begin no
    other inside it. A `DBAPIError` from its end does not say whether it was committed: work that is repeated must
    notice that it was done.
    """
    async with _write_lock(sessions), sessions() as session, session.begin():
        await _connect(session)
        yield session


async def transact(sessions: Sessions, work: Callable[[AsyncSession], Awaitable[Result]]) -> Result:
    """Do `work` in one transaction, and return its result.

    Where another transaction is in the way, the work begins again; it is tried five times at most. A transaction that
    wrote the same row first is in the way, too: the next try finds the row. The last `DBAPIError` is raised.
    """
    for number in range(1, _TRIES):
        try:
            async with transaction(sessions) as session:
                return await work(session)
        except DBAPIError as error:
            if not was_in_the_way(error):
                raise
        await asyncio.sleep(random.uniform(0, _PAUSE * number))  # noqa: S311 - it separates those who met; it guards nothing
    async with transaction(sessions) as session:
        return await work(session)


@asynccontextmanager
async def reading(sessions: Sessions) -> AsyncIterator[AsyncSession]:
    """A session for reading only. On SQLite it never waits for a writer, and nothing that is written in it is kept."""
    async with sessions() as session:
        await _connect(session, only_reads=True)
        yield session


def upsert(session: AsyncSession, table: Table) -> postgresql.Insert | sqlite.Insert:
    """An insert with `on_conflict_…`. SQLAlchemy has one class for each database, with the same methods."""
    return postgresql.insert(table) if session.get_bind().dialect.name == "postgresql" else sqlite.insert(table)


@asynccontextmanager
async def _write_lock(sessions: Sessions) -> AsyncIterator[None]:
    """Let the writers of this process write to SQLite one after the other, in the order in which they came.

    SQLite itself lets those who wait for its lock try again at random times. With many of them, some would wait longer
    than their lease holds.
    """
    if not has_one_writer(sessions):
        yield
        return
    engine: Engine = sessions.kw["bind"].sync_engine
    async with _write_locks.setdefault(engine, asyncio.Lock()):
        yield


def has_one_writer(sessions: Sessions) -> bool:
    """Whether one transaction writes at a time, and all others wait for it: on SQLite."""
    engine: Engine = sessions.kw["bind"].sync_engine
    return engine.dialect.name == "sqlite"


def was_in_the_way(error: DBAPIError) -> bool:
    """Whether another transaction was in the way, so that the same one may well succeed when it begins again."""
    # A statement that was prepared before a migration changed its tables is "not supported".
    return isinstance(error, IntegrityError | NotSupportedError) or _sqlstate(error) in _IN_THE_WAY


def is_away(error: BaseException) -> bool:
    """Whether the fault lies with the database and not with the statement: anything else would fail as well."""
    if not isinstance(error, DBAPIError):
        return False
    state = _sqlstate(error)
    lost = error.connection_invalidated or isinstance(error.orig, OSError)
    return lost or state[:2] in _AWAY | {"40"}


def refuses_data(error: BaseException) -> bool:
    """Whether what was to be stored is at fault, not the database: a character or a length that it does not take."""
    return isinstance(error, DataError) or (isinstance(error, DBAPIError) and _sqlstate(error)[:2] == "22")


def _sqlstate(error: DBAPIError) -> str:
    return str(getattr(error.orig, "sqlstate", None) or "")


async def _connect(session: AsyncSession, *, only_reads: bool = False) -> None:
    """Begin. An `OperationalError` for a server that cannot be reached, or a pool that is empty for too long."""
    try:
        await session.connection(execution_options={_READING: only_reads})
    except (OSError, PoolTimeoutError) as error:
        raise OperationalError(None, None, error) from error


def _make_folder(url: URL) -> None:
    if url.database and url.database != ":memory:":
        # Nobody else may read it: it holds facts about children.
        Path(url.database).parent.mkdir(mode=0o700, parents=True, exist_ok=True)


def _begin_sqlite(connection: Connection) -> None:
    # SQLite refuses at once a transaction that reads first and writes later, if another has written in between. So a
    # transaction that may write takes the lock with its first statement.
    only_reads = connection.get_execution_options().get(_READING, False)
    driver_connection: SqliteConnection = connection.connection.driver_connection  # type: ignore[assignment]
    # Pages read for long, and migrations write for long, which are told by having no such option.
    is_short = connection.get_execution_options().get(_READING) is False
    driver_connection.begin("BEGIN" if only_reads else "BEGIN IMMEDIATE", short=is_short)

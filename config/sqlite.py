"""SQLite: connections that keep what they were told, and go to their thread once for each statement.

By itself the driver goes there and back four times: for the cursor, the statement, its rows, and the cursor's end. Each
time costs more than most statements.
"""

import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from functools import partial
from typing import Any, Self

from aiosqlite import Connection

# busy_timeout comes first: switching a new file to WAL may already have to wait for another process.
_PRAGMAS = (
    "PRAGMA busy_timeout = 30000",
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",  # an event is on disk before it is answered, through a loss of power too
    "PRAGMA foreign_keys = ON",
)
_ROWS_AT_ONCE = 64  # what the driver needs to be told, and nothing here asks for


class SqliteConnection(Connection):
    """A connection in a thread of its own. Its cursors hold all rows of their statement."""

    def __init__(self, connect: Callable[[], sqlite3.Connection]) -> None:
        super().__init__(connect, _ROWS_AT_ONCE)
        self._thread.daemon = True
        self._is_idle = False
        self._beginning: str | None = None
        self._is_short = False

    def begin(self, statement: str, *, short: bool = False) -> None:
        """Begin a transaction by this statement, together with the next one: without a turn of its own.

        `short`: it holds the write lock from there on, and none of its statements takes long.
        """
        self._beginning, self._is_short = statement, short

    def cursor(self) -> "SqliteCursor":  # type: ignore[override]  # the driver's own is made in the thread
        """A cursor."""
        return SqliteCursor(self)

    async def rollback(self) -> None:
        """Roll back, where there is something to roll back. That waits for nothing but a statement that still runs."""
        self._beginning = None
        if not self._is_idle:
            await super().rollback()
        elif self.in_transaction:
            self._conn.rollback()

    async def do(self, work: Callable[[sqlite3.Connection], None]) -> None:
        """Do something in the transaction that was to begin, which may wait for its lock: in the thread.

        What follows in a short transaction waits for nothing, and is done here.
        """
        if self._is_short and self._is_idle and self._beginning is None and self._conn.in_transaction:
            work(self._conn)
        else:
            await self._execute(self._do, self._conn, self._beginning, work)

    def _do(
        self, connection: sqlite3.Connection, beginning: str | None, work: Callable[[sqlite3.Connection], None]
    ) -> None:
        if beginning:
            connection.execute(beginning)
            self._beginning = None
        work(connection)

    async def _execute(self, fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        # A task that is cancelled does not wait for its statement, which may begin a transaction yet.
        self._is_idle = False
        result = await super()._execute(fn, *args, **kwargs)  # type: ignore[no-untyped-call]
        self._is_idle = True
        return result


class SqliteCursor:
    """What SQLAlchemy asks of a cursor, and no more."""

    def __init__(self, connection: SqliteConnection) -> None:
        self._connection = connection
        self._rows: Sequence[Any] = ()
        self.description: Any = None
        self.rowcount = -1
        self.lastrowid: int | None = None

    async def __aenter__(self) -> Self:
        return self

    async def execute(self, statement: str, parameters: Sequence[Any] = ()) -> None:
        """Execute a statement, and fetch its rows."""
        await self._connection.do(lambda connection: self._take(connection.execute(statement, parameters)))

    async def executemany(self, statement: str, parameters: Sequence[Sequence[Any]]) -> None:
        """Execute a statement for each row of parameters."""
        await self._connection.do(lambda connection: self._take(connection.executemany(statement, parameters)))

    async def fetchall(self) -> Sequence[Any]:
        """All rows."""
        return self._rows

    async def close(self) -> None:
        """Nothing is left to close."""

    def _take(self, cursor: sqlite3.Cursor) -> None:
        with closing(cursor):
            self.description, self._rows = cursor.description, cursor.fetchall()
            self.rowcount, self.lastrowid = cursor.rowcount, cursor.lastrowid


async def connect(path: str, kind: type[SqliteConnection] = SqliteConnection, **options: Any) -> SqliteConnection:
    """A connection to a file. By itself the driver would begin transactions too late: it begins none."""
    connection = kind(partial(sqlite3.connect, path, **options, isolation_level=None))
    await connection
    try:
        await connection.do(_set_up)
    except BaseException:
        await connection.close()  # or its thread would outlive the loop
        raise
    return connection


def _set_up(connection: sqlite3.Connection) -> None:
    for pragma in _PRAGMAS:
        connection.execute(pragma)

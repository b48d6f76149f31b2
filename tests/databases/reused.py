"""Databases of PostgreSQL that one test has after another: to put the rows back costs a fifteenth of a copy."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import count
from typing import Any, TypeVar

import asyncpg

from tests.databases.postgres import PostgresServer

T = TypeVar("T")

_MOST_USES = 40  # deleted rows stay in the files and slow every scan, so that a database is made anew then
_TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
_SEQUENCES = """
    SELECT format('%I', sequencename), coalesce(last_value, start_value), last_value IS NOT NULL
    FROM pg_sequences WHERE schemaname = 'public'
"""
# What a test may have changed beside rows: tables, columns, indexes, checks.
_SHAPE = """
    SELECT md5(string_agg(concat_ws(' ', relname, relkind, relnatts, relchecks, relhastriggers), ',' ORDER BY relname))
    FROM pg_class WHERE relnamespace = 'public'::regnamespace
"""
_CUT_OFF = """
    SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
# A replica's session checks no foreign key: tables may be emptied and filled in any order.
_EMPTY = """
    SET session_replication_role = replica;
    DO $$ DECLARE name text; BEGIN
        FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public'
        LOOP EXECUTE format('DELETE FROM %I', name); END LOOP;
    END $$
"""


@dataclass(frozen=True)
class _Kept:
    """What a template holds: its shape, the rows of each table that has any, and how far each sequence is."""

    shape: str
    rows: Mapping[str, Sequence[asyncpg.Record]]
    sequences: Sequence[tuple[str, int, bool]]


class ReusedDatabases:
    """Databases like a template, each one test's at a time; closed at the end.

    A connection to each is kept: PostgreSQL would take four times as long if it had to get to know the tables anew.
    """

    def __init__(self, server: PostgresServer, template: str) -> None:
        self._server, self._template = server, template
        self._numbers = count()
        self._free: list[tuple[str, int]] = []  # a name, and how often it was used
        self._kept: _Kept | None = None
        self._connections: dict[str, asyncpg.Connection] = {}
        self._loop = asyncio.new_event_loop()  # of the connections: it runs where one of them is used

    def lend(self) -> Iterator[str]:
        """Yield the address of a database that is as the template is; a fixture yields from this."""
        name, uses = self._free.pop() if self._free else (self._make(), 0)
        yield self._server.url(name)
        if uses < _MOST_USES and self._asked(name, self._put_back):
            self._free.append((name, uses + 1))
        else:
            self._connections.pop(name).terminate()
            self._server.drop(name)

    def close(self) -> None:
        """Close the connections."""
        for connection in self._connections.values():
            connection.terminate()
        self._run(asyncio.sleep(0))  # what is cut off is told so in the loop's next turn
        self._loop.close()

    def _make(self) -> str:
        name = f"{self._template}_{next(self._numbers)}"
        self._server.create(name, self._template)
        if self._kept is None:
            self._kept = self._asked(name, self._read)
        return name

    async def _read(self, connection: asyncpg.Connection) -> _Kept:
        tables = [table for [table] in await connection.fetch(_TABLES)]
        return _Kept(
            await connection.fetchval(_SHAPE),
            {table: rows for table in tables if (rows := await connection.fetch(f'TABLE "{table}"'))},
            [tuple(sequence) for sequence in await connection.fetch(_SEQUENCES)],
        )

    async def _put_back(self, connection: asyncpg.Connection) -> bool:
        """Make it as it was; False if more than its rows has changed."""
        assert self._kept is not None
        await connection.execute(_CUT_OFF)
        if await connection.fetchval(_SHAPE) != self._kept.shape:
            return False
        await connection.execute(_EMPTY)
        for table, rows in self._kept.rows.items():
            await connection.copy_records_to_table(table, records=rows)
        for sequence in self._kept.sequences:
            await connection.execute("SELECT setval($1::text::regclass, $2, $3)", *sequence)
        return True

    def _asked(self, name: str, ask: Callable[[asyncpg.Connection], Awaitable[T]]) -> T:
        """Ask something by the connection to a database, or by a new one where a test has cut that off."""

        async def asked() -> T:
            kept = self._connections.get(name)
            if kept is None or not await _answers(kept):
                folder = str(self._server.folder)
                self._connections[name] = await asyncpg.connect(host=folder, user="postgres", database=name)
            return await ask(self._connections[name])

        return self._run(asked())

    def _run(self, asked: Coroutine[Any, Any, T]) -> T:
        """Run the connections' loop until something is done, whether another loop is running here or not."""
        with ThreadPoolExecutor(1) as thread:
            return thread.submit(self._loop.run_until_complete, asked).result()


async def _answers(connection: asyncpg.Connection) -> bool:
    try:
        await connection.execute("SELECT")
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
        return False
    return True

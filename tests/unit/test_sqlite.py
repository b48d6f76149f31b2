"""The connections to SQLite: one turn of their thread a statement, and nothing begun that nobody ends.

What a test's connections without a thread do alike is tried on both.
"""

import asyncio
import contextlib
import sqlite3
import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from config.sqlite import SqliteConnection, connect
from tests.databases.sqlite import ThreadlessConnection, connect_at_ease
from tests.waiting import others_turn


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file with one table."""
    path = tmp_path / "a.db"
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE note (id INTEGER PRIMARY KEY, words TEXT)")
    return path


@pytest.fixture
async def connection(file: Path) -> AsyncIterator[SqliteConnection]:
    """A connection to it."""
    opened = await connect(str(file), check_same_thread=False)
    yield opened
    await opened.close()


@pytest.fixture(params=[SqliteConnection, ThreadlessConnection])
async def either_connection(file: Path, request: pytest.FixtureRequest) -> AsyncIterator[SqliteConnection]:
    """A connection to it, with a thread and without."""
    opened = await connect_at_ease(request.param, str(file), check_same_thread=False)
    yield opened
    await opened.close()


@pytest.fixture
def other_process(file: Path) -> Iterator[sqlite3.Connection]:
    """A connection of somebody else."""
    with contextlib.closing(sqlite3.connect(file, isolation_level=None)) as other:
        yield other


async def test_a_cursor_says_what_its_statement_did(either_connection: SqliteConnection) -> None:
    cursor = either_connection.cursor()
    await cursor.executemany("INSERT INTO note (words) VALUES (?)", [["a"], ["b"]])
    assert (cursor.rowcount, cursor.description, await cursor.fetchall()) == (2, None, [])
    await cursor.execute("INSERT INTO note (words) VALUES (?) RETURNING id", ["c"])
    assert (cursor.rowcount, cursor.lastrowid, await cursor.fetchall()) == (1, 3, [(3,)])
    await cursor.execute("SELECT id, words FROM note WHERE id > ?", [1])
    assert [name for name, *_ in cursor.description] == ["id", "words"]
    assert await cursor.fetchall() == [(2, "b"), (3, "c")]


async def test_a_transaction_that_began_after_its_task_was_cancelled_is_rolled_back(
    connection: SqliteConnection, other_process: sqlite3.Connection
) -> None:
    other_process.execute("BEGIN IMMEDIATE")
    beginning = asyncio.create_task(connection.cursor().execute("BEGIN IMMEDIATE"))
    await others_turn()  # it waits for the other's end
    beginning.cancel()
    rolling_back = asyncio.create_task(connection.rollback())
    await others_turn()
    other_process.execute("ROLLBACK")
    await rolling_back
    await connection.do(lambda _: None)  # its thread has done all that it was asked for
    assert not connection.in_transaction


async def test_a_transaction_begins_with_its_first_statement_and_only_once(either_connection: SqliteConnection) -> None:
    either_connection.begin("BEGIN IMMEDIATE")
    with pytest.raises(sqlite3.IntegrityError):
        await either_connection.cursor().execute("INSERT INTO note (id) VALUES (1), (1)")
    await either_connection.cursor().execute("INSERT INTO note (id) VALUES (2)")
    assert either_connection.in_transaction
    await either_connection.rollback()
    cursor = either_connection.cursor()
    await cursor.execute("SELECT count(*) FROM note")
    assert await cursor.fetchall() == [(0,)]


async def test_nothing_is_written_where_a_transaction_cannot_begin(
    connection: SqliteConnection, other_process: sqlite3.Connection
) -> None:
    await connection.cursor().execute("PRAGMA busy_timeout = 0")
    other_process.execute("BEGIN IMMEDIATE")
    connection.begin("BEGIN IMMEDIATE")
    for _ in range(2):
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            await connection.cursor().execute("INSERT INTO note (id) VALUES (1)")
    other_process.execute("ROLLBACK")
    await connection.cursor().execute("INSERT INTO note (id) VALUES (2)")
    await connection.rollback()
    assert other_process.execute("SELECT count(*) FROM note").fetchall() == [(0,)]


async def test_without_a_thread_whoever_waits_for_a_lock_does_not_keep_the_loop(file: Path) -> None:
    holding, waiting = [await connect_at_ease(ThreadlessConnection, str(file)) for _ in range(2)]
    await holding.cursor().execute("BEGIN IMMEDIATE")
    beginning = asyncio.create_task(waiting.cursor().execute("BEGIN IMMEDIATE"))
    for _ in range(3):
        await others_turn()
    assert not beginning.done()
    await holding.rollback()
    await beginning
    assert waiting.in_transaction
    for connection in (holding, waiting):
        await connection.close()


async def test_what_is_no_database_is_refused_as_it_opens(tmp_path: Path) -> None:
    (tmp_path / "a.db").write_bytes(b"no database at all, and long enough to be seen as none" * 20)
    with pytest.raises(sqlite3.DatabaseError, match="not a database"):
        await connect(str(tmp_path / "a.db"), check_same_thread=False)


async def test_after_the_first_statement_of_a_short_transaction_none_goes_to_the_thread(
    connection: SqliteConnection,
) -> None:
    connection.begin("BEGIN IMMEDIATE", short=True)
    assert not await is_done_here(connection)  # it may wait for the lock
    assert await is_done_here(connection)
    await connection.commit()
    assert not await is_done_here(connection)  # what is in no transaction waits for the lock and the disk
    connection.begin("BEGIN")  # for pages, which may read for long
    assert [await is_done_here(connection) for _ in range(2)] == [False, False]


async def test_a_statement_waits_for_the_one_before_that_nobody_awaits_any_more(connection: SqliteConnection) -> None:
    has_begun, may_end = threading.Event(), threading.Event()

    def take_long(_: sqlite3.Connection) -> None:
        has_begun.set()
        may_end.wait(30)

    connection.begin("BEGIN IMMEDIATE", short=True)
    first = asyncio.create_task(connection.do(take_long))
    await asyncio.to_thread(has_begun.wait, 30)
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    second = asyncio.create_task(is_done_here(connection))
    await others_turn()
    assert not second.done()
    may_end.set()
    assert not await second


async def is_done_here(connection: SqliteConnection) -> bool:
    """Whether what is done with a connection now is done in this thread."""
    threads: list[int] = []
    await connection.do(lambda _: threads.append(threading.get_ident()))
    return threads == [threading.get_ident()]


async def test_a_transaction_ends_without_the_thread_where_no_statement_runs(connection: SqliteConnection) -> None:
    connection.begin("BEGIN")
    await connection.do(lambda driver: driver.execute("SELECT 1").close())
    with pytest.raises(StopIteration):  # it is over before anything is awaited
        connection.rollback().send(None)
    assert not connection.in_transaction

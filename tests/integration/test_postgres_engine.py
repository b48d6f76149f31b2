"""The engine on PostgreSQL: what it is set to, what passes by itself, and what is told of a database that is away."""

import asyncio
import socket
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from config import wakeup
from config.database import (
    Sessions,
    is_away,
    make_engine,
    make_sessions,
    reading,
    transact,
    transaction,
    wait_as_a_write,
)
from config.pooler import Observed, keeps_sessions
from config.postgres import Servers
from jobs.timetable import TIMETABLE
from notifications.message import Channel
from service.use_cases.operations.watch_clock import database_skew
from tests.conftest import on_postgres
from tests.databases.postgres import PostgresServer, name_in, postgres_server


@pytest.fixture
def url(postgres: PostgresServer) -> Iterator[str]:
    """The address of a database with two rows that can be locked."""
    for address in on_postgres(postgres, "template0"):
        postgres.say("CREATE TABLE note (id int PRIMARY KEY, words text)", name_in(address))
        postgres.say("INSERT INTO note VALUES (1, ''), (2, '')", name_in(address))
        yield address


@pytest.fixture
async def sessions(url: str) -> AsyncIterator[Sessions]:
    """Sessions on it."""
    engine = make_engine(url)
    yield make_sessions(engine)
    await engine.dispose()


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("synchronous_commit", "on"),
        ("TimeZone", "UTC"),
        ("statement_timeout", "20s"),
        ("lock_timeout", "10s"),
        ("idle_in_transaction_session_timeout", "30s"),
        ("transaction_isolation", "read committed"),
    ],
)
async def test_a_connection_is_set_to_keep_what_it_was_told_and_to_give_up(
    sessions: Sessions, setting: str, value: str
) -> None:
    async with reading(sessions) as session:
        assert await session.scalar(text(f"SHOW {setting}")) == value


async def test_a_migration_may_take_its_time(url: str) -> None:
    engine = make_engine(url, patient=True)
    async with engine.connect() as connection:
        assert await connection.scalar(text("SHOW statement_timeout")) == "0"
    await engine.dispose()


@dataclass
class Readings:
    """A clock that gives these moments, one after the other."""

    moments: list[datetime]

    def now(self) -> datetime:
        """The next of them."""
        return self.moments.pop(0)


@pytest.mark.parametrize(("before", "after", "ahead"), [(-60, 60, 0), (-120, -60, 60), (60, 120, -60)])
async def test_an_answer_that_has_waited_is_no_difference_of_the_clocks(
    sessions: Sessions, before: float, after: float, ahead: float
) -> None:
    async with reading(sessions) as session:
        now: datetime = (await session.execute(text("SELECT clock_timestamp()"))).scalar_one()
        clock = Readings([now + timedelta(minutes=before), now + timedelta(minutes=after)])
        skew = await database_skew(session, clock)
    assert abs(skew - timedelta(minutes=ahead)) < timedelta(minutes=30)


async def test_a_commit_can_wait_as_a_write_where_nothing_is_written(sessions: Sessions) -> None:
    written = text("SELECT pg_current_xact_id_if_assigned() IS NOT NULL")
    async with transaction(sessions) as session:
        assert not await session.scalar(written)
        await wait_as_a_write(session)
        assert await session.scalar(written)


async def test_a_server_that_answers_nothing_leaves_the_next_one_its_time(postgres: PostgresServer, url: str) -> None:
    with tempfile.TemporaryDirectory(prefix="planwatch-") as folder, socket.socket(socket.AF_UNIX) as silent:
        silent.bind(f"{folder}/.s.PGSQL.5432")
        silent.listen()
        servers = Servers({"jit": "off"})
        options = {"host": [folder, str(postgres.folder)], "port": [5432, 5432], "user": "postgres", "timeout": 1.0}
        for _ in range(2):
            connection = await servers.connect(**options, database=name_in(url))
            assert await connection.fetchval("SELECT count(*) FROM note") == 2
            connection.terminate()
        silent.accept()[0].close()
        silent.setblocking(False)
        with pytest.raises(BlockingIOError):  # whoever took us last is asked first
            silent.accept()


async def test_a_connection_to_the_server_itself_keeps_its_session(url: str) -> None:
    assert await keeps_sessions(url)


@pytest.mark.parametrize(
    ("seen", "keeps"),
    [
        (Observed([7, 7, 7], 8, heard=True), True),
        (Observed([7, 8, 7], 9, heard=True), False),  # served by two processes
        (Observed([7, 7, 7], 7, heard=True), False),  # by one that served the other meanwhile
        (Observed([7, 7, 7], 8, heard=False), False),  # what it listens for goes elsewhere
    ],
)
def test_a_session_is_kept_where_nobody_else_gets_it_and_what_it_listens_for_comes(seen: Observed, keeps: bool) -> None:
    assert seen.keeps_sessions is keeps


async def test_two_who_wait_for_each_other_both_come_to_their_end(sessions: Sessions) -> None:
    both_have_one = asyncio.Barrier(2)
    met: list[int] = []
    add = text("UPDATE note SET words = words || CAST(:writer AS text) WHERE id = :note")

    async def write(first: int, second: int) -> None:
        async def work(session: AsyncSession) -> None:
            await session.execute(add, {"writer": str(first), "note": first})
            if first not in met:  # the second time the other is not in the way any more
                met.append(first)
                await both_have_one.wait()
            await session.execute(add, {"writer": str(first), "note": second})

        await transact(sessions, work)

    await asyncio.gather(write(1, 2), write(2, 1))
    async with reading(sessions) as session:
        found = (await session.scalars(text("SELECT words FROM note ORDER BY id"))).all()
    assert [sorted(words) for words in found] == [["1", "2"], ["1", "2"]]


async def test_a_statement_whose_table_was_altered_meanwhile_is_asked_anew(sessions: Sessions, url: str) -> None:
    async def words(session: AsyncSession) -> object:
        return (await session.execute(text("SELECT * FROM note ORDER BY id"))).first()

    await transact(sessions, words)
    engine = make_engine(url, patient=True)
    async with engine.begin() as connection:
        await connection.execute(text("ALTER TABLE note ADD COLUMN more int DEFAULT 7"))
    await engine.dispose()
    assert await transact(sessions, words) == (1, "", 7)


async def test_what_is_wrong_in_itself_is_not_tried_again(sessions: Sessions) -> None:
    tries = 0

    async def work(session: AsyncSession) -> None:
        nonlocal tries
        tries += 1
        await session.execute(text("SELECT 1 / 0"))

    with pytest.raises(DBAPIError) as caught:
        await transact(sessions, work)
    assert (tries, is_away(caught.value)) == (1, False)


async def test_a_connection_that_is_cut_is_the_databases_trouble_and_the_next_one_holds(sessions: Sessions) -> None:
    async with reading(sessions) as session:
        own = await session.scalar(text("SELECT pg_backend_pid()"))
        async with transaction(sessions) as other:
            await other.execute(text(f"SELECT pg_terminate_backend({own})"))
        with pytest.raises(DBAPIError) as caught:
            await session.execute(text("SELECT 1"))
    assert is_away(caught.value)
    async with reading(sessions) as session:
        assert await session.scalar(text("SELECT 1")) == 1


@dataclass(frozen=True)
class Cut:
    """A session, and ways in which the server ends its connection."""

    session: AsyncSession
    postgres: PostgresServer

    async def in_a_statement(self) -> None:
        """While it waits for an answer."""
        await self.session.execute(text("SELECT pg_terminate_backend(pg_backend_pid()), pg_sleep(5)"))

    async def before_the_commit(self) -> None:
        """While it says nothing; what it says next is COMMIT."""
        await self._by_another(await self.session.scalar(text("SELECT pg_backend_pid()")))

    async def in_a_part_that_fails(self) -> None:
        """Within a savepoint, in which something else goes wrong."""
        async with self.session.begin_nested():
            await self.before_the_commit()
            raise KeyError

    async def while_it_talks(self) -> None:
        """At any point of one statement after another: mostly the driver takes it for a fault of its own."""
        cut = asyncio.create_task(self._by_another(await self.session.scalar(text("SELECT pg_backend_pid()"))))
        while True:
            await self.session.execute(text("SELECT 1"))
            assert not (cut.done() and cut.exception())

    async def _by_another(self, pid: object) -> None:
        await asyncio.to_thread(self.postgres.say, f"SELECT pg_terminate_backend({pid})")


@pytest.mark.parametrize(
    ("way", "times"),
    [(Cut.in_a_statement, 1), (Cut.before_the_commit, 1), (Cut.in_a_part_that_fails, 1), (Cut.while_it_talks, 10)],
)
async def test_however_a_connection_is_cut_it_is_the_databases_trouble(
    sessions: Sessions, postgres: PostgresServer, way: Callable[[Cut], Awaitable[None]], times: int
) -> None:
    for _ in range(times):
        with pytest.raises(DBAPIError) as caught:
            async with transaction(sessions) as session:
                await way(Cut(session, postgres))
        assert is_away(caught.value)


async def test_to_a_server_that_only_reads_nothing_is_entrusted(postgres: PostgresServer, url: str) -> None:
    postgres.say(f'ALTER DATABASE "{name_in(url)}" SET default_transaction_read_only = on')
    engine = make_engine(url)
    with pytest.raises(DBAPIError) as caught:
        async with reading(make_sessions(engine)):
            pass
    await engine.dispose()
    assert is_away(caught.value)
    assert "standby" in str(caught.value)


async def test_killed_and_started_again_it_is_there_again_for_the_same_engine() -> None:
    with postgres_server(durable=True) as server:
        engine = make_engine(server.url("postgres"))
        sessions = make_sessions(engine)
        async with transaction(sessions) as session:
            await session.execute(text("CREATE TABLE kept (id int)"))
        server.kill()
        with pytest.raises(DBAPIError) as caught:
            async with reading(sessions) as session:
                await session.execute(text("SELECT 1"))
        assert is_away(caught.value)
        await asyncio.to_thread(server.start)
        async with reading(sessions) as session:
            assert await session.scalar(text("SELECT count(*) FROM kept")) == 0
        await engine.dispose()


async def test_where_nobody_listens_it_says_so_in_words_of_the_database(tmp_path: Path) -> None:
    engine = make_engine(f"postgresql+asyncpg://postgres@/x?host={tmp_path}")
    with pytest.raises(DBAPIError) as caught:
        async with transaction(make_sessions(engine)):
            pass
    assert is_away(caught.value)


def test_there_are_connections_for_every_tick_with_its_lease_and_for_requests(url: str) -> None:
    pool = make_engine(url).sync_engine.pool
    lanes = [tick for tick in TIMETABLE if any(channel.value in tick.name for channel in Channel)]
    assert len(lanes) > 4
    assert len(TIMETABLE) + len(lanes) < pool.size() + pool._max_overflow  # type: ignore[attr-defined]


async def test_the_bell_is_heard_when_it_is_committed_and_not_before(sessions: Sessions, url: str) -> None:
    engine, heard = make_engine(url), asyncio.Event()
    listener = asyncio.create_task(wakeup.listen(engine, heard.set))
    await heard.wait()  # it listens now
    heard.clear()
    async with transaction(sessions) as session:
        await wakeup.send(session)
        async with reading(sessions) as other:
            await other.execute(text("SELECT pg_sleep(0.1)"))
        assert not heard.is_set()
    await heard.wait()
    listener.cancel()
    await engine.dispose()


async def test_a_listener_that_was_cut_off_listens_again(sessions: Sessions, url: str) -> None:
    engine, heard = make_engine(url), asyncio.Event()
    listener = asyncio.create_task(wakeup.listen(engine, heard.set))
    await heard.wait()
    heard.clear()
    async with reading(sessions) as session:
        cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'"
        assert await session.scalar(text(cut))
    await heard.wait()
    listener.cancel()
    await engine.dispose()

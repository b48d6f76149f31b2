"""DiskReserve: really there, let go of once, made again when there is room; and what else a disk can do."""

import contextlib
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from config.database import make_engine, sqlite_file
from config.disk import watch_disk
from config.disk_reserve import DiskReserve

SIZE = 1024 * 1024


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[AsyncEngine]:
    """A database in which a hundred pages find room."""
    made = make_engine(f"sqlite+aiosqlite:///{tmp_path}/a.db")
    event.listen(made.sync_engine, "connect", lambda raw, _: raw.execute("PRAGMA max_page_count = 100").close())
    yield made
    await made.dispose()


async def fill(engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        await connection.execute(text("CREATE TABLE IF NOT EXISTS t (x)"))
        await connection.execute(text("INSERT INTO t VALUES (zeroblob(1000000))"))


def test_it_takes_the_room_that_it_keeps(tmp_path: Path) -> None:
    disk_reserve = DiskReserve(tmp_path / "a.db", SIZE)
    assert disk_reserve.make()
    found = (tmp_path / "a.db.ballast").stat()
    assert (found.st_size, found.st_blocks * 512 >= SIZE, found.st_mode & 0o777) == (SIZE, True, 0o600)


def test_it_is_let_go_of_once_and_missed_until_it_is_made_again(tmp_path: Path) -> None:
    disk_reserve = DiskReserve(tmp_path / "a.db", SIZE)
    assert (disk_reserve.short_of_room, disk_reserve.make(), disk_reserve.short_of_room) == (False, True, False)
    assert (disk_reserve.release(), disk_reserve.release(), disk_reserve.short_of_room) == (True, False, True)
    assert (disk_reserve.make(), disk_reserve.short_of_room) == (True, False)


def test_it_is_not_made_out_of_the_last_room(tmp_path: Path) -> None:
    disk_reserve = DiskReserve(tmp_path / "a.db", 2**60)
    assert (disk_reserve.make(), disk_reserve.short_of_room, list(tmp_path.iterdir())) == (False, True, [])


def test_where_the_database_is_elsewhere_none_is_kept() -> None:
    disk_reserve = DiskReserve(sqlite_file("postgresql+asyncpg://planwatch@localhost/planwatch"))
    assert (disk_reserve.make(), disk_reserve.short_of_room, disk_reserve.release()) == (True, False, False)


async def test_a_full_disk_costs_the_disk_reserve(tmp_path: Path, engine: AsyncEngine) -> None:
    disk_reserve = DiskReserve(tmp_path / "a.db", SIZE)
    disk_reserve.make()
    watch_disk(engine, disk_reserve)
    with pytest.raises(DBAPIError, match="full"):
        await fill(engine)
    assert disk_reserve.short_of_room


async def test_another_fault_does_not(tmp_path: Path, engine: AsyncEngine) -> None:
    disk_reserve = DiskReserve(tmp_path / "a.db", SIZE)
    disk_reserve.make()
    watch_disk(engine, disk_reserve)
    async with engine.connect() as connection:
        with pytest.raises(DBAPIError, match="no such table"):
            await connection.execute(text("SELECT * FROM nowhere"))
    assert not disk_reserve.short_of_room


@pytest.mark.parametrize(
    ("code", "ended"),
    [(sqlite3.SQLITE_IOERR_FSYNC, 1), (sqlite3.SQLITE_IOERR_DIR_FSYNC, 1), (sqlite3.SQLITE_IOERR_READ, 0)],
)
async def test_what_was_not_brought_to_disk_ends_the_process(engine: AsyncEngine, code: int, ended: int) -> None:
    ends: list[None] = []
    watch_disk(engine, DiskReserve(None), lambda: ends.append(None))

    @event.listens_for(engine.sync_engine, "do_execute")
    def fails(*_: object) -> None:
        error = sqlite3.OperationalError("disk I/O error")
        error.sqlite_errorcode = code
        raise error

    with contextlib.suppress(DBAPIError):
        await fill(engine)
    assert len(ends) >= ended
    assert bool(ends) == bool(ended)

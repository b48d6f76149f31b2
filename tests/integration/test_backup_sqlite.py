"""Backups of SQLite: taken while others write, whole or not at all, refused when touched, and held when put back."""

import asyncio
import contextlib
import shutil
import sqlite3
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from service.backups import package, sqlite
from service.backups.package import BackupError
from tests.integration.service_process import COMMAND, Places, running
from tests.waiting import until

NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
# Rows that belong together: a copy that is not of one moment holds one without the other.
WRITER = """
import pathlib, sqlite3, sys
database = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=600)
n = 0
while not pathlib.Path(sys.argv[1] + ".enough").exists():
    n += 1
    database.execute("BEGIN IMMEDIATE")
    for side in "ab":
        key = f"{sys.argv[2]}/{n}/{side}"
        database.execute(
            "INSERT INTO problem (key, authority, at, code, detail) VALUES (?, '', '2026-01-01 00:00:00', 'x', ?)",
            (key, "y" * 500),
        )
    database.execute("COMMIT")
"""


@pytest.fixture
def places(tmp_path: Path, migrated_file: Path) -> Places:
    """A folder with a database."""
    shutil.copy(migrated_file, tmp_path / "planwatch.db")
    execute(
        Places(tmp_path),
        "INSERT INTO problem (key, authority, at, code, detail) VALUES ('first', '', '2026-01-01 00:00:00', 'x', 'y')",
    )
    return Places(tmp_path)


def database(places: Places) -> Path:
    return places.folder / "planwatch.db"


def execute(places: Places, statement: str) -> None:
    with contextlib.closing(sqlite3.connect(database(places), timeout=600)) as opened:
        opened.execute(statement)
        opened.commit()


def enough(places: Places) -> None:
    """The writers stop."""
    Path(f"{database(places)}.enough").touch()


def back_up(places: Places, name: str = "b") -> Path:
    file = places.folder / name
    sqlite.back_up(database(places), file, NOW, lambda done, of: None)
    return file


async def restore(places: Places, file: Path, now: datetime = NOW, *, replace: bool = False) -> Path | None:
    label = package.verify(file, lambda done, of: None)
    return await sqlite.restore(file, label, database(places), now, replace=replace)


async def refused(places: Places, file: Path, now: datetime = NOW, *, replace: bool = True) -> str:
    """What is said where a backup is not put back; the database is as it was."""
    before = problems(places)
    with pytest.raises(BackupError) as raised:
        await restore(places, file, now, replace=replace)
    assert (problems(places), left_behind(places)) == (before, [])
    return str(raised.value)


def problems(places: Places) -> set[str]:
    return {str(key) for (key,) in places.rows("SELECT key FROM problem")}


def left_behind(places: Places) -> list[str]:
    return [path.name for path in places.folder.glob(".planwatch-*")]


async def test_what_is_put_back_is_what_was_there_and_it_is_held(places: Places) -> None:
    assert (await places.run("backup", "b"))[0] == 0
    database(places).unlink()
    status, out, _ = await places.run("restore", "b")
    assert (status, problems(places)) == (0, {"first"})
    assert places.rows("SELECT kind, cause, ended_at FROM interruption") == [("hold", "restored", None)]
    assert "planwatch release" in out


def test_a_backup_is_for_nobody_elses_eyes(places: Places) -> None:
    assert back_up(places).stat().st_mode & 0o777 == 0o600
    assert left_behind(places) == []


def test_what_is_written_but_not_checkpointed_is_in_it(places: Places) -> None:
    with contextlib.closing(sqlite3.connect(database(places))) as opened:
        opened.execute("PRAGMA wal_autocheckpoint = 0")
        opened.execute(
            "INSERT INTO problem (key, authority, at, code, detail) VALUES ('k', '', '2026-01-01 00:00:00', 'x', 'y')"
        )
        opened.commit()
        package.unpack(back_up(places), places.folder / "copy.db")
    with contextlib.closing(sqlite3.connect(places.folder / "copy.db")) as copy:
        assert copy.execute("SELECT key FROM problem ORDER BY key").fetchall() == [("first",), ("k",)]


async def test_it_is_of_one_moment_while_sixteen_write(places: Places) -> None:
    write = [sys.executable, "-S", "-c", WRITER, str(database(places))]
    writers = [await asyncio.create_subprocess_exec(*write, str(number)) for number in range(16)]
    await until(lambda: len({key.split("/")[0] for key in problems(places)}) == 17)
    before = problems(places)
    file = back_up(places)
    after = problems(places)
    enough(places)
    assert [await writer.wait() for writer in writers] == [0] * 16
    await restore(places, file, replace=True)
    found = problems(places)
    assert before <= found <= after
    assert {key for key in found if key.endswith("b")} == {key[:-1] + "b" for key in found if key.endswith("a")}


async def test_killed_in_the_middle_the_one_before_is_whole_and_the_next_cleans_up(places: Places) -> None:
    before = back_up(places).read_bytes()
    execute(
        places,
        "INSERT INTO problem (key, authority, at, code, detail)"
        " VALUES ('big', '', '2026-01-01 00:00:00', 'x', hex(randomblob(30000000)))",
    )
    process = await asyncio.create_subprocess_exec(*COMMAND, "backup", "b", cwd=places.folder, env=places.environment)
    await until(lambda: left_behind(places) != [])
    process.kill()
    await process.wait()
    file = places.folder / "b"
    assert (len(left_behind(places)), file.read_bytes() == before) == (1, True)
    package.verify(file, lambda done, of: None)
    assert back_up(places).stat().st_size > 30_000_000
    assert left_behind(places) == []


async def test_a_single_byte_that_differs_is_refused_wherever_it_stands(places: Places) -> None:
    whole = back_up(places).read_bytes()
    touched = places.folder / "t"
    for place in (0, 30, 90, 150, len(whole) // 2, len(whole) - 1):
        other = bytearray(whole)
        other[place] ^= 1
        touched.write_bytes(other)
        assert "backup" in await refused(places, touched)


@pytest.mark.parametrize("left", [0, 50, 5000])
async def test_one_that_was_cut_off_is_refused(places: Places, left: int) -> None:
    file = back_up(places)
    file.write_bytes(file.read_bytes()[:left])
    assert "backup" in await refused(places, file)


async def test_a_database_is_not_overwritten_unasked_and_is_kept_when_it_is(places: Places) -> None:
    file = back_up(places)
    execute(places, "DELETE FROM problem")
    assert "--replace" in await refused(places, file, replace=False)
    kept = await restore(places, file, replace=True)
    assert (kept, problems(places)) == (places.folder / "planwatch.db.replaced-20260105T090000Z", {"first"})
    with contextlib.closing(sqlite3.connect(str(kept))) as old:
        assert old.execute("SELECT count(*) FROM problem").fetchone() == (0,)


async def test_nothing_is_put_back_under_a_service_at_work(places: Places) -> None:
    file = back_up(places)
    async with running(places) as service:
        assert "stop every planwatch" in await refused(places, file, NOW + timedelta(days=9999))
        assert await service.stop() == 0


@pytest.mark.parametrize(("ago", "goes"), [(50, False), (70, True)])
async def test_a_process_that_was_seen_in_the_last_minute_is_at_work(places: Places, ago: int, goes: bool) -> None:
    file = back_up(places)
    seen = f"{NOW - timedelta(seconds=ago):%Y-%m-%d %H:%M:%S.%f}"
    columns = "id, kind, started_at, seen_at"
    execute(places, f"INSERT INTO process ({columns}) VALUES ('elsewhere:1', 'work', '{seen}', '{seen}')")  # noqa: S608
    if goes:
        assert await restore(places, file, replace=True)
    else:
        assert "a process was at work" in await refused(places, file)


async def test_a_damaged_database_can_be_replaced_and_is_kept_too(places: Places) -> None:
    file = back_up(places)
    database(places).write_bytes(b"no database at all" * 1000)
    kept = await restore(places, file, replace=True)
    assert (problems(places), str(kept and kept.read_bytes()[:11])) == ({"first"}, "b'no database'")


def test_a_damaged_database_does_not_take_the_place_of_a_good_backup(places: Places) -> None:
    file = back_up(places)
    before, damaged = file.read_bytes(), bytearray(database(places).read_bytes())
    damaged[8192:24576] = b"x" * 16384
    database(places).write_bytes(damaged)
    with pytest.raises(BackupError):
        back_up(places)
    assert file.read_bytes() == before


async def test_a_backup_of_a_newer_planwatch_is_refused(places: Places) -> None:
    execute(places, "UPDATE alembic_version SET version_num = '9999'")
    assert "newer" in await refused(places, back_up(places))


async def test_a_folder_keeps_the_newest(places: Places) -> None:
    folder = places.folder / "backups"
    folder.mkdir()
    for day in ("01", "02", "03"):
        (folder / f"planwatch-202601{day}T000000Z.backup").touch()
    (folder / "notes").touch()
    assert (await places.run("backup", "backups", "--keep", "2"))[0] == 0
    names = sorted(path.name for path in folder.iterdir())
    assert (len(names), names[0], names[1]) == (3, "notes", "planwatch-20260103T000000Z.backup")


async def test_where_there_is_no_database_it_says_so(tmp_path: Path) -> None:
    status, _, err = await Places(tmp_path).run("backup", "b")
    assert (status, "PLANWATCH_DATABASE_URL" in err, (tmp_path / "b").exists()) == (2, True, False)

"""Backups of PostgreSQL: by its own programs, whole or not at all, kept apart from what was there, and held."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from service.backups import package, postgresql
from service.backups.package import BackupError
from tests.conftest import on_postgres
from tests.databases.postgres import PostgresServer

NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
ROW = "INSERT INTO problem (key, authority, at, code, detail) VALUES ('{}', '', '2026-01-01 00:00:00+00', 'x', 'y')"


@pytest.fixture
def programs(postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """PostgreSQL's own programs are where a shell would find them."""
    monkeypatch.setenv("PATH", str(postgres.programs))


@pytest.fixture
def url(postgres: PostgresServer) -> Iterator[str]:
    """A database with one problem."""
    for made in on_postgres(postgres, "planwatch_template"):
        say(postgres, made, ROW.format("first"))
        yield made


def say(server: PostgresServer, url: str, statement: str) -> list[tuple[object, ...]]:
    return [tuple(row) for row in server.say(statement, str(make_url(url).database))]


async def said(server: PostgresServer, url: str, statement: str) -> list[tuple[object, ...]]:
    return await asyncio.to_thread(say, server, url, statement)


async def back_up(url: str, folder: Path) -> Path:
    await postgresql.back_up(url, folder / "b", NOW, lambda done, of: None)
    return folder / "b"


async def restore(file: Path, url: str, *, replace: bool = True, now: datetime = NOW) -> str | None:
    label = package.verify(file, lambda done, of: None)
    return await postgresql.restore(file, label, url, now, replace=replace)


@pytest.mark.usefixtures("programs")
async def test_what_is_put_back_is_what_was_there_and_held_and_the_old_is_kept(
    postgres: PostgresServer, url: str, tmp_path: Path
) -> None:
    file = await back_up(url, tmp_path)
    await said(postgres, url, ROW.format("second"))
    kept = await restore(file, url)
    assert kept == "replaced_20260105t090000z"
    assert await said(postgres, url, "SELECT key FROM problem") == [("first",)]
    assert await said(postgres, url, "SELECT kind, cause, ended_at FROM interruption") == [("hold", "restored", None)]
    assert len(await said(postgres, url, f"SELECT key FROM {kept}.problem")) == 2  # noqa: S608 - a name of ours
    assert await said(postgres, url, "INSERT INTO interruption (kind, cause, reason, by, since) "
                                     "VALUES ('pause', 'person', 'r', 'b', now()) RETURNING id") == [(2,)]  # fmt: skip


@pytest.mark.usefixtures("programs")
async def test_it_goes_into_an_empty_database_too_and_backs_up_again_alone(
    postgres: PostgresServer, url: str, tmp_path: Path
) -> None:
    file = await back_up(url, tmp_path)
    for fresh in await asyncio.to_thread(lambda: list(_fresh(postgres))):
        assert await restore(file, fresh, replace=False) is None
        assert await said(postgres, fresh, "SELECT key FROM problem") == [("first",)]
        await restore(await back_up(fresh, tmp_path), fresh)
        held = await said(postgres, fresh, "SELECT count(*) FROM interruption")
        assert held == [(2,)]


def _fresh(server: PostgresServer) -> Iterator[str]:
    yield server.create("test_restored_into")


@pytest.mark.usefixtures("programs")
async def test_a_database_is_not_overwritten_unasked(postgres: PostgresServer, url: str, tmp_path: Path) -> None:
    file = await back_up(url, tmp_path)
    with pytest.raises(BackupError, match="--replace"):
        await restore(file, url, replace=False)


@pytest.mark.usefixtures("programs")
async def test_nothing_is_put_back_under_a_process_at_work(postgres: PostgresServer, url: str, tmp_path: Path) -> None:
    file = await back_up(url, tmp_path)
    seen = f"{NOW - timedelta(seconds=50):%Y-%m-%d %H:%M:%S+00}"
    await said(postgres, url, f"INSERT INTO process VALUES ('a:1', 'work', '{seen}', '{seen}')")  # noqa: S608
    with pytest.raises(BackupError, match="at work"):
        await restore(file, url)
    assert await restore(file, url, now=NOW + timedelta(seconds=30))


@pytest.mark.usefixtures("programs")
async def test_what_cannot_be_put_back_whole_changes_nothing(
    postgres: PostgresServer, url: str, tmp_path: Path
) -> None:
    file = await back_up(url, tmp_path)
    label = package.read_label(file)
    dump = b"".join(package.content(file))
    package.write(tmp_path / "half", label, [dump[: len(dump) * 3 // 4]])
    with pytest.raises(BackupError, match="nothing was changed"):
        await restore(tmp_path / "half", url)
    assert await said(postgres, url, "SELECT key FROM problem") == [("first",)]
    assert await said(postgres, url, "SELECT nspname FROM pg_namespace WHERE nspname LIKE 'replaced%'") == []


async def test_without_postgresqls_programs_it_says_what_to_install(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BackupError, match="postgresql-client"):
        await back_up(url, tmp_path)
    assert not (tmp_path / "b").exists()

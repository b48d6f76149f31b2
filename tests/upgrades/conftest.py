"""A database as an older version left it, on SQLite and on PostgreSQL, and the service upon it after the upgrade."""

from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from cli import database
from tests.conftest import on_postgres
from tests.databases.postgres import PostgresServer, apart
from tests.databases.reused import ReusedDatabases
from tests.databases.sqlite import address_of, copy_of
from tests.upgrades.older import restore, unpacked
from tests.upgrades.restart import restarted
from tests.world import World

_TEMPLATE = "planwatch_of_before"
_UPGRADED = "planwatch_upgraded"


@pytest.fixture(scope="session")
def postgres_of_before(postgres: PostgresServer) -> PostgresServer:
    """A server with the older version's database on it, to copy."""
    postgres.create(_TEMPLATE)
    apart(partial(restore, postgres, _TEMPLATE))
    return postgres


@pytest.fixture
def database_of_before(request: pytest.FixtureRequest, backend: str, tmp_path: Path) -> Iterator[str]:
    """The address of a copy of the older version's database."""
    if backend == "sqlite":
        (tmp_path / "planwatch.db").write_bytes(unpacked("planwatch.sqlite3.gz"))
        yield f"sqlite+aiosqlite:///{tmp_path}/planwatch.db"
    else:
        yield from on_postgres(request.getfixturevalue("postgres_of_before"), _TEMPLATE)


@pytest.fixture(scope="session")
def upgraded_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The older version's file of SQLite after `planwatch db upgrade`, to copy."""
    file = tmp_path_factory.mktemp("upgraded") / "planwatch.db"
    file.write_bytes(unpacked("planwatch.sqlite3.gz"))
    _upgrade(address_of(file), file.parent)
    return file


@pytest.fixture(scope="session")
def upgraded_databases(
    postgres_of_before: PostgresServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ReusedDatabases]:
    """Databases like the older version's after `planwatch db upgrade`."""
    _upgrade(postgres_of_before.create(_UPGRADED, _TEMPLATE), tmp_path_factory.mktemp("upgraded"))
    with closing(ReusedDatabases(postgres_of_before, _UPGRADED)) as databases:
        yield databases


@pytest.fixture
def upgraded(request: pytest.FixtureRequest, backend: str, tmp_path: Path) -> Iterator[str]:
    """The address of an upgraded database."""
    if backend == "sqlite":
        yield copy_of(request.getfixturevalue("upgraded_file"), tmp_path)
    else:
        yield from request.getfixturevalue("upgraded_databases").lend()


@pytest.fixture
async def world(upgraded: str) -> AsyncIterator[World]:
    """The service, started on the upgraded database some minutes after the older version was stopped."""
    async with restarted(upgraded) as started:
        yield started


def _upgrade(url: str, folder: Path) -> None:
    with pytest.MonkeyPatch.context() as environment, ThreadPoolExecutor(1) as thread:
        environment.chdir(folder)
        environment.setenv("PLANWATCH_DATABASE_URL", url)
        thread.submit(database.upgrade).result()  # the command runs a loop of its own

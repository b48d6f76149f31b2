"""The databases: a test that asks for one runs on SQLite and on PostgreSQL."""

import shutil
import uuid
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from config.database import make_engine
from service.store import schema
from tests.databases.postgres import PostgresServer, apart, postgres_server

BOTH = ("sqlite", "postgresql")
_TEMPLATE = "planwatch_template"


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """One server for all tests of this process, with a database to copy."""
    with postgres_server() as server:
        apart(partial(migrate, server.create(_TEMPLATE)))
        yield server


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of SQLite to copy."""
    file = tmp_path_factory.mktemp("migrated") / "planwatch.db"
    apart(partial(migrate, f"sqlite+aiosqlite:///{file}"))
    return file


@pytest.fixture(params=BOTH)
def database(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of a new database that is up to date and holds nothing."""
    monkeypatch.chdir(tmp_path)  # how far a database has come is remembered in a folder of the place of work
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("migrated_file"), tmp_path / "planwatch.db")
        yield f"sqlite+aiosqlite:///{tmp_path}/planwatch.db"
    else:
        yield from migrated_on_postgres(request.getfixturevalue("postgres"))


@pytest.fixture(params=BOTH)
def empty_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a new database without tables."""
    if request.param == "sqlite":
        yield f"sqlite+aiosqlite:///{tmp_path}/empty.db"
    else:
        yield from on_postgres(request.getfixturevalue("postgres"), "template0")


def migrated_on_postgres(server: PostgresServer) -> Iterator[str]:
    """A database that is up to date and holds nothing, and is taken away again."""
    return on_postgres(server, _TEMPLATE)


def on_postgres(server: PostgresServer, template: str) -> Iterator[str]:
    """A database that is taken away again."""
    name = f"test_{uuid.uuid4().hex}"
    yield server.create(name, template)
    server.drop(name)


async def migrate(url: str) -> None:
    """Bring a database up to date."""
    engine = make_engine(url)
    await schema.upgrade(engine)
    await engine.dispose()

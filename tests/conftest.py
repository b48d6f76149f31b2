"""The databases: a test that asks for one runs on SQLite and on PostgreSQL."""

import gc
import os
import shutil
import uuid
import zlib
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest
import structlog
from hypothesis import HealthCheck, settings

from tests.databases.compiled import keep_compiled_statements
from tests.databases.postgres import PostgresServer, apart, postgres_server
from tests.databases.reused import ReusedDatabases
from tests.databases.sqlite import address_of, copy_of, migrate, migrated
from tests.examples import IS_NIGHTLY
from tests.world import staff

# With every change the same examples: what is red then is the change's own doing, and red again when it is run again.
# A busy machine is only slow: it is neither late with an example nor too slow in making one.
settings.register_profile(
    "planwatch", derandomize=not IS_NIGHTLY, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("planwatch")

keep_compiled_statements()

gc.disable()  # what is imported and collected stays: to go through it again and again takes seconds

# Where a test sets no logs up, a fault shows its frames, and not the values in them: to print those takes seconds.
structlog.configure(
    processors=[
        *structlog.get_config()["processors"][:-1],
        structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback),
    ]
)

BOTH = ("sqlite", "postgresql")
_FOR_BOTH = ("both_databases", "faults", "faults_small")
_TEMPLATE = "planwatch_template"
_STAFFED = "planwatch_staffed"
_GARBAGE = 200_000  # objects until it is collected: a test leaves little, and the caches of a process are much


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """One server for all tests of this process, with a database to copy."""
    with postgres_server() as server:
        apart(partial(migrate, server.create(_TEMPLATE)))
        yield server


@pytest.fixture(scope="session")
def migrated_databases(postgres: PostgresServer) -> Iterator[ReusedDatabases]:
    """Databases on that server that are up to date and hold nothing."""
    with closing(ReusedDatabases(postgres, _TEMPLATE)) as databases:
        yield databases


@pytest.fixture(scope="session")
def staffed_databases(postgres: PostgresServer) -> Iterator[ReusedDatabases]:
    """Databases on that server with a world's staff and one plan."""
    apart(partial(staff, postgres.create(_STAFFED, _TEMPLATE)))
    with closing(ReusedDatabases(postgres, _STAFFED)) as databases:
        yield databases


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of SQLite to copy."""
    file = tmp_path_factory.mktemp("migrated") / "planwatch.db"
    file.write_bytes(migrated())
    return file


@pytest.fixture(scope="session")
def staffed_file(migrated_file: Path) -> Path:
    """A file of SQLite to copy that has a world's staff and one plan."""
    file = migrated_file.with_name("staffed.db")
    shutil.copy(migrated_file, file)
    apart(partial(staff, address_of(file)))
    return file


@pytest.fixture(params=BOTH)
def backend(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The kind of database that a test runs on."""
    monkeypatch.chdir(tmp_path)  # how far a database has come is remembered in a folder of the place of work
    return str(request.param)


@pytest.fixture
def database(request: pytest.FixtureRequest, backend: str, tmp_path: Path) -> Iterator[str]:
    """The address of a new database that is up to date and holds nothing."""
    if backend == "sqlite":
        yield copy_of(request.getfixturevalue("migrated_file"), tmp_path, threads=_has_threads(request.node))
    else:
        yield from request.getfixturevalue("migrated_databases").lend()


@pytest.fixture
def staffed_database(request: pytest.FixtureRequest, backend: str, tmp_path: Path) -> Iterator[str]:
    """The address of a new database with a world's staff and one plan, on a Monday at 09:00."""
    if backend == "sqlite":
        yield copy_of(request.getfixturevalue("staffed_file"), tmp_path, threads=_has_threads(request.node))
    else:
        yield from request.getfixturevalue("staffed_databases").lend()


@pytest.fixture(params=BOTH)
def empty_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a new database without tables."""
    if request.param == "sqlite":
        yield f"sqlite+aiosqlite:///{tmp_path}/empty.db"
    else:
        yield from on_postgres(request.getfixturevalue("postgres"), "template0")


def on_postgres(server: PostgresServer, template: str) -> Iterator[str]:
    """A database that is taken away again."""
    name = f"test_{uuid.uuid4().hex}"
    yield server.create(name, template)
    server.drop(name)


def pytest_xdist_auto_num_workers() -> int:
    """Three for two cores that tests may use: many tests wait for other processes, and for seconds to pass."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return cores + cores // 2


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Of a test that would run on both databases, run one: half of them on each. Both for what is about databases."""
    if IS_NIGHTLY:
        return
    times = Counter(_on_any_database(item) for item in items)
    left_out = {item for item in items if times[_on_any_database(item)] > 1 and _is_left_out(item)}
    config.hook.pytest_deselected(items=list(left_out))
    items[:] = [item for item in items if item not in left_out]


def _is_left_out(item: pytest.Item) -> bool:
    # By its name, so that a test meets the same database whatever runs beside it.
    turn = zlib.crc32(_on_any_database(item).encode()) % len(BOTH)
    return _backend_of(item) != BOTH[turn] and not _is_for_both(item)


def _is_for_both(item: pytest.Item) -> bool:
    """Whether a test is about the database."""
    return any(mark.name in _FOR_BOTH for mark in item.iter_markers())


def _has_threads(item: pytest.Item) -> bool:
    """Whether connections to SQLite have a thread each in a test, as those of the program have."""
    return IS_NIGHTLY or _is_for_both(item)


def _on_any_database(item: pytest.Item) -> str:
    return item.nodeid.replace(_backend_of(item), "")


def _backend_of(item: pytest.Item) -> str:
    """The database of a test that has a choice, else nothing."""
    parameters = item.callspec.params if isinstance(item, pytest.Function) and hasattr(item, "callspec") else {}
    return str(parameters.get("backend", ""))


def pytest_collection_finish() -> None:
    """Leave what was collected out of every later collection of garbage: six thousand tests stay until the end."""
    gc.freeze()
    gc.set_threshold(_GARBAGE, 20, 20)


def pytest_runtest_setup() -> None:
    """Collect garbage in every test: a command that ends soon turns that off (`planwatch simulate`)."""
    gc.enable()

"""A database of its own for a case: a SQLite file, or a durable PostgreSQL that can be killed and started again."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.databases.postgres import PostgresServer, postgres_server

NAMES = {"sqlite": "SQLite", "postgres": "PostgreSQL"}


@dataclass(frozen=True, slots=True)
class Database:
    """What a case works on. `server`: what there is to kill."""

    name: str
    url: str
    server: PostgresServer | None = None


@contextmanager
def database(name: str, folder: Path) -> Iterator[Database]:
    """An empty database, `sqlite` in this folder or `postgres` in one of its own."""
    if name == "sqlite":
        yield Database(NAMES[name], f"sqlite+aiosqlite:///{folder / 'planwatch.db'}")
        return
    with postgres_server(durable=True) as server:
        yield Database(NAMES[name], server.create("planwatch"), server)

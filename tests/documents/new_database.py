"""What all steps make of an empty SQLite, in SQL: `python -m tests.documents.new_database`, for service/migrations."""

import asyncio
import sqlite3
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from config.database import make_engine
from service.store import schema

_HEAD = """\
-- What all steps together make of an empty SQLite. A new one is made by these statements (service/store/schema.py).
-- Made by `python -m tests.documents.new_database > service/migrations/new_sqlite.sql`; a test fails when it is old."""
_CONSTRAINT = "\tCONSTRAINT"


def script() -> str:
    """The script that makes what the steps make."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "steps.db"
        asyncio.run(_run_steps(file))
        return script_of(file)


def script_of(file: Path) -> str:
    """The script that makes what stands in a file of SQLite: each statement behind an empty line."""
    with closing(sqlite3.connect(file)) as connection:
        return "\n\n".join([_HEAD, *_statements(connection)]) + "\n"


def _statements(connection: sqlite3.Connection) -> Iterator[str]:
    made = "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY type != 'table', name"  # tables first
    yield from (f"{_in_order(words)};" for (words,) in connection.execute(made))
    yield from (words for words in connection.iterdump() if words.startswith("INSERT"))


def _in_order(made: str) -> str:
    """A statement with the constraints of its table in order: the steps write them in any."""
    *lines, end = (line.rstrip(" ,") for line in made.split("\n"))
    constraints = sorted(line for line in lines if line.startswith(_CONSTRAINT))
    columns = [line for line in lines[1:] if not line.startswith(_CONSTRAINT)]
    return "\n".join([*lines[:1], ",\n".join([*columns, *constraints]), end]) if lines else end


async def _run_steps(file: Path) -> None:
    engine = make_engine(f"sqlite+aiosqlite:///{file}")
    try:
        async with engine.begin() as connection:
            await connection.run_sync(schema.run_steps)
    finally:
        await engine.dispose()


if __name__ == "__main__":
    sys.stdout.write(script())

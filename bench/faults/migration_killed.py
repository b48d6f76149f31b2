"""Killed at any statement of the migrations, 20 times each: the next start finds nothing half done, and finishes.

Once an empty database is made, and once that of an older version is brought up to date, with all that it holds.
"""

import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Engine

from bench.faults.rig import case
from bench.faults.rig.databases import NAMES, Database, database
from bench.faults.rig.verdict import Verdict
from bench.faults.rig.victims import victims
from bench.faults.rig.worker import Job
from config.database import make_engine
from service.store import schema
from tests.databases.differences import differences
from tests.databases.postgres import apart
from tests.upgrades.older import restore, unpacked

KILLS = 20
FIRST = 3  # the first statement before which a kill falls: those before it ask what there is
LIMIT = 60.0  # seconds


@dataclass(frozen=True, slots=True)
class Upgrade:
    """What came of one database: how many statements it took, how it ended, and what is not as it should be."""

    statements: int
    status: int
    wrong: list[object]


async def migration_killed(name: str, folder: Path, kills: int = KILLS) -> Verdict:
    """Kill it so often, then let it through; the tables must be those that the program knows."""
    chance = random.Random(4)
    new = await _upgrade(name, folder / "new", kills, chance, older=False)
    older = await _upgrade(name, folder / "older", kills, chance, older=True)
    marks = {f"it ended with {upgrade.status}": upgrade.status != 0 for upgrade in (new, older)}
    marks["tables are not as they should be"] = bool(new.wrong or older.wrong)
    return Verdict(
        "migration_killed",
        NAMES[name],
        f"{kills} kills of each: a new database ({new.statements} statements), an older one ({older.statements})",
        len(new.wrong) + len(older.wrong),
        more=("tables compared with those that the program knows",),
        faults=tuple(words for words, missed in marks.items() if missed),
    )


async def _upgrade(name: str, folder: Path, kills: int, chance: random.Random, *, older: bool) -> Upgrade:
    with _beginning(name, folder / "counted", older=older) as counted:
        statements = await _statements(counted.url)
    with _beginning(name, folder / "killed", older=older) as db:
        async with victims(Job(db.url, 1, 1, time.monotonic(), 1.0, 60.0)) as row:
            for _ in range(kills):
                await row.start("migrate", f"statement {chance.randint(FIRST, statements)}")
                await row.dies(LIMIT)
            await row.start("migrate")
            status = await row.ended()
        return Upgrade(statements, status, await _differences(db.url))


@contextmanager
def _beginning(name: str, folder: Path, *, older: bool) -> Iterator[Database]:
    """A database to begin with, empty or as the older version left it."""
    folder.mkdir(parents=True)
    with database(name, folder) as db:
        if older and db.server is None:
            (folder / "planwatch.db").write_bytes(unpacked("planwatch.sqlite3.gz"))
        elif older and db.server is not None:
            apart(partial(restore, db.server, "planwatch"))
        yield db


async def _statements(url: str) -> int:
    """How many statements it takes to bring a database up to date."""
    engine, statements = make_engine(url), list[str]()

    def about_to(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        statements.append(statement)

    event.listen(Engine, "before_cursor_execute", about_to)  # on PostgreSQL the steps have an engine of their own
    try:
        await schema.upgrade(engine)
    finally:
        event.remove(Engine, "before_cursor_execute", about_to)
        await engine.dispose()
    return len(statements)


async def _differences(url: str) -> list[object]:
    engine = make_engine(url)
    try:
        async with engine.connect() as connection:
            return await differences(connection)
    finally:
        await engine.dispose()


if __name__ == "__main__":
    raise SystemExit(case.run(migration_killed, partial(migration_killed, kills=KILLS // 5)))

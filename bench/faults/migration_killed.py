"""Killed at any statement of the migrations, 20 times: the next start finds nothing half done, and finishes."""

import random
import time
from functools import partial
from pathlib import Path

from bench.faults.rig import case
from bench.faults.rig.databases import database
from bench.faults.rig.verdict import Verdict
from bench.faults.rig.victims import victims
from bench.faults.rig.worker import Job
from config.database import make_engine
from tests.databases.differences import differences

KILLS = 20
STATEMENTS = 40  # of the migrations there are more; each kill falls before one of these
LIMIT = 60.0  # seconds


async def migration_killed(name: str, folder: Path, kills: int = KILLS) -> Verdict:
    """Kill it so often, then let it through; the tables must be those that the program knows."""
    chance = random.Random(4)
    with database(name, folder) as db:
        async with victims(Job(db.url, 1, 1, time.monotonic(), 1.0, 60.0)) as row:
            for _ in range(kills):
                await row.start("migrate", f"statement {chance.randint(3, STATEMENTS)}")
                await row.dies(LIMIT)
            await row.start("migrate")
            status = await row.ended()
        wrong = await _differences(db.url)
    marks = {f"it ended with {status}": status != 0, "tables are not as they should be": bool(wrong)}
    return Verdict(
        "migration_killed",
        db.name,
        f"{kills} kills",
        len(wrong),
        more=("tables compared with those that the program knows",),
        faults=tuple(words for words, missed in marks.items() if missed),
    )


async def _differences(url: str) -> list[object]:
    engine = make_engine(url)
    try:
        async with engine.connect() as connection:
            return await differences(connection)
    finally:
        await engine.dispose()


if __name__ == "__main__":
    raise SystemExit(case.run(migration_killed, partial(migration_killed, kills=KILLS // 5)))

"""10,000 lives of a text whose callbacks are doubled, early and in any order: each ends as a small model says."""

import random
from dataclasses import replace
from functools import partial
from pathlib import Path

from bench.faults.rig import case
from bench.faults.rig.databases import database
from bench.faults.rig.progress import progress
from bench.faults.rig.verdict import Verdict
from config.database import make_engine
from config.logs import configure_logs
from service.store import schema
from tests.contract.post_room import post_room
from tests.properties.callback_lives import Fate, fate, life
from tests.properties.callback_run import Run

LIVES = 10_000


async def callbacks(name: str, folder: Path, lives: int = LIVES) -> Verdict:
    """Live them one after the other, and hold what came of each against the model."""
    with database(name, folder) as db:
        engine = make_engine(db.url)
        await schema.upgrade(engine)
        await engine.dispose()
        async with post_room(db.url) as room:
            number_of_callbacks, wrong = await lived(Run(room), lives, f"callbacks, {db.name}")
    return verdict(db.name, f"{lives:,} texts, {number_of_callbacks:,} callbacks", wrong)


async def lived(run: Run, lives: int, title: str) -> tuple[int, list[tuple[Fate, Fate]]]:
    """How many callbacks there were in so many lives, and what came and was wanted where these differ."""
    number_of_callbacks, wrong = 0, list[tuple[Fate, Fate]]()
    with progress(title, lives) as done:
        for number in range(lives):
            text_life = life(random.Random(number), f"k-{number}")
            number_of_callbacks += len(text_life.callbacks)
            came, expected = await run.live(text_life), fate(text_life)
            wrong += [] if came == expected else [(came, expected)]
            done(number + 1)
    return number_of_callbacks, wrong


def verdict(name: str, of: str, wrong: list[tuple[Fate, Fate]]) -> Verdict:
    """What is wrong between what came and what was wanted, in words and figures."""
    lost = sum(came.copies < expected.copies for came, expected in wrong)
    duplicated = sum(max(0, came.copies - expected.copies) for came, expected in wrong)
    other = sum(replace(came, copies=0) != replace(expected, copies=0) for came, expected in wrong)
    faults = ("not as the model says",) if wrong else ()
    return Verdict("callbacks", name, of, lost, duplicated, other, faults=faults)


if __name__ == "__main__":
    configure_logs(json=False, level="ERROR")
    raise SystemExit(case.run(callbacks, partial(callbacks, lives=LIVES // 5)))

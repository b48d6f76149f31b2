"""8 processes on one outbox of 20,000 messages: each message comes once."""

from functools import partial
from pathlib import Path

from bench.faults.rig import case
from bench.faults.rig.databases import database
from bench.faults.rig.shift import Shift, undisturbed, work
from bench.faults.rig.verdict import Verdict

SHIFT = Shift(messages=20_000, workers=8, speed=1.0, lease=60.0)


async def many_processes(name: str, folder: Path, shift: Shift = SHIFT) -> Verdict:
    """Let them all take from one outbox, and count."""
    with database(name, folder) as db:
        outcome = await work(f"{shift.workers} processes, {db.name}", db, folder, shift, undisturbed)
    of = f"{shift.messages:,} messages, {shift.workers} processes"
    return outcome.verdict("many_processes", db.name, of, {"twice": outcome.duplicated > 0})


if __name__ == "__main__":
    raise SystemExit(case.run(many_processes, partial(many_processes, shift=SHIFT.fifth)))

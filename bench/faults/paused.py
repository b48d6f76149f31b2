"""Workers stand still past their leases and wake up again: others have taken over, and nothing comes twice.

A pause is longer than a lease and shorter than lease and cool-off together, as every attempt's time limit sees to in
the product: what a provider was handed by a worker that nobody hears of is not handed over again before that.
"""

import asyncio
import random
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from bench.faults.rig import case
from bench.faults.rig.crew import Crew
from bench.faults.rig.databases import database
from bench.faults.rig.shift import Shift, work
from bench.faults.rig.verdict import Verdict

SHIFT = Shift(messages=4_000, speed=5.0)  # cool-offs: 24 s for texts, 132 s for email
PAUSES = 15
SHORTEST, LONGEST = 1.3, 3.0  # leases


@dataclass
class Sandman:
    """Pauses workers at random moments, several at a time where it so happens."""

    shift: Shift
    pauses: int
    chance: random.Random = field(default_factory=lambda: random.Random(3))
    asleep: set[asyncio.Task[None]] = field(default_factory=set)

    def __post_init__(self) -> None:
        # Not in the last quarter: after a pause there is to be something left to do.
        moments = self.chance.sample(range(self.shift.messages * 3 // 4), self.pauses)
        self._moments = sorted(moments, reverse=True)

    async def __call__(self, workers: Crew, arrived: int) -> bool:
        """Pause one where it is time."""
        if self._moments and arrived >= self._moments[-1] and len(self.asleep) < self.shift.workers - 1:
            self._moments.pop()
            seconds = self.shift.lease * self.chance.uniform(SHORTEST, LONGEST)
            task = asyncio.create_task(workers.pause(self.chance.randrange(100), seconds))
            self.asleep.add(task)
            task.add_done_callback(self.asleep.discard)
        return not self._moments and not self.asleep


async def paused(name: str, folder: Path, shift: Shift = SHIFT, pauses: int = PAUSES) -> Verdict:
    """Pause so often, and count."""
    with database(name, folder) as db:
        outcome = await work(f"pauses, {db.name}", db, folder, shift, Sandman(shift, pauses))
    of = f"{shift.messages:,} messages, {pauses} pauses"
    return outcome.verdict("paused", db.name, of, {"twice": outcome.duplicated > 0})


if __name__ == "__main__":
    raise SystemExit(case.run(paused, partial(paused, shift=SHIFT.fifth, pauses=PAUSES // 5)))

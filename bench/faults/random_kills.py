"""50 random kills over 100,000 messages: nothing lost, nothing that nobody asked for, and hardly anything twice.

Three workers share an outbox of emails and texts; at random moments one of them is killed and another started. Time
runs fast, so that cool-offs of minutes take seconds; leases are as short in real time.
"""

import random
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from bench.faults.rig import case
from bench.faults.rig.crew import Crew
from bench.faults.rig.databases import database
from bench.faults.rig.shift import Shift, work
from bench.faults.rig.verdict import Verdict
from bench.faults.rig.worker import HANDING_OVER
from notifications.message import Channel
from notifications.outbox.together import AT_A_TIME

SHIFT = Shift(messages=100_000, limit=7200)
KILLS = 50
# A mail server cannot be asked whether it has a message: what a worker that is killed was handing over goes again.
IN_FLIGHT = AT_A_TIME + sum(tick.name.startswith("urgent-email-") for tick in HANDING_OVER)


@dataclass
class Killer:
    """Kills at random moments, spread over all that arrives."""

    messages: int
    kills: int
    chance: random.Random = field(default_factory=lambda: random.Random(2))

    def __post_init__(self) -> None:
        self._moments = sorted(self.chance.sample(range(self.messages), self.kills), reverse=True)

    async def __call__(self, workers: Crew, arrived: int) -> bool:
        """Kill one where it is time."""
        if self._moments and arrived >= self._moments[-1]:
            self._moments.pop()
            await workers.replace(self.chance.randrange(100))
        return not self._moments


async def random_kills(name: str, folder: Path, shift: Shift = SHIFT, kills: int = KILLS) -> Verdict:
    """Kill so often, and count. Emails may come twice that were in flight at a kill, and no others."""
    with database(name, folder) as db:
        outcome = await work(f"random kills, {db.name}", db, folder, shift, Killer(shift.messages, kills))
    by_email, by_text = (outcome.by_channel[channel].duplicated for channel in (Channel.EMAIL, Channel.SMS))
    most = kills * IN_FLIGHT
    marks = {"more emails twice than were in flight": by_email > most, "texts twice": by_text > 0}
    twice = f"twice: {by_email} emails (in flight at the kills: at most {most}), {by_text} texts"
    return outcome.verdict("random_kills", db.name, f"{shift.messages:,} messages, {kills} kills", marks, twice)


if __name__ == "__main__":
    raise SystemExit(case.run(random_kills, partial(random_kills, shift=SHIFT.fifth, kills=KILLS // 5)))

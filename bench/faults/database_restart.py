"""PostgreSQL is killed under load and started again: the first message goes within 10 s, nothing is lost or twice."""

import asyncio
import time
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from bench.faults.rig import case
from bench.faults.rig.crew import Crew
from bench.faults.rig.databases import database
from bench.faults.rig.shift import Shift, work
from bench.faults.rig.verdict import Verdict
from tests.databases.postgres import PostgresServer

SHIFT = Shift(messages=4_000, speed=1.0, lease=60.0)
RESTARTS = 3
AWAY = 3.0  # seconds
MARK = 10.0  # seconds from its return to the first message


@dataclass
class Breaker:
    """Kills the server at even distances, and takes the time until messages arrive again."""

    server: PostgresServer
    messages: int
    restarts: int
    waits: list[float] = field(default_factory=list)  # seconds, one for each return
    _back_at: float | None = None
    _had: int | None = None  # how many had arrived when it was back

    async def __call__(self, workers: Crew, arrived: int) -> bool:
        """Kill it where it is time; look whether messages arrive again."""
        if self._back_at is None:
            if len(self.waits) < self.restarts and arrived >= self._next:
                self._back_at, self._had = await self._restart(), None
        elif self._had is None:
            self._had = arrived
        elif arrived > self._had:
            self.waits.append(time.monotonic() - self._back_at)
            self._back_at = None
        return len(self.waits) == self.restarts

    @property
    def _next(self) -> int:
        return self.messages * (len(self.waits) + 1) // (self.restarts + 2)

    async def _restart(self) -> float:
        self.server.kill()
        await asyncio.sleep(AWAY)
        self.server.start()
        return time.monotonic()


async def database_restart(name: str, folder: Path, shift: Shift = SHIFT, restarts: int = RESTARTS) -> Verdict:
    """Kill the server so often, and count. SQLite has none."""
    with database(name, folder) as db:
        assert db.server is not None
        breaker = Breaker(db.server, shift.messages, restarts)
        outcome = await work("restarts of PostgreSQL", db, folder, shift, breaker)
    slowest = max(breaker.waits, default=float("inf"))
    marks = {"twice": outcome.duplicated > 0, f"first message later than {MARK:.0f} s": slowest > MARK}
    first_messages = f"first message after {', '.join(f'{wait:.1f} s' for wait in breaker.waits)}"
    late = sum(wait > MARK for wait in breaker.waits)
    of = f"{shift.messages:,} messages, {restarts} restarts"
    return outcome.verdict("database_restart", db.name, of, marks, first_messages, late)


if __name__ == "__main__":
    raise SystemExit(
        case.run(
            database_restart,
            partial(database_restart, shift=SHIFT.fifth, restarts=1),
            ["postgres"],
        )
    )

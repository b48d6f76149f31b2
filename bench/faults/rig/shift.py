"""A shift: workers empty an outbox while something is done to them, until all has arrived and is settled."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

from bench.faults.rig import outbox
from bench.faults.rig.crew import Crew, crew
from bench.faults.rig.databases import Database
from bench.faults.rig.progress import progress
from bench.faults.rig.receivers import Receivers, receivers
from bench.faults.rig.verdict import Count, Verdict, count
from bench.faults.rig.worker import Job
from config.database import Sessions
from notifications.message import Channel

POLL = 0.03  # seconds


@dataclass(frozen=True, slots=True)
class Shift:
    """How much there is to do, and how. `speed`: of the clock; at 20 the longest cool-off, 660 s, takes 33."""

    messages: int
    workers: int = 3
    speed: float = 20.0
    lease: float = 3.0  # real seconds
    limit: float = 3600.0  # real seconds

    @property
    def fifth(self) -> Self:
        """With a fifth of the messages."""
        return replace(self, messages=self.messages // 5)


@dataclass(slots=True)
class Outcome:
    """What came of it."""

    finished: bool
    took: float  # real seconds
    by_channel: dict[Channel, Count]
    without_attempt: int  # copies that no committed attempt stands behind
    receiving: Receivers

    @property
    def lost(self) -> int:
        """How many never came."""
        return sum(len(counted.lost) for counted in self.by_channel.values())

    @property
    def duplicated(self) -> int:
        """How many copies came too many."""
        return sum(counted.duplicated for counted in self.by_channel.values())

    @property
    def unexpected(self) -> int:
        """How many came that nobody asked for, or that nobody put on record."""
        return sum(len(counted.unexpected) for counted in self.by_channel.values()) + self.without_attempt

    def faults(self) -> tuple[str, ...]:
        """What must never be, whatever is done to the workers; a copy too many is each case's own to judge."""
        counts = self.by_channel.values()
        failures = {
            "not finished in time": not self.finished,
            "lost": self.lost > 0,
            "unexpected": self.unexpected > 0,
            "a copy under another Message-ID": any(counted.strange for counted in counts),
            "a copy that does not say that it may repeat": any(counted.unmarked for counted in counts),
        }
        return tuple(words for words, failed in failures.items() if failed)

    def verdict(
        self, case: str, database: str, of: str, marks: Mapping[str, bool], more: str = "", late: int | None = None
    ) -> Verdict:
        """How the case ended, with the marks of its own that it missed."""
        missed = tuple(words for words, failed in marks.items() if failed)
        counted = (self.lost, self.duplicated, self.unexpected, late)
        remarks = tuple(words for words in (more, self.speed()) if words)
        return Verdict(case, database, of, *counted, more=remarks, faults=self.faults() + missed)

    def speed(self) -> str:
        """How long it took, in words."""
        number = sum(len(arrivals) for arrivals in self.receiving.arrivals.values())
        return f"{self.took:.0f} s, {number / self.took:.0f} messages a second"


# Called again and again with how many have arrived; True: there is nothing more to be done to the workers.
Disturb = Callable[[Crew, int], Awaitable[bool]]


@dataclass
class _Day:
    crew: Crew
    receiving: Receivers
    sessions: Sessions
    shift: Shift
    disturb: Disturb
    words: str

    async def run(self) -> bool:
        deadline = time.monotonic() + self.shift.limit
        with progress(self.words, self.shift.messages) as show:
            while time.monotonic() < deadline:
                arrived = self.receiving.read()
                show(arrived)
                done = await self.disturb(self.crew, arrived)
                if done and arrived >= self.shift.messages and not await outbox.unsettled(self.sessions):
                    return True
                await asyncio.sleep(POLL)
        return False


async def work(words: str, db: Database, folder: Path, shift: Shift, disturb: Disturb) -> Outcome:
    """Fill an outbox, let workers empty it, disturb them, and count."""
    new = outbox.messages(shift.messages)
    async with outbox.filled(db, new) as sessions, receivers(folder) as receiving:
        began = time.monotonic()
        job = Job(db.url, receiving.smtp_port, receiving.http_port, began, shift.speed, shift.lease)
        async with crew(job, shift.workers) as workers:
            finished = await _Day(workers, receiving, sessions, shift, disturb, words).run()
        took = time.monotonic() - began
        attempts = await outbox.attempts_by_plan(sessions)
        receiving.read()
    return _outcome(shift, receiving, attempts, took, finished=finished)


def _outcome(shift: Shift, receiving: Receivers, attempts: dict[str, int], took: float, *, finished: bool) -> Outcome:
    channels = list(Channel)
    counts: dict[Channel, Count] = {}
    for place, channel in enumerate(channels):
        expected = {outbox.reference(n) for n in range(place, shift.messages, len(channels))}
        counts[channel] = count(expected, receiving.arrivals[channel])
    copies = [(name, extra + 1) for counted in counts.values() for name, extra in counted.extra.items()]
    without = sum(max(0, number - attempts.get(name, 0)) for name, number in copies)
    return Outcome(finished, took, counts, without, receiving)


async def undisturbed(workers: Crew, arrived: int) -> bool:
    """Nothing is done to the workers."""
    return True

"""What is done to the cluster under load, and the time until messages arrive again.

The primary is killed, each time when the pair is synchronous again; it is cut off from its standby, and then killed; it
is cut off from everybody; it changes places with its standby. In the end nothing accepted may be lost, no text have
come twice, and after each promotion the first message have arrived within 30 s.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from bench.cluster.load import Load, Tally, tally, waiting
from bench.cluster.machines import Cluster, Machine, say, until
from bench.faults.rig.receivers import Receivers
from bench.faults.rig.verdict import Verdict

MARK = 30.0  # seconds from a promotion to the first message
_LAST_WITHIN = 240.0  # seconds for what has not arrived when the load ends: a cool-off lasts up to 210
_PARTED = 8.0  # seconds: until then the primary waits for the standby, and does not give it up
_BETWEEN = 5.0  # seconds of load between two failovers
Harm = Callable[[Machine], Awaitable[None]]


@dataclass
class Failovers:
    """Each failover's seconds: from the harm to the promotion, from there to the first message and accepted event."""

    cluster: Cluster
    load: Load
    receiving: Receivers
    promoted_after: list[float] = field(default_factory=list)
    message_after: list[float] = field(default_factory=list)
    event_after: list[float] = field(default_factory=list)

    async def kill(self) -> None:
        """Kill the primary's machine, and start it again once messages arrive."""
        harmed = await self._fail_over(lambda primary: asyncio.to_thread(primary.kill))
        harmed.start()

    async def cut(self) -> None:
        """Cut the primary's machine off from everybody, and mend the way once messages arrive."""

        async def cut(primary: Machine) -> None:
            primary.cut()

        (await self._fail_over(cut)).mend()

    async def part(self) -> None:
        """Cut the way between both servers, and kill the primary while its commits wait for the standby."""

        async def part(primary: Machine) -> None:
            primary.to_standby.cut()
            await asyncio.sleep(_PARTED)
            await asyncio.to_thread(primary.kill)

        harmed = await self._fail_over(part)
        harmed.mend()
        harmed.start()

    async def switch(self) -> None:
        """Have both change places in order."""

        async def switch(primary: Machine) -> None:
            await self.cluster.switch()

        await self._fail_over(switch)

    async def _fail_over(self, harm: Harm) -> Machine:
        """Do harm to the primary, and take the times; the machine that it was done to."""
        primary = await until("a synchronous pair", self.cluster.synchronous)
        successor = self.cluster.other(primary)
        await asyncio.sleep(_BETWEEN)
        began = time.time()
        await harm(primary)
        await until("a promotion", successor.is_primary, pause=0.1)
        promoted = time.time()
        self.promoted_after.append(promoted - began)
        self.message_after.append(await until("a message", lambda: self._message(promoted), pause=0.1))
        self.event_after.append(await until("an event", lambda: self._event(promoted), pause=0.1))
        return primary

    async def _message(self, promoted: float) -> float | None:
        """How long after the promotion the first message arrived."""
        self.receiving.read()
        return min((entry["at"] - promoted for entry in self.receiving.entries if entry["at"] > promoted), default=None)

    async def _event(self, promoted: float) -> float | None:
        return min((at - promoted for at in self.load.accepted.values() if at > promoted), default=None)


async def counted(failovers: Failovers, words: str) -> Verdict:
    """Wait for what is on its way, and count."""
    load, receiving = failovers.load, failovers.receiving
    await load.taken()
    ends = time.monotonic() + _LAST_WITHIN
    while waiting(load, receiving) and time.monotonic() < ends:  # noqa: ASYNC110 - another process's file
        await asyncio.sleep(0.5)
    await asyncio.sleep(_BETWEEN)  # a copy that should not come would come now
    primary = await until("a primary", failovers.cluster.primary)
    rows = await say(primary, "SELECT id, message_id FROM attempt", "planwatch")
    stored = await say(primary, "SELECT subject FROM event WHERE type = 'bottom_line.breached'", "planwatch")
    lost_events = len(set(load.accepted) - {row[0] for row in stored})
    result = tally(load, receiving, {row[0]: row[1] for row in rows}, load.accepted)
    return _verdict(failovers, words, result, lost_events)


def _verdict(failovers: Failovers, words: str, result: Tally, lost_events: int) -> Verdict:
    late = sum(seconds > MARK for seconds in failovers.message_after)
    marks = {
        "events lost": lost_events > 0,
        "messages lost": result.lost > 0,
        "texts twice": result.texts_twice > 0,
        "unexpected": result.unexpected > 0,
        f"first message later than {MARK:.0f} s": late > 0,
    }
    return Verdict(
        "cluster",
        "PostgreSQL",
        f"{len(failovers.load.accepted):,} events in {failovers.load.tries:,} tries, {words}",
        lost_events + result.lost,
        result.texts_twice + result.emails_twice,
        result.unexpected,
        late,
        more=(
            f"{result.texts_twice} texts and {result.emails_twice} emails twice",
            f"promoted after {_seconds(failovers.promoted_after)}",
            f"first message {_seconds(failovers.message_after)} after that",
            f"first event {_seconds(failovers.event_after)} after that",
            f"answers other than 202: {dict(failovers.load.refused) or 'none'}",
        ),
        faults=tuple(fault for fault, missed in marks.items() if missed),
    )


def _seconds(taken: list[float]) -> str:
    return ", ".join(f"{seconds:.1f}" for seconds in taken) + " s"

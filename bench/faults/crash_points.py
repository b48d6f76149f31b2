"""Killed at every named point of handing a message over, 20 times each: by email, and by text.

Before something can have left, and once the outcome is on record, nothing comes twice. In between a text is asked for
at its provider and comes once; a mail server cannot be asked, and the copy says that it may be one. The messages go in
groups: a kill meets all that are being handed over, some of them before the point and some of them behind it.
"""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from bench.faults.rig import case, outbox
from bench.faults.rig.databases import NAMES, database
from bench.faults.rig.progress import progress
from bench.faults.rig.receivers import Receivers, receivers
from bench.faults.rig.verdict import Count, Verdict, count
from bench.faults.rig.victims import Victims, victims
from bench.faults.rig.worker import Job
from notifications.message import Channel
from notifications.outbox.together import AT_A_TIME

KILLS = 20
SPEED, LEASE = 60.0, 3.0
MORE = 5  # messages than all kills together can meet
QUIET = 1.0  # seconds without another message to which the receiver falls silent
LIMIT = 600.0  # seconds for whatever is waited for
Point = tuple[str, str, bool]
# The fault, the point, and whether a mail server may have a message by then. `MIDDLE` and `DOT` are where the mail
# server falls silent, with the worker in the middle of the text or waiting for the answer to it.
SILENT = ("MIDDLE", "DOT")
POINTS: tuple[Point, ...] = (
    ("A5", "claimed, no attempt", False),
    ("A6", "attempt on record", False),
    ("A7", "recipient named", False),
    ("A7", "data allowed", False),
    ("A7", "fifth recipient named", True),
    ("A8", "fifth data allowed", True),
    ("A8", "MIDDLE", False),
    ("A9", "DOT", True),
    ("A10", "answered, not recorded", True),
    ("A10", "fifth answered, not recorded", True),
    ("A10", "attempt ended, not its message", True),
    ("A11", "recorded", False),
)


@dataclass(frozen=True, slots=True)
class Fall:
    """What came of all the kills at one point."""

    point: str
    channel: Channel
    kills: int
    counted: Count
    finished: bool
    may_repeat: bool

    def faults(self) -> list[str]:
        """The marks that were missed."""
        allowed = self.kills * AT_A_TIME if self.may_repeat and self.channel is Channel.EMAIL else 0
        failures = {
            "not finished": not self.finished,
            "lost": bool(self.counted.lost),
            "unexpected": bool(self.counted.unexpected),
            "twice": self.counted.duplicated > allowed,
            "unmarked": bool(self.counted.unmarked or self.counted.strange),
        }
        return [f"{words} at {self.point!r} by {self.channel}" for words, failed in failures.items() if failed]


async def fall(
    name: str, folder: Path, point: str, channel: Channel, kills: int, speed: float, *, may_repeat: bool
) -> Fall:
    """Kill so often at one point, then let one live."""
    await asyncio.to_thread(folder.mkdir)
    silent = point if point in SILENT else ""
    most = kills * AT_A_TIME
    number, stall = most + MORE, f"{silent}:{most}" if silent else ""
    with database(name, folder) as db:
        async with (
            outbox.filled(db, outbox.messages(number, [channel])) as sessions,
            receivers(folder, stall, stall) as receiving,
            victims(Job(db.url, receiving.smtp_port, receiving.http_port, time.monotonic(), speed, LEASE)) as row,
        ):
            killed = 0
            while receiving.stalled < most if silent else killed < kills:
                stalled = receiving.stalled
                await row.start("hand over", point, channel=channel.value)
                await (_killed_when_silent(row, receiving, stalled) if silent else row.dies(LIMIT))
                receiving.read()
                killed += 1
            await row.start("hand over", channel=channel.value)
            finished = await outbox.all_settled(sessions, LIMIT)
    receiving.read()
    expected = {outbox.reference(n) for n in range(number)}
    return Fall(point, channel, killed, count(expected, receiving.arrivals[channel.value]), finished, may_repeat)


async def _killed_when_silent(row: Victims, receiving: Receivers, before: int) -> None:
    """Kill it once the receiver is silent to all that it hands over together, not to the first of them alone.

    Else there are as many kills as messages, and with time this fast a day goes by, after which a message is given up.
    """
    seen, quiet_since = before, time.monotonic()
    async with asyncio.timeout(LIMIT):
        while seen == before or time.monotonic() - quiet_since < QUIET:
            receiving.read()
            if receiving.stalled > seen:
                seen, quiet_since = receiving.stalled, time.monotonic()
            await asyncio.sleep(0.01)
    await row.kill()


def falls(points: Sequence[Point] = POINTS) -> list[tuple[Point, Channel]]:
    """Each point by each channel; a request of HTTP has no middle in which its receiver could fall silent."""
    return [(point, channel) for point in points for channel in Channel if (point[1], channel) != ("MIDDLE", "sms")]


async def crash_points(
    name: str, folder: Path, kills: int = KILLS, points: Sequence[Point] = POINTS, speed: float = SPEED
) -> Verdict:
    """Fall at each point, and count."""
    outcomes: list[Fall] = []
    began = time.monotonic()
    with progress(f"crash points, {name}", len(falls(points))) as show:
        for (_, point, may_repeat), channel in falls(points):
            show(len(outcomes))
            place = folder / str(len(outcomes))
            outcomes.append(await fall(name, place, point, channel, kills, speed, may_repeat=may_repeat))
    twice = [
        f"{outcome.counted.duplicated} by {outcome.channel} at {outcome.point!r}"
        for outcome in outcomes
        if outcome.counted.duplicated
    ]
    return Verdict(
        "crash_points",
        NAMES[name],
        f"{len(outcomes)} points, {sum(outcome.kills for outcome in outcomes)} kills",
        sum(len(outcome.counted.lost) for outcome in outcomes),
        sum(outcome.counted.duplicated for outcome in outcomes),
        sum(len(outcome.counted.unexpected) for outcome in outcomes),
        more=(f"twice: {', '.join(twice) or 'nothing'}", f"{time.monotonic() - began:.0f} s"),
        faults=tuple(words for outcome in outcomes for words in outcome.faults()),
    )


if __name__ == "__main__":
    raise SystemExit(case.run(crash_points, partial(crash_points, kills=KILLS // 5)))

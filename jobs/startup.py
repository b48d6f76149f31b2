"""The order of things after a start, a stop or a sleep: what others stand on comes first.

Facts may have come in elsewhere, and messages may have gone, while this process was not at work. So the database is
seen to first, then the received texts are asked for, then what may have gone; then plans are looked at, and only then
the rest is sent. What is urgent goes before the plans are looked at, and waits for half a minute at most.
"""

from collections.abc import Callable, Mapping
from enum import IntEnum

from config.clock import seconds_since_boot

_GAP = 60.0  # real seconds without a sign of life: the ticks come every second or so


class Stage(IntEnum):
    """What may run from when on. The next begins when what the stage waits for is done, or has had its time."""

    INTEGRITY = 0
    PULL = 1
    RESOLVE = 2  # what may have gone, and the plans whose alerts have waited
    URGENT = 3
    LOOK = 4
    SEND = 5


# Real seconds. Without a sound database nothing goes, however long that takes.
LONGEST: Mapping[Stage, float | None] = {
    Stage.INTEGRITY: None,
    Stage.PULL: 20.0,
    Stage.RESOLVE: 10.0,
    Stage.LOOK: 600.0,
}


class Startup:
    """How far a process has come since it last woke up."""

    def __init__(
        self,
        elapsed: Callable[[], float] = seconds_since_boot,
        longest: Mapping[Stage, float | None] = LONGEST,
    ) -> None:
        """`elapsed` counts real seconds, those asleep among them, and only its differences matter.

        `longest`: for how many of them the next stage waits for this one at most.
        """
        self.longest = longest
        self._elapsed = elapsed
        self._last = elapsed()
        self.stage = Stage.INTEGRITY

    def notice(self) -> bool:
        """To be asked before anything is done: whether a gap has just ended. Then all begins again."""
        now = self._elapsed()
        gap, self._last = now - self._last, now
        if gap <= _GAP:
            return False
        self.stage = Stage.INTEGRITY
        return True

    def allows(self, stage: Stage) -> bool:
        """Whether what belongs to a stage may run by now."""
        return stage <= self.stage

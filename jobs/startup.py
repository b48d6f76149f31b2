"""The order of a startup, after a start or a gap: each stage rests on the ones before it.

While this process did nothing, facts may have come in elsewhere, and messages may have gone. So it checks the database
first. Then it pulls the received texts, and asks for the messages whose outcome is unknown. Then it looks at the plans,
and only then it sends the rest. Urgent messages go before the plans are looked at, and wait for half a minute at most.
"""

from collections.abc import Callable, Mapping
from enum import IntEnum

from config.clock import seconds_since_boot

_GAP = 60.0  # real seconds in which no tick ran: they run every second or so


class StartupStage(IntEnum):
    """The stages, in order. The next one begins when the ticks that this one awaits are done, or its time is over."""

    INTEGRITY = 0
    PULL = 1
    RESOLVE = 2  # messages of unknown outcome, and plans whose alerts have waited
    URGENT = 3
    LOOK = 4
    SEND = 5


# Real seconds. Nothing is sent before the database is checked, however long that takes.
LONGEST: Mapping[StartupStage, float | None] = {
    StartupStage.INTEGRITY: None,
    StartupStage.PULL: 20.0,
    StartupStage.RESOLVE: 10.0,
    StartupStage.LOOK: 600.0,
}


class Startup:
    """How far a process has come since its start, or since its last gap."""

    def __init__(
        self,
        elapsed: Callable[[], float] = seconds_since_boot,
        longest: Mapping[StartupStage, float | None] = LONGEST,
    ) -> None:
        """`elapsed` counts real seconds, including those asleep. Only its differences matter.

        `longest` says for how many seconds at most the next stage waits for each. None: without a limit.
        """
        self.longest = longest
        self._elapsed = elapsed
        self._noticed_at = elapsed()
        self.stage = StartupStage.INTEGRITY

    def notice(self) -> bool:
        """Whether a gap has just ended. The startup then begins again. Call this before anything is done."""
        now = self._elapsed()
        gap, self._noticed_at = now - self._noticed_at, now
        if gap <= _GAP:
            return False
        self.stage = StartupStage.INTEGRITY
        return True

    def allows(self, stage: StartupStage) -> bool:
        """Whether the ticks of a stage may run by now."""
        return stage <= self.stage

"""The demonstration's clock: fast, and in the visitor's hands."""

from __future__ import annotations

from datetime import datetime

from config.clock import Clock, FastClock, ManualClock


class DemoClock:
    """A clock whose speed can be changed while it runs, that can stand still, and that can skip ahead."""

    def __init__(self, start: datetime, speed: float) -> None:
        """Stands still at an aware moment until it is set going; `speed` is how many seconds pass in one."""
        self.speed = speed
        self._hands: Clock = ManualClock(start)

    def now(self) -> datetime:
        """The moment that it has reached, aware and in UTC."""
        return self._hands.now()

    @property
    def is_paused(self) -> bool:
        """Whether it stands still."""
        return isinstance(self._hands, ManualClock)

    def pause(self) -> None:
        """Stand still."""
        self._hands = ManualClock(self.now())

    def go(self, speed: float | None = None) -> None:
        """Go on from here, at another speed if one is given."""
        self.speed = speed or self.speed
        self._hands = FastClock(self.now(), self.speed)

    def skip_to(self, moment: datetime) -> None:
        """Stand still at a later moment; one that has passed is left alone."""
        self._hands = ManualClock(max(moment, self.now()))

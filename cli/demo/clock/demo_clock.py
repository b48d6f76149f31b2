"""The demonstration's clock: fast, and in the visitor's hands."""

from __future__ import annotations

import asyncio
from datetime import datetime

from config.clock import Clock, FastClock, ManualClock

_LOOK = 0.1  # real seconds


class DemoClock:
    """A clock whose speed can be changed while it runs, that can stand still, and that can skip ahead."""

    def __init__(self, start: datetime, speed: float) -> None:
        """Stands still at an aware moment until it is set going; `speed` is how many seconds pass in one."""
        self._speed = speed
        self._hands: Clock = ManualClock(start)

    def now(self) -> datetime:
        """The moment that it has reached, aware and in UTC."""
        return self._hands.now()

    @property
    def is_paused(self) -> bool:
        """Whether it stands still."""
        return isinstance(self._hands, ManualClock)

    @property
    def speed(self) -> float:
        """How many seconds pass in one while it is going."""
        return self._speed

    def pause(self) -> None:
        """Stand still."""
        self._hands = ManualClock(self.now())

    def go(self, speed: float | None = None) -> None:
        """Go on from here, at another speed if one is given."""
        self._speed = speed or self._speed
        self._hands = FastClock(self.now(), self._speed)

    async def reach(self, moment: datetime) -> None:
        """Wait until it has reached a moment, however its pace is changed meanwhile."""
        while self.now() < moment:  # noqa: ASYNC110 - there is nothing to be told by: the hands just move
            await asyncio.sleep(_LOOK)

    def skip_to(self, moment: datetime) -> None:
        """Stand still at a later moment; one that has passed is left alone."""
        self._hands = ManualClock(max(moment, self.now()))

"""Turns: no more requests in a while than a provider says that it takes."""

import time
from collections.abc import Callable

_BURST = 1.0  # seconds: what was not used of the last one may be used at once


class Turns:
    """The requests of one sender in one process."""

    def __init__(self, per_second: float, elapsed: Callable[[], float] = time.monotonic) -> None:
        """`elapsed` counts real seconds. Only its differences matter."""
        self._each, self._elapsed = 1 / per_second, elapsed
        self._at = elapsed() - _BURST

    def take(self) -> float:
        """Take a turn: how many seconds it is off."""
        now = self._elapsed()
        self._at = max(self._at, now - _BURST) + self._each
        return max(self._at - now, 0.0)

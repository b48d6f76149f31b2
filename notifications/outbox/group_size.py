"""How many routine messages are claimed together: about as many as are handed over in a second.

What was checked is to go at once: a hold, or a "no", that comes a moment later counts for all that is not claimed.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager

SMALLEST, LARGEST = 16, 128
_QUICK, _SLOW = 0.5, 1.0  # seconds for a whole group


class GroupSize:
    """The size of the next group of a process."""

    def __init__(self) -> None:
        self.most = SMALLEST

    @contextmanager
    def measured(self, number: int) -> Iterator[None]:
        """Hand a group of so many over within this block: the next one is larger after a quick one, or smaller."""
        began = time.monotonic()
        try:
            yield
        finally:
            took = time.monotonic() - began
            if took > _SLOW:
                self.most = max(SMALLEST, self.most // 2)
            elif took < _QUICK and number >= self.most:
                self.most = min(LARGEST, self.most * 2)

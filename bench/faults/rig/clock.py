"""A fast clock that several processes share: leases and cool-offs of minutes pass in seconds, alike for all."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

START = datetime(2026, 3, 4, 10, 0, tzinfo=UTC)  # a Wednesday, in routine hours


@dataclass(frozen=True, slots=True)
class SharedClock:
    """At `began`, in the machine's monotonic seconds, it was `start`; it runs `speed` times as fast as real time."""

    began: float
    speed: float
    start: datetime = START

    def now(self) -> datetime:
        """The moment it has reached, aware and in UTC."""
        return self.start + timedelta(seconds=(time.monotonic() - self.began) * self.speed)

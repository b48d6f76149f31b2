"""The one clock: everything that must know the time is handed one of these, and asks nothing else."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Protocol, runtime_checkable

NEVER = datetime(1, 1, 1, tzinfo=UTC)  # before everything
JUMP = timedelta(seconds=60)  # more than this between two readings is no drift: somebody has set the clock


class Clock(Protocol):
    """Whatever can say what time it is."""

    def now(self) -> datetime:
        """The present moment, aware and in UTC."""
        ...


@runtime_checkable
class CanJump(Clock, Protocol):
    """A clock whose hands others can move."""

    @property
    def jump(self) -> timedelta:
        """How far its hands stand from where they should, by the time that has really passed; zero: they agree."""
        ...

    def agree(self) -> None:
        """Take its hands for right from now on."""
        ...


def _hands() -> datetime:
    return datetime.now(UTC)


class SystemClock:
    """The machine's own time. Where its hands jump, time goes on as before until they agree again, or somebody agrees.

    A machine that slept has not jumped: real time has passed. Small steps (NTP) are followed.
    """

    def __init__(self, hands: Callable[[], datetime] = _hands, elapsed: Callable[[], float] | None = None) -> None:
        """`hands` are what anybody may set; `elapsed` counts real seconds, and only its differences matter."""
        self._hands = hands
        self._elapsed = elapsed or seconds_since_boot
        self._agreed, self._at, self._jump = self._hands(), self._elapsed(), timedelta(0)

    def now(self) -> datetime:
        """The present moment, aware and in UTC."""
        hands, elapsed = self._hands(), self._elapsed()
        expected = self._agreed + timedelta(seconds=elapsed - self._at)
        self._jump = hands - expected
        if abs(self._jump) > JUMP:
            return expected
        self._agreed, self._at, self._jump = hands, elapsed, timedelta(0)
        return hands

    @property
    def jump(self) -> timedelta:
        """How far its hands stood from where they should, when it was last asked; zero: they agree."""
        return self._jump

    def agree(self) -> None:
        """Take its hands for right from now on."""
        self._agreed, self._at, self._jump = self._hands(), self._elapsed(), timedelta(0)


class ManualClock:
    """A clock that stands still until it is moved: for tests and for `simulate`."""

    def __init__(self, start: datetime) -> None:
        self._now = as_utc(start)

    def now(self) -> datetime:
        """The moment it was last set to, aware and in UTC."""
        return self._now

    def advance(self, **by: float) -> datetime:
        """Move on by elapsed time, in the words of `timedelta` (`hours=24`), and give the new moment."""
        return self.set(self._now + timedelta(**by))

    def set(self, moment: datetime) -> datetime:
        """Go to an aware moment, forwards only (a `ValueError` otherwise), and give it in UTC."""
        if as_utc(moment) < self._now:
            raise ValueError(f"a clock does not go back: it is {self._now.isoformat()}, not {moment.isoformat()}")
        self._now = as_utc(moment)
        return self._now


class FastClock:
    """A clock that starts at a moment and runs `speed` times as fast as real time: for the demonstration."""

    def __init__(self, start: datetime, speed: float, elapsed: Callable[[], float] = time.monotonic) -> None:
        """Start at an aware moment; `elapsed` counts real seconds, and only its differences matter."""
        if speed <= 0:
            raise ValueError(f"speed is how many seconds pass in one: more than 0, not {speed}")
        self._start = as_utc(start)
        self._speed = speed
        self._elapsed = elapsed
        self._began = elapsed()

    def now(self) -> datetime:
        """The moment it has reached, aware and in UTC."""
        return self._start + timedelta(seconds=(self._elapsed() - self._began) * self._speed)


def as_utc(moment: datetime) -> datetime:
    """The same moment in UTC; a `ValueError` for one without a zone, which names no moment at all."""
    if moment.utcoffset() is None:
        raise ValueError(f"{moment.isoformat()} has no zone: give it one, for example tzinfo=UTC")
    return moment.astimezone(UTC)


def seconds_since_boot() -> float:
    """Real seconds, those among them in which the machine slept; where it does not count them, by its own time."""
    if hasattr(time, "CLOCK_BOOTTIME"):
        return time.clock_gettime(time.CLOCK_BOOTTIME)
    return time.time()

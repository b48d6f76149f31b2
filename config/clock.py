"""The one clock. Whatever needs the time is given one of these, and takes the time from nowhere else."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Protocol, runtime_checkable

NEVER = datetime(1, 1, 1, tzinfo=UTC)  # before everything
JUMP = timedelta(seconds=60)  # more than this between two readings is no drift: somebody has set the clock


class Clock(Protocol):
    """Something that tells the time."""

    def now(self) -> datetime:
        """The present moment, aware and in UTC."""
        ...


@runtime_checkable
class CanJump(Clock, Protocol):
    """A clock that follows a wall clock, which anybody may set."""

    @property
    def jump(self) -> timedelta:
        """How far the wall clock is from where elapsed time puts it. Zero: the two agree."""
        ...

    def follow(self) -> None:
        """Take the wall clock for right from now on."""
        ...


def _wall_clock() -> datetime:
    return datetime.now(UTC)


class SystemClock:
    """The machine's own time.

    When the wall clock jumps, time goes on as before. That ends when the wall clock agrees again, or when `follow` is
    called. A machine that slept has not jumped: real time has passed. Small steps (NTP) are followed.
    """

    def __init__(
        self, wall_clock: Callable[[], datetime] = _wall_clock, elapsed: Callable[[], float] | None = None
    ) -> None:
        """Anybody may set the `wall_clock`. `elapsed` counts real seconds, and only its differences matter."""
        self._wall_clock = wall_clock
        self._elapsed = elapsed or seconds_since_boot
        self._followed, self._at, self._jump = self._wall_clock(), self._elapsed(), timedelta(0)

    def now(self) -> datetime:
        """The present moment, aware and in UTC."""
        shown, elapsed = self._wall_clock(), self._elapsed()
        expected = self._followed + timedelta(seconds=elapsed - self._at)
        self._jump = shown - expected
        if abs(self._jump) > JUMP:
            return expected
        self._followed, self._at, self._jump = shown, elapsed, timedelta(0)
        return shown

    @property
    def jump(self) -> timedelta:
        """How far the wall clock was from where elapsed time put it, at the last call of `now`. Zero: they agreed."""
        return self._jump

    def follow(self) -> None:
        """Take the wall clock for right from now on."""
        self._followed, self._at, self._jump = self._wall_clock(), self._elapsed(), timedelta(0)


class ManualClock:
    """A clock that stands still until it is moved: for tests and for `simulate`."""

    def __init__(self, start: datetime) -> None:
        self._now = as_utc(start)

    def now(self) -> datetime:
        """The moment it was last set to, aware and in UTC."""
        return self._now

    def advance(self, **by: float) -> datetime:
        """Move on by some time, given as to `timedelta` (`hours=24`), and return the new moment."""
        return self.set(self._now + timedelta(**by))

    def set(self, moment: datetime) -> datetime:
        """Go to an aware moment, and return it in UTC. A `ValueError` for an earlier moment."""
        if as_utc(moment) < self._now:
            raise ValueError(f"a clock does not go back: it is {self._now.isoformat()}, not {moment.isoformat()}")
        self._now = as_utc(moment)
        return self._now


class FastClock:
    """A clock that starts at a moment and runs `speed` times as fast as real time: for the demonstration."""

    def __init__(self, start: datetime, speed: float, elapsed: Callable[[], float] = time.monotonic) -> None:
        """Start at an aware moment. `elapsed` counts real seconds, and only its differences matter."""
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
    """The same moment in UTC. A `ValueError` for one without a zone, which names no moment at all."""
    if moment.utcoffset() is None:
        raise ValueError(f"{moment.isoformat()} has no zone: give it one, for example tzinfo=UTC")
    return moment.astimezone(UTC)


def seconds_since_boot() -> float:
    """Real seconds, including those in which the machine slept. Where the system does not count them, its own time."""
    if hasattr(time, "CLOCK_BOOTTIME"):
        return time.clock_gettime(time.CLOCK_BOOTTIME)
    return time.time()

"""The demonstration's clock: fast, in the visitor's hands, and never ahead of what is still to be done."""

from datetime import datetime

from config.clock import Clock, FastClock, ManualClock


class DemoClock:
    """A clock whose speed can be changed, that can stand still or skip ahead, and that goes no further than it may."""

    def __init__(self, start: datetime, speed: float) -> None:
        """Stands still at an aware moment until it is set going; `speed` is how many seconds pass in one."""
        self.speed, self.is_paused, self.skips_to = speed, True, start
        self._hands: Clock = ManualClock(start)
        self._limit: datetime | None = None
        self._cap: float | None = None
        self._is_hurried = False

    def now(self) -> datetime:
        """The moment that it has reached, aware and in UTC."""
        moment = self._hands.now()
        return moment if self._limit is None else min(moment, self._limit)

    @property
    def is_held(self) -> bool:
        """Whether it has come as far as it may go."""
        return self._limit is not None and self._hands.now() >= self._limit

    @property
    def pace(self) -> float:
        """How many seconds pass in one just now: its speed, or less where it was slowed down."""
        return self.speed if self._cap is None else min(self.speed, self._cap)

    def pause(self) -> None:
        """Stand still."""
        self.is_paused = True
        self._turn(self.now())

    def go(self, speed: float | None = None) -> None:
        """Go on from here. A speed that is given holds even where the clock was slowed down."""
        here, self.is_paused = self.now(), False
        if speed is not None:
            self.speed, self._cap, self._is_hurried = speed, None, True
        self._turn(here)

    def skip_to(self, moment: datetime) -> None:
        """Go to a later moment as fast as it may, and on from there as before; one that has passed is left alone."""
        self.skips_to = moment
        self._turn(self.now())

    def run_until(self, limit: datetime | None, cap: float | None = None) -> None:
        """Allow it to go on to a moment, and no faster than a speed, unless the visitor has asked for more since."""
        here = self.now()
        self._is_hurried = self._is_hurried and cap is not None
        self._cap = None if self._is_hurried else cap
        self._limit = None if limit is None else max(limit, here)
        self._turn(here)

    def hold(self) -> None:
        """Wait here until it may go on."""
        self._limit = self.now()

    def _turn(self, here: datetime) -> None:
        moment = max(here, self.skips_to)
        stands = self.is_paused or moment > here
        self._hands = ManualClock(moment) if stands else FastClock(here, self.pace)

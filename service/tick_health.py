"""The health of the ticks of this process: one that hangs is noticed, and so is one that only fails."""

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable


class TickHealth:
    """Real seconds since each tick ended a step. The service's clock is not used: a demonstration's runs faster."""

    def __init__(self, elapsed: Callable[[], float] = time.monotonic) -> None:
        self._elapsed = elapsed
        self._ended_at: dict[str, float] = {}
        self._begun_at: dict[str, float] = {}
        self._fails_since: dict[str, float] = {}
        self.steps: Counter[str] = Counter()
        self.seconds: defaultdict[str, float] = defaultdict(float)

    def expect(self, names: Iterable[str]) -> None:
        """Begin to count for these ticks."""
        self._ended_at.update(dict.fromkeys(names, self._elapsed()))

    def begin(self, name: str) -> None:
        """Note that a step of a tick begins."""
        self._begun_at[name] = self._elapsed()

    def end(self, name: str) -> None:
        """Note that a step of a tick has ended."""
        now = self._ended_at[name] = self._elapsed()
        if (begun_at := self._begun_at.pop(name, None)) is not None:
            self.steps[name] += 1
            self.seconds[name] += now - begun_at

    def failed(self, name: str) -> None:
        """Note that a tick was ended by a fault."""
        self._fails_since.setdefault(name, self._elapsed())

    def succeeded(self, name: str) -> None:
        """Note that a tick has come to its end without a fault."""
        self._fails_since.pop(name, None)

    def failing(self) -> dict[str, float]:
        """Seconds since the first of the faults in a row of each tick that has done nothing else since."""
        now = self._elapsed()
        return {name: now - since for name, since in self._fails_since.items()}

    def ages(self) -> dict[str, float]:
        """Seconds since each expected tick ended a step."""
        now = self._elapsed()
        return {name: now - ended_at for name, ended_at in self._ended_at.items()}

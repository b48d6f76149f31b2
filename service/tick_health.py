"""TickHealth: when each tick of this process last ended a step, so that one that hangs is seen."""

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable


class TickHealth:
    """Real seconds since each tick ended a step: a demonstration's clock runs faster than the machine."""

    def __init__(self, elapsed: Callable[[], float] = time.monotonic) -> None:
        self._elapsed = elapsed
        self._last: dict[str, float] = {}
        self._begun: dict[str, float] = {}
        self.steps: Counter[str] = Counter()
        self.seconds: defaultdict[str, float] = defaultdict(float)

    def expect(self, names: Iterable[str]) -> None:
        """Count from now on for these ticks."""
        self._last.update(dict.fromkeys(names, self._elapsed()))

    def begin(self, name: str) -> None:
        """A step of a tick begins."""
        self._begun[name] = self._elapsed()

    def beat(self, name: str) -> None:
        """A step of a tick has come to its end."""
        now = self._last[name] = self._elapsed()
        if (begun := self._begun.pop(name, None)) is not None:
            self.steps[name] += 1
            self.seconds[name] += now - begun

    def ages(self) -> dict[str, float]:
        """Seconds since each expected tick ended a step."""
        now = self._elapsed()
        return {name: now - last for name, last in self._last.items()}

"""What was worked out lately, under what it follows from: what was not asked for longest is forgotten first."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

Cause = TypeVar("Cause", bound=Hashable)
Outcome = TypeVar("Outcome")


class Memory(Generic[Cause, Outcome]):
    """Keeps outcomes whose sizes together are at most `most`; one that is larger by itself is not kept."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: OrderedDict[Cause, tuple[Outcome, int]] = OrderedDict()
        self._size = 0

    def recall(self, cause: Cause, work_out: Callable[[Cause], Outcome], size: int) -> Outcome:
        """The outcome of a cause: worked out where it is not kept."""
        entry = self._kept.pop(cause, None)
        if entry is None:
            entry = (work_out(cause), size)
            self._size += size
        self._kept[cause] = entry
        while self._size > self._most and self._kept:
            _, (_, least) = self._kept.popitem(last=False)
            self._size -= least
        return entry[0]

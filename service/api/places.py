"""Room for so many requests at once. Who finds none waits for a turn, and is refused only after a while."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from service.api.problems import ProblemError

_LONGEST_RETRY = 60  # seconds
_HELD_AT_ONCE = 20  # requests of one key: of more each is held for longer
_LONGEST_HOLD = 15.0  # times the pause
_MOST_REFUSED_KEYS = 1_000  # then all begin again: strangers' addresses must not add up


class Places:
    """`most` requests are served at once, `share` of them with one key: one token, or one peer.

    Up to `waiting` others wait for `patience` seconds, `waiting_share` of them with one key (by default all). A place
    that becomes free goes to the key that has the fewest, and among its requests to the oldest. Whoever asks again and
    again is so held back by waiting: to refuse a request costs almost as much as to serve it. Who may not even wait is
    refused after `pause` seconds, and later the more of one key are held so: a key has at most so many refusals in a
    second, however many ask at once.
    """

    def __init__(
        self,
        most: int,
        share: int,
        patience: float = 10.0,
        waiting: int = 128,
        waiting_share: int | None = None,
        pause: float = 0.0,
    ) -> None:
        self._free, self._share, self._patience, self._pause = most, share, patience, pause
        self._longest_queue, self._longest_of_key = waiting, waiting if waiting_share is None else waiting_share
        self._taken: Counter[str] = Counter()
        self._queue: dict[asyncio.Future[None], str] = {}
        self._pausing: Counter[str] = Counter()
        self._refused_in_a_row: Counter[str] = Counter()

    @asynccontextmanager
    async def taken(self, key: str, stay: Callable[[], None] = lambda: None) -> AsyncIterator[None]:
        """Hold a place; ProblemError 503 if none is free in time, with a later time to come back at each refusal.

        `stay` is called as soon as the request has a place or may wait for one.
        """
        if self._has_room_for(key):
            self._take(key)
            stay()
        else:
            await self._wait_for_turn(key, stay)
        del self._refused_in_a_row[key]
        try:
            yield
        finally:
            self._give_back(key)

    def _has_room_for(self, key: str) -> bool:
        return self._free > 0 and self._taken[key] < self._share

    def _take(self, key: str) -> None:
        self._free -= 1
        self._taken[key] += 1

    def _give_back(self, key: str) -> None:
        self._free += 1
        self._taken[key] -= 1
        if not self._taken[key]:
            del self._taken[key]
        # One token's queue must not stand before another's.
        turns = [turn for turn, name in self._queue.items() if not turn.done() and self._has_room_for(name)]
        turn = min(turns, key=lambda turn: self._taken[self._queue[turn]], default=None)
        if turn is not None:
            self._take(self._queue[turn])
            turn.set_result(None)

    def _may_wait(self, key: str) -> bool:
        of_key = sum(name == key for name in self._queue.values())
        return len(self._queue) < self._longest_queue and of_key < self._longest_of_key

    async def _wait_for_turn(self, key: str, stay: Callable[[], None]) -> None:
        if not self._may_wait(key):
            await self._hold(key)
            raise self._refusal(key)
        stay()
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._queue[turn] = key
        try:
            async with asyncio.timeout(self._patience):
                await turn
        except BaseException as ended:
            if turn.done() and not turn.cancelled():
                self._give_back(key)  # the turn came in the moment in which the request was given up
            if isinstance(ended, TimeoutError):
                raise self._refusal(key) from None
            raise
        finally:
            del self._queue[turn]

    async def _hold(self, key: str) -> None:
        """Keep a request that will be refused."""
        self._pausing[key] += 1
        try:
            await asyncio.sleep(self._pause * min(_LONGEST_HOLD, max(1.0, self._pausing[key] / _HELD_AT_ONCE)))
        finally:
            self._pausing[key] -= 1
            if not self._pausing[key]:
                del self._pausing[key]

    def _refusal(self, key: str) -> ProblemError:
        if len(self._refused_in_a_row) >= _MOST_REFUSED_KEYS:
            self._refused_in_a_row.clear()
        self._refused_in_a_row[key] += 1
        seconds = min(_LONGEST_RETRY, 5 + self._refused_in_a_row[key] // 10)
        detail = f"Too many requests at once; nothing was stored. Send the same again in {seconds} seconds."
        return ProblemError(503, detail, {"Retry-After": str(seconds), "Connection": "close"})

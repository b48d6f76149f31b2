"""Lines to a mail server that are kept: to connect, secure the line and sign in costs more than most messages.

A line is kept after an answer that was in order, for as many messages and seconds as servers grant. Where a server
takes no more lines at a time, those that there are have to do.
"""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from aiosmtplib import SMTP

from notifications.errors import TryLater

_MESSAGES = 100  # by one line
_LONGEST = 240.0  # seconds from its opening
_IDLE = 10.0  # seconds; servers wait for half a minute at least
_FEW_FOR = 600.0  # seconds for which a server that took no more lines is not asked for more


@dataclass(slots=True, eq=False)
class OpenLine:
    """One connection, by which the server has let us in."""

    client: SMTP
    opened_at: float
    used: int = 0  # how many messages were named on it

    @property
    def is_in_order(self) -> bool:
        """Whether it is open, and nothing has been said on it that is not read."""
        protocol = self.client.protocol
        return self.client.is_connected and protocol is not None and not protocol._buffer

    @property
    def is_spent(self) -> bool:
        """Whether it has had as many messages or seconds as servers grant."""
        return self.used >= _MESSAGES or time.monotonic() - self.opened_at >= _LONGEST


@dataclass(slots=True, eq=False)
class Lines:
    """The lines of one sender in one process."""

    _idle: list[OpenLine] = field(default_factory=list)
    _waiting: deque[asyncio.Future[OpenLine | None]] = field(default_factory=deque)
    _open: int = 0
    _most: int | None = None
    _few_until: float = 0.0

    async def take(self, connect: Callable[[], Awaitable[SMTP]], *, urgent: bool, fresh: bool = False) -> OpenLine:
        """An open line, which is the taker's until it is given back or dropped. `fresh`: a new one.

        Raises what `connect` raises, unless the server has let us in by others: then it waits for one of those.
        `urgent`: before others that wait.
        """
        while True:
            if not fresh and (line := self._idle_line()) is not None:
                return line
            if self._may_open() and (line := await self._opened(connect)) is not None:
                return line
            if (line := await self._freed(urgent=urgent)) is not None:
                return line

    def give_back(self, line: OpenLine) -> None:
        """Keep a line for the next message, unless it is not in order or has had enough."""
        if not line.is_in_order or line.is_spent:
            self.drop(line)
        elif (waiting := self._next_waiting()) is not None:
            waiting.set_result(line)
        else:
            self._idle.append(line)
            asyncio.get_running_loop().call_later(_IDLE, self._drop_idle, line, line.used)

    def drop(self, line: OpenLine) -> None:
        """Close a line. Politely, where nothing is expected of it."""
        self._open -= 1
        _close(line)
        if (waiting := self._next_waiting()) is not None:
            waiting.set_result(None)

    def close(self) -> None:
        """Close those that nobody uses."""
        while self._idle:
            self.drop(self._idle.pop())

    def _may_open(self) -> bool:
        if self._most is not None and time.monotonic() >= self._few_until:
            self._most = None
        return self._most is None or self._open < self._most

    async def _opened(self, connect: Callable[[], Awaitable[SMTP]]) -> OpenLine | None:
        """A new line. None: the server takes no more of them."""
        self._open += 1
        try:
            return OpenLine(await connect(), time.monotonic())
        except BaseException as error:
            self._open -= 1
            if not isinstance(error, TryLater) or self._open == 0:
                raise
        self._most, self._few_until = self._open, time.monotonic() + _FEW_FOR
        return None

    def _idle_line(self) -> OpenLine | None:
        while self._idle:
            line = self._idle.pop()
            if line.is_in_order and not line.is_spent:
                return line
            self.drop(line)
        return None

    async def _freed(self, *, urgent: bool) -> OpenLine | None:
        """A line that somebody gives back; None where one may be opened in its place."""
        waiting: asyncio.Future[OpenLine | None] = asyncio.get_running_loop().create_future()
        (self._waiting.appendleft if urgent else self._waiting.append)(waiting)
        try:
            return await waiting
        except asyncio.CancelledError:
            if waiting.done() and not waiting.cancelled() and (line := waiting.result()) is not None:
                self.give_back(line)
            raise

    def _next_waiting(self) -> asyncio.Future[OpenLine | None] | None:
        while self._waiting:
            waiting = self._waiting.popleft()
            if not waiting.done():
                return waiting
        return None

    def _drop_idle(self, line: OpenLine, used: int) -> None:
        if line in self._idle and line.used == used:
            self._idle.remove(line)
            self.drop(line)


def _close(line: OpenLine) -> None:
    """Say goodbye without waiting for an answer."""
    if line.is_in_order and line.client.protocol is not None:
        line.client.protocol.write(b"QUIT\r\n")
    line.client.close()

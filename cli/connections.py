"""Limits on the web server's connections: their number, the length of a request's head and the time it may take.

uvicorn by itself waits for ever for the rest of a head, and keeps as much of it as comes. A client that opens
connections and says nothing must not use up the places, the memory or the file descriptors that sending needs. A client
that asks without end must not use up the time: while the process is behind, new connections are sent away.
"""

import asyncio
import logging
import socket
from collections.abc import Iterable
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MOST_CONNECTIONS = 200
CROWDED = 16  # below this number nobody is sent away: so few clients are not why the process is behind
MOST_IN_A_ROW = 8  # pipelined requests: sent before the first of them is answered
HEAD_WITHIN = 10.0  # seconds
LONGEST_HEAD = 32 * 1024
# A flood waits in the system's queue, not in ours: everything else gets its turn between one handful of new connections
# and the next. An alert needs a hundred turns of the loop until it is handed over.
TAKEN_AT_ONCE = 4
WAITING = 1024
# Garbage from clients must not fill the log with a line each; our own failures are still logged.
_quiet = logging.getLogger(f"{__name__}.server")
_quiet.setLevel(logging.ERROR)
_TRY_AGAIN = b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 5\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
_TOO_LONG = b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"


class Pulse:
    """Measures how far the process is behind: how much later than planned the event loop makes a call."""

    every = 0.05  # seconds
    too_late = 0.2

    def __init__(self) -> None:
        self._next: float | None = None
        self._behind = 0.0

    def is_behind(self, loop: asyncio.AbstractEventLoop) -> bool:
        """Whether the process is too far behind to take on more."""
        if self._next is None:
            self._again(loop)
        return self._behind > self.too_late

    def _again(self, loop: asyncio.AbstractEventLoop) -> None:
        self._next = loop.time() + self.every
        loop.call_at(self._next, self._beat, loop, self._next)

    def _beat(self, loop: asyncio.AbstractEventLoop, expected: float) -> None:
        self._behind = loop.time() - expected
        self._again(loop)


class BoundedConnection(HttpToolsProtocol):
    """One connection, cut off when a request's head takes too long or grows too large."""

    pulse = Pulse()
    _watch: asyncio.TimerHandle | None = None
    _head = 0
    _last = b""
    _in_head = True

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.logger = _quiet

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Accept the connection, or answer 503 if there are too many."""
        behind = self.pulse.is_behind(self.loop) and len(self.connections) >= CROWDED
        if behind or len(self.connections) >= MOST_CONNECTIONS:
            self.transport = (
                transport  # uvicorn's own method would ask for the peer's name, which takes longer than the rest
            )
            transport.write(_TRY_AGAIN)
            transport.close()
            return
        super().connection_made(transport)
        self._begin_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting for the head."""
        self._end_head()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read on; answer 431 and close if the head has grown too long."""
        if self.transport.is_closing():
            return
        if self._in_head:
            seen = self._last + data
            end = seen.find(b"\r\n\r\n")
            self._last = seen[-3:]  # the blank line that ends the head may come in two parts
            self._head += len(data) if end < 0 else end
            if self._head > LONGEST_HEAD:
                self.transport.write(_TOO_LONG)
                self.transport.close()
                return
        super().data_received(data)

    def on_message_begin(self) -> None:
        """Begin another request on this connection."""
        if len(self.pipeline) >= MOST_IN_A_ROW:
            self._give_up()
        self._begin_head()
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Stop the clock of the head; the body has a limit of its own."""
        self._end_head()
        super().on_headers_complete()

    def _begin_head(self) -> None:
        if self._watch is None:
            self._watch = self.loop.call_later(HEAD_WITHIN, self._give_up)
        self._in_head = True

    def _end_head(self) -> None:
        if self._watch is not None:
            self._watch.cancel()
        self._watch, self._in_head, self._head, self._last = None, False, 0, b""

    def _give_up(self) -> None:
        self.transport.abort()


def bounded(config: Any) -> None:
    """Set a server's configuration so that its connections are limited, and idle ones closed after 5 seconds."""
    config.http = type("Connection", (BoundedConnection,), {"pulse": Pulse()})
    config.timeout_keep_alive = 5
    config.backlog = TAKEN_AT_ONCE
    # We use no websockets, and they would escape the limits.
    config.ws = "none"


def queue(listening: Iterable[socket.socket]) -> None:
    """Lengthen the queue of connections once the server serves; uvicorn queues no more than it accepts at once."""
    for listener in listening:
        listener.listen(WAITING)

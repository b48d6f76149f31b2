"""Connections of the web server, bounded: how many there are, how long a request's head may be and may take to come.

The server itself waits for ever for the rest of a head, and keeps as much of it as comes. Whoever opens connections and
says nothing must not take the places, the memory or the file descriptors that sending needs; and whoever asks without
end must not take the time: what comes while the process falls behind is sent away, until it has caught up.
"""

import asyncio
import logging
import socket
from collections.abc import Iterable
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MOST_CONNECTIONS = 200
CROWDED = 16  # with no more than that, nobody is sent away: whoever falls behind does so by himself
MOST_IN_A_ROW = 8  # requests that are sent before the first of them is answered
HEAD_WITHIN = 10.0  # seconds
LONGEST_HEAD = 32 * 1024
# A flood waits in the system's queue, not in ours: between one handful of new connections and the next, everything
# else gets its turn. An alert takes a hundred turns of the loop until it is handed over.
TAKEN_AT_ONCE = 4
WAITING = 1024
# Whoever sends garbage must not fill the log, one line each; what fails in us is still heard.
_quiet = logging.getLogger(f"{__name__}.server")
_quiet.setLevel(logging.ERROR)
_TRY_AGAIN = b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 5\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
_TOO_LONG = b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"


class Pulse:
    """How far the process is behind: by how much a call comes later than it was to come."""

    every = 0.05  # seconds
    too_late = 0.2

    def __init__(self) -> None:
        self._next: float | None = None
        self._behind = 0.0

    def is_behind(self, loop: asyncio.AbstractEventLoop) -> bool:
        """Whether what is there already takes all the time there is."""
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
    """One connection, cut off when it takes too long to say what it wants, or says too much."""

    pulse = Pulse()
    _watch: asyncio.TimerHandle | None = None
    _head = 0
    _last = b""
    _in_head = True

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.logger = _quiet

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take it; or send it away, where there are too many."""
        behind = self.pulse.is_behind(self.loop) and len(self.connections) >= CROWDED
        if behind or len(self.connections) >= MOST_CONNECTIONS:
            self.transport = transport  # asking it whose it is takes longer than the rest
            transport.write(_TRY_AGAIN)
            transport.close()
            return
        super().connection_made(transport)
        self._begin_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing more is waited for."""
        self._end_head()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read on, unless the head has grown too long: then nothing is made of it."""
        if self.transport.is_closing():
            return
        if self._in_head:
            seen = self._last + data
            end = seen.find(b"\r\n\r\n")
            self._last = seen[-3:]  # its end may come in two parts
            self._head += len(data) if end < 0 else end
            if self._head > LONGEST_HEAD:
                self.transport.write(_TOO_LONG)
                self.transport.close()
                return
        super().data_received(data)

    def on_message_begin(self) -> None:
        """Another request begins on this connection."""
        if len(self.pipeline) >= MOST_IN_A_ROW:
            self._give_up()
        self._begin_head()
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """The head is there; the body has a time of its own."""
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
    """Have a server's connections bounded, and keep what is idle for a short time only."""
    config.http = type("Connection", (BoundedConnection,), {"pulse": Pulse()})
    config.timeout_keep_alive = 5
    config.backlog = TAKEN_AT_ONCE
    # Nothing of ours speaks it, and it would escape the bounds.
    config.ws = "none"


def queue(listening: Iterable[socket.socket]) -> None:
    """Let so many wait to be taken, once a server serves: by itself it queues no more than it takes at once."""
    for one in listening:
        one.listen(WAITING)

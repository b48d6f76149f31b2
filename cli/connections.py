"""Limits on the web server's connections: their number, the length of a request's head and the time it may take.

uvicorn by itself waits for ever for the rest of a head, and keeps as much of it as comes. A client that opens
connections and says nothing must not use up the places, the memory or the file descriptors that sending needs: where no
place is left, whoever has been silent for longest is cut off. A client that asks without end must not use up the time:
while the process is behind, new connections wait in the system's queue, where they cost nothing.
"""

import asyncio
import contextlib
import errno
import logging
import socket
from collections.abc import Iterator
from typing import Any, ClassVar, cast

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MOST_CONNECTIONS = 200
CROWDED = 16  # below this number nobody waits to be let in: so few clients are not why the process is behind
MOST_IN_A_ROW = 8  # pipelined requests: sent before the first of them is answered
HEAD_WITHIN = 10.0  # seconds
LONGEST_HEAD = 32 * 1024
# A flood waits in the system's queue, not in ours: everything else gets its turn between one new connection and the
# next. An alert needs a hundred turns of the loop until it is handed over.
WAITING = 1024
_WHILE_BEHIND = 0.005  # seconds from one new connection to the next
_OUT_OF_FILES = 0.5  # seconds
_NO_FILES = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})
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
    # Those that have not sent a whole head yet, the longest silent first.
    silent: ClassVar[dict["BoundedConnection", None]] = {}
    _watch: asyncio.TimerHandle | None = None
    _head = 0
    _last = b""
    _in_head = True

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.logger = _quiet

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Accept the connection; where there are too many, in place of the one that has been silent for longest."""
        if len(self.connections) >= MOST_CONNECTIONS and not self._cut_off_a_silent_one():
            # uvicorn's own method would ask for the peer's name, which takes longer than the rest.
            self.transport = transport
            transport.write(_TRY_AGAIN)
            transport.close()
            return
        super().connection_made(transport)
        self.silent[self] = None
        self._begin_head()

    def _cut_off_a_silent_one(self) -> bool:
        stranger = next(iter(self.silent), None)
        if stranger is None:
            return False
        del self.silent[stranger]
        self.connections.discard(stranger)  # its place is free at once, and not with the loop's next turn
        stranger.transport.abort()
        return True

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting for the head."""
        self._end_head()
        self.silent.pop(self, None)
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
        self.silent.pop(self, None)
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


def bounded(config: uvicorn.Config) -> None:
    """Set a server's configuration so that its connections are limited, and idle ones closed after 5 seconds."""
    config.http = type("Connection", (BoundedConnection,), {"pulse": Pulse(), "silent": {}})
    config.timeout_keep_alive = 5
    config.server_header = False
    # We use no websockets, and they would escape the limits.
    config.ws = "none"


class BoundedServer(uvicorn.Server):
    """A server that lets connections in one by one, and leaves signals to whoever runs it.

    uvicorn raises signals again at its end, before our timetable has stopped. Its configuration is `bounded`.
    """

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to let connections in from listening sockets."""
        await self.lifespan.startup()
        self.servers = []
        for listener in sockets or []:
            listener.setblocking(False)
            listener.listen(WAITING)
        self._letting_in = [asyncio.create_task(self._let_in(listener)) for listener in sockets or []]
        self.started = True

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Let nobody else in, and finish what is being answered."""
        for task in self._letting_in:
            task.cancel()
        await asyncio.gather(*self._letting_in, return_exceptions=True)
        await super().shutdown(sockets)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield

    async def _let_in(self, listener: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        connections, pulse = self.server_state.connections, self._protocol.pulse
        while True:
            try:
                accepted, _ = await loop.sock_accept(listener)
                await loop.connect_accepted_socket(self._connection, accepted)
            except OSError as error:
                if error.errno in _NO_FILES:
                    await asyncio.sleep(_OUT_OF_FILES)
                # Otherwise the peer is gone already.
            crowded = len(connections) >= CROWDED and pulse.is_behind(loop)
            await asyncio.sleep(_WHILE_BEHIND if crowded else 0)

    @property
    def _protocol(self) -> type[BoundedConnection]:
        return cast(type[BoundedConnection], self.config.http_protocol_class)

    def _connection(self) -> asyncio.Protocol:
        return self._protocol(config=self.config, server_state=self.server_state, app_state=self.lifespan.state)

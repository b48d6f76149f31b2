"""Limits on the web server's connections: their number, the length of a request's head and the time it may take.

uvicorn by itself waits for ever for the rest of a head, and keeps as much of it as comes. A client that opens
connections and says nothing must not use up the places, the memory or the file descriptors that sending needs. So
whoever has said nothing yet stays in the system, and is not let in. Where no place is left, the stranger who has been
here for longest is cut off: a connection whose request has not shown a good token, signature or link yet. A client that
asks without end must not use up the time: while the process is behind, or has no stranger to cut off, new connections
wait in the system's queue, where they cost nothing.
"""

import asyncio
import contextlib
import errno
import logging
import socket
from collections.abc import Collection, Iterator
from typing import Any, ClassVar, cast

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from service.api.refusing import STAY

MOST_CONNECTIONS = 400
# Beats of the pulse that a stranger has to show who it is: a second, and longer where the process is behind. Else
# whoever comes again and again would push out a caller whose token is just being looked up.
GRACE = 20
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
_TOO_LONG = b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"


class Pulse:
    """Measures how far the process is behind: how much later than planned the event loop makes a call."""

    every = 0.05  # seconds
    too_late = 0.2

    def __init__(self) -> None:
        self._next: float | None = None
        self._behind = 0.0
        self.beats = 0

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
        self.beats += 1
        self._again(loop)


class BoundedConnection(HttpToolsProtocol):
    """One connection, cut off when a request's head takes too long or grows too large."""

    pulse = Pulse()
    most = MOST_CONNECTIONS
    grace = GRACE
    # Those whose present request has not shown who it is from, and those between two requests; the oldest first, each
    # with the beat at which it became one.
    strangers: ClassVar[dict["BoundedConnection", int]] = {}
    room = asyncio.Event()  # set when a place may have become free
    _watch: asyncio.TimerHandle | None = None
    _head = 0
    _last = b""
    _in_head = True

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.logger = _quiet

    @classmethod
    def has_room(cls, connections: Collection[object]) -> bool:
        """Whether another connection can be let in beside these, or in the place of one of them."""
        oldest = next(iter(cls.strangers.values()), cls.pulse.beats)
        has_stranger_to_cut = bool(cls.strangers) and cls.pulse.beats - oldest >= cls.grace
        return len(connections) < cls.most or has_stranger_to_cut

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Accept the connection; where there are too many, in place of the stranger who has been here for longest."""
        if len(self.connections) >= self.most:
            self._cut_off_a_stranger()
        super().connection_made(transport)
        self.strangers[self] = self.pulse.beats
        self._begin_head()

    def _cut_off_a_stranger(self) -> None:
        stranger = next(iter(self.strangers), None)
        if stranger is not None:
            del self.strangers[stranger]
            self.connections.discard(stranger)  # its place is free at once, and not with the loop's next turn
            stranger.transport.abort()

    def _stay(self) -> None:
        """The caller has shown who it is: it is served to the end, however many come."""
        self.strangers.pop(self, None)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting for the head."""
        self._end_head()
        self.strangers.pop(self, None)
        super().connection_lost(exc)
        self.room.set()

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
        self.scope["state"][STAY] = self._stay
        super().on_headers_complete()

    def on_response_complete(self) -> None:
        """Count as a stranger again: the next request may be somebody else's, or never come."""
        super().on_response_complete()
        if not self.transport.is_closing():
            self.strangers.pop(self, None)  # it becomes the newest of them: their order is by age
            self.strangers[self] = self.pulse.beats
            self.room.set()

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


def bounded(config: uvicorn.Config, most: int = MOST_CONNECTIONS, grace: int = GRACE) -> None:
    """Set a server's configuration so that it has `most` connections, and idle ones are closed after 5 seconds.

    A stranger is not cut off before so many beats of `grace`.
    """
    own = {"pulse": Pulse(), "most": most, "grace": grace, "strangers": {}, "room": asyncio.Event()}
    config.http = type("Connection", (BoundedConnection,), own)
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
            _keep_out_the_silent(listener)
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
        pulse.is_behind(loop)  # it begins to beat
        while True:
            try:
                accepted, _ = await loop.sock_accept(listener)
                await self._serve_in_turn(accepted)
            except OSError as error:
                if error.errno in _NO_FILES:
                    await asyncio.sleep(_OUT_OF_FILES)
                # Otherwise the peer is gone already.
            crowded = len(connections) >= CROWDED and pulse.is_behind(loop)
            await asyncio.sleep(_WHILE_BEHIND if crowded else 0)

    async def _serve_in_turn(self, accepted: socket.socket) -> None:
        """Serve a connection as soon as there is room; whoever comes after it waits in the system's queue."""
        protocol = self._protocol
        with contextlib.ExitStack() as unless_served:
            unless_served.callback(accepted.close)
            while not protocol.has_room(self.server_state.connections):
                protocol.room.clear()
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(protocol.room.wait(), protocol.pulse.every)
            await asyncio.get_running_loop().connect_accepted_socket(self._connection, accepted)
            unless_served.pop_all()

    @property
    def _protocol(self) -> type[BoundedConnection]:
        return cast(type[BoundedConnection], self.config.http_protocol_class)

    def _connection(self) -> asyncio.Protocol:
        return self._protocol(config=self.config, server_state=self.server_state, app_state=self.lifespan.state)


def _keep_out_the_silent(listener: socket.socket) -> None:
    """Let the system, where it can, keep a connection until its first byte has come, or its patience has ended."""
    with contextlib.suppress(AttributeError, OSError):
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_DEFER_ACCEPT, round(HEAD_WITHIN))

"""A gate on a way over TCP: open, or cut as a network is, where nothing arrives and nobody is told."""

import asyncio
from contextlib import suppress

_MOST = 65536  # bytes at once


class Gate:
    """Carries what comes to its port to another one."""

    def __init__(self, to_port: int) -> None:
        """It is open, and listens from `start` on."""
        self._to_port = to_port
        self.port = 0
        self._open = asyncio.Event()
        self._open.set()
        self._server: asyncio.Server | None = None
        self._wires: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Listen on a free port."""
        self._server = await asyncio.start_server(self._carry, "127.0.0.1", 0, limit=_MOST)
        self.port = self._server.sockets[0].getsockname()[1]

    def cut(self) -> None:
        """Let nothing through in either direction; connections stay open, and new ones get no answer."""
        self._open.clear()

    def mend(self) -> None:
        """Let everything through again. What was on the way is lost with its connection."""
        for wire in self._wires:
            wire.cancel()
        self._open.set()

    async def stop(self) -> None:
        """Close it, with all connections."""
        if self._server is not None:
            self._server.close()
        for wire in self._wires:
            wire.cancel()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        wire = asyncio.current_task()
        assert wire is not None
        self._wires.add(wire)
        ends = [writer]
        try:
            await self._open.wait()
            there, back = await asyncio.open_connection("127.0.0.1", self._to_port, limit=_MOST)
            ends.append(back)
            both = [asyncio.create_task(self._pour(reader, back)), asyncio.create_task(self._pour(there, writer))]
            try:
                await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for pouring in both:
                    pouring.cancel()
        except (OSError, asyncio.CancelledError):
            pass  # whoever hears of it sees that the connection has ended
        finally:
            self._wires.discard(wire)
            for end in ends:
                end.transport.abort()

    async def _pour(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while content := await reader.read(_MOST):
                await self._open.wait()
                writer.write(content)
                await writer.drain()

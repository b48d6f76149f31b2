"""Somebody outside who is called: a tiny web server that notes each call and gives the answer that it was told to."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from tests.contract.request import on_loopback


@dataclass
class Listener:
    """Where it listens, what it answers, and the first line of each call."""

    url: str = ""
    status: str = "200 OK"
    location: str = ""
    calls: list[str] = field(default_factory=list)

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One call, one answer."""
        head = await reader.readuntil(b"\r\n\r\n")
        self.calls.append(head.decode().splitlines()[0])
        to = f"Location: {self.location}\r\n" if self.location else ""
        writer.write(f"HTTP/1.1 {self.status}\r\n{to}Content-Length: 2\r\nConnection: close\r\n\r\nok".encode())
        await writer.drain()
        writer.close()


@asynccontextmanager
async def listening() -> AsyncIterator[Listener]:
    """A listener on a free port, until the end of the block."""
    listener = Listener()
    async with on_loopback(listener.answer) as port:
        listener.url = f"http://127.0.0.1:{port}/ping"
        yield listener

"""What the stand-ins of providers are asked over HTTP on loopback, one request a connection, and how they answer."""

import asyncio
import json
from base64 import b64decode
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit


@dataclass(frozen=True)
class Request:
    """A request as it arrived."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: str

    @property
    def json(self) -> Any:
        """What the body says."""
        return json.loads(self.body)

    @property
    def form(self) -> dict[str, str]:
        """The fields of the form, each once."""
        return {name: values[0] for name, values in parse_qs(self.body, keep_blank_values=True).items()}

    @property
    def login(self) -> str:
        """Name and password as they were given."""
        return b64decode(self.headers["authorization"].removeprefix("Basic ")).decode()


async def read_request(reader: asyncio.StreamReader) -> Request:
    """The next request, with its body."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode().splitlines()
    method, address, _ = head[0].split()
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)}
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    parts = urlsplit(address)
    query = {name: values[0] for name, values in parse_qs(parts.query).items()}
    return Request(method, parts.path, query, headers, body.decode())


def written_answer(status: int, body: object, also: Mapping[str, str]) -> bytes:
    """An answer with a body of JSON, or of a text as it is, and with some headers more."""
    text = body if isinstance(body, str) else json.dumps(body)
    headers = {"Content-Type": "application/json", "Content-Length": str(len(text.encode())), "Connection": "close"}
    lines = [f"{name}: {value}" for name, value in {**headers, **also}.items()]
    return "\r\n".join([f"HTTP/1.1 {status} -", *lines, "", text]).encode()


@asynccontextmanager
async def on_loopback(
    serve: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]],
) -> AsyncIterator[int]:
    """Have each connection served until the end of the block; the port."""
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield int(server.sockets[0].getsockname()[1])

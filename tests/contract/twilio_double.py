"""Twilio as far as it is needed: takes messages over HTTP on loopback, and answers as it is told."""

import asyncio
import json
from base64 import b64decode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import parse_qs

from notifications.channels.twilio import TwilioSender

ACCOUNT, TOKEN, NUMBER = "AC" + "1" * 32, "token", "+447700900123"
REASONS = {201: "Created", 400: "Bad Request", 401: "Unauthorized", 429: "Too Many Requests"}
HANG_UP, HANG = "hang up", "hang"


@dataclass(frozen=True)
class Request:
    """A request as it arrived."""

    method: str
    path: str
    headers: dict[str, str]
    body: str

    @property
    def form(self) -> dict[str, str]:
        """The fields of the form, each once."""
        return {name: values[0] for name, values in parse_qs(self.body, keep_blank_values=True).items()}

    @property
    def login(self) -> str:
        """Account and token as they were given."""
        return b64decode(self.headers["authorization"].removeprefix("Basic ")).decode()


@dataclass
class TwilioDouble:
    """What arrived, and how the next one is answered."""

    port: int = 0
    requests: list[Request] = field(default_factory=list)
    status: int = 201
    answer: object = None
    headers: dict[str, str] = field(default_factory=dict)
    instead: str = ""  # of an answer: hang up, or hang

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.port}"

    def sender(self, **changed: object) -> TwilioSender:
        """What sends to it."""
        options = {"base_url": self.url, "public_url": None, "seconds": 30.0} | changed
        return TwilioSender(ACCOUNT, TOKEN, NUMBER, **options)  # type: ignore[arg-type]  # the options of a test

    def refuse(self, status: int, code: int | None = None, **headers: str) -> None:
        """Answer from now on as Twilio refuses."""
        self.status, self.headers = status, headers
        self.answer = {"code": code or status, "message": "no", "status": status, "more_info": "https://example.org"}

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, one request."""
        try:
            self.requests.append(await _read(reader))
            if self.instead == HANG:
                await reader.read()  # until the other side gives up
            elif self.instead != HANG_UP:
                writer.write(self._response())
                await writer.drain()
        finally:
            writer.close()

    def _response(self) -> bytes:
        answer = self.answer or {"sid": f"SM{len(self.requests):032x}", "status": "queued", "error_code": None}
        body = answer if isinstance(answer, str) else json.dumps(answer)
        headers = {"Content-Type": "application/json", "Content-Length": str(len(body)), "Connection": "close"}
        lines = [f"{name}: {value}" for name, value in {**headers, **self.headers}.items()]
        return "\r\n".join([f"HTTP/1.1 {self.status} {REASONS.get(self.status, '')}", *lines, "", body]).encode()


@asynccontextmanager
async def twilio_double() -> AsyncIterator[TwilioDouble]:
    """A Twilio that listens."""
    double = TwilioDouble()
    server = await asyncio.start_server(double.serve, "127.0.0.1", 0)
    double.port = server.sockets[0].getsockname()[1]
    try:
        yield double
    finally:
        server.close()
        await server.wait_closed()


async def _read(reader: asyncio.StreamReader) -> Request:
    head = (await reader.readuntil(b"\r\n\r\n")).decode().splitlines()
    method, path, _ = head[0].split()
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)}
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    return Request(method, path, headers, body.decode())

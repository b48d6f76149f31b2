"""What arrives at a port that faces a network: garbage, halves, endless heads, contradictions, floods."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import random
import sys
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from tests.fork_server import run_module

_POST = b"POST /v1/events HTTP/1.1\r\nHost: x\r\nContent-Type: application/cloudevents+json\r\n"
_UNDER_WAY, _FIRST = b"under way\n", 5  # said by a client after so many attacks
Attack = Callable[[random.Random], bytes]


def _garbage(chance: random.Random) -> bytes:
    return chance.randbytes(chance.choice((1, 17, 4096)))


ATTACKS: dict[str, Attack] = {
    "garbage": _garbage,
    "a TLS greeting": lambda _: b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 200,
    "half a request line": lambda _: b"POST /v1/ev",
    "half a head": lambda _: _POST,
    "half a body": lambda _: _POST + b"Content-Length: 100\r\n\r\n{",
    "an endless head": lambda _: _POST + b"X-Long: " + b"a" * 300_000,
    "a thousand fields": lambda _: _POST + b"".join(b"X-%d: 1\r\n" % n for n in range(5_000)) + b"\r\n",
    "an endless address": lambda _: b"GET /" + b"a" * 200_000 + b" HTTP/1.1\r\n\r\n",
    "two lengths": lambda _: _POST + b"Content-Length: 2\r\nContent-Length: 5\r\n\r\n{}{}{",
    "a length and chunks": lambda _: _POST + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "a length below nothing": lambda _: _POST + b"Content-Length: -1\r\n\r\n{}",
    "a length of all": lambda _: _POST + b"Content-Length: 99999999999999999999999999\r\n\r\n{}",
    "chunks that lie": lambda _: _POST + b"Transfer-Encoding: chunked\r\n\r\nfffffffff\r\n{}\r\n",
    "chunks without end": lambda _: _POST + b"Transfer-Encoding: chunked\r\n\r\n" + b"1\r\n \r\n" * 2_000,
    "an expectation": lambda _: _POST + b"Expect: 100-continue\r\nContent-Length: 9\r\n\r\n",
    "an unknown expectation": lambda _: _POST + b"Expect: cake\r\nContent-Length: 2\r\n\r\n{}",
    "an upgrade": lambda _: b"GET /v1/events HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
    "a pipeline": lambda _: b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n" * 200 + _POST,
    "an old version": lambda _: b"GET /healthz HTTP/0.9\r\n\r\n",
    "a new version": lambda _: b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\0" * 60,
    "bytes in the address": lambda _: b"GET /\xff\xfe%00%ff%fe/../..//v1/events HTTP/1.1\r\nHost: x\r\n\r\n",
    "line ends of its own": lambda _: b"GET /healthz HTTP/1.1\nHost: x\n\n",
    "a split answer": lambda _: b"GET /%0d%0aX:%20y HTTP/1.1\r\nHost: x\r\nX: a\rb\r\n\r\n",
}


async def attack(port: int, content: bytes, seconds: float | None = None) -> bytes:
    """Send this, and listen until the other side hangs up, or for so long at most; what it said."""
    said = b""
    writer: asyncio.StreamWriter | None = None
    # The other side may hang up at any moment, and should.
    with contextlib.suppress(OSError, TimeoutError):
        async with asyncio.timeout(seconds):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(content)
            while part := await reader.read(65_536):
                said += part
    if writer is not None:
        writer.transport.abort()
    return said


async def _client(port: int, seed: int) -> None:
    chance = random.Random(seed)
    for attacks in itertools.count():
        if attacks == _FIRST and seed == 0:
            sys.stdout.buffer.write(_UNDER_WAY)
            sys.stdout.flush()
        content = ATTACKS[chance.choice(sorted(ATTACKS))](chance)
        if b"HTTP/1.1 500" in await attack(port, content, chance.choice((0.05, 0.5))):
            sys.exit("a fault of ours")


async def _clients(port: int, count: int) -> None:
    await asyncio.gather(*(_client(port, seed) for seed in range(count)))


def flood(port: int, count: int) -> AbstractAsyncContextManager[None]:
    """So many clients that attack in every way, again and again; none may find a 500.

    The block begins when the first attacks have come to their end.
    """
    return _in_a_process("clients", port, count)


@asynccontextmanager
async def _in_a_process(name: str, *numbers: int) -> AsyncIterator[None]:
    process = await run_module("tests.hostile.sockets", name, *map(str, numbers))
    try:
        assert await process.stdout.readline() == _UNDER_WAY
        yield
        assert process.returncode is None
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def _idle(port: int) -> None:
    """Connect and say nothing; come again a second after being cut off."""
    while True:
        await attack(port, b"")
        await asyncio.sleep(1)


async def _slow(port: int) -> None:
    """Pose as a provider that calls back, and send a byte now and then; come again when cut off."""
    head = b"POST /v1/twilio/inbound HTTP/1.1\r\nHost: x\r\nX-Twilio-Signature: x\r\nContent-Length: 4000\r\n\r\n"
    while True:
        with contextlib.suppress(OSError):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(head)
            while not reader.at_eof() and not writer.is_closing():
                writer.write(b"x")
                await writer.drain()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(0.3):
                        await reader.read(65_536)
            writer.transport.abort()
        await asyncio.sleep(1)


async def _strangers(port: int, idle: int, slow: int) -> None:
    callers = [_idle(port) for _ in range(idle)] + [_slow(port) for _ in range(slow)]
    sys.stdout.buffer.write(_UNDER_WAY)
    sys.stdout.flush()
    await asyncio.gather(*callers)


def strangers(port: int, idle: int, slow: int) -> AbstractAsyncContextManager[None]:
    """So many who connect and say nothing, and so many who send as slowly as they can, all without a token."""
    return _in_a_process("strangers", port, idle, slow)


if __name__ == "__main__":
    _NAME, *_NUMBERS = sys.argv[1:]
    _CALLERS: dict[str, Callable[..., Coroutine[None, None, None]]] = {"clients": _clients, "strangers": _strangers}
    asyncio.run(_CALLERS[_NAME](*map(int, _NUMBERS)))

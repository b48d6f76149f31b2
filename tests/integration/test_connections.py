"""Connections of strangers give way to those of callers who have shown who they are."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from service.api.refusing import STAY
from tests.contract.served import served
from tests.waiting import others_turn

Receive = Callable[[], Awaitable[dict[str, Any]]]
NO_CONTENT = b"HTTP/1.1 204 No Content\r\n"


async def app(scope: dict[str, Any], receive: Receive, send: Callable[..., Awaitable[None]]) -> None:
    """Know whoever asks for /known, read the body to its end, and answer."""
    if scope["path"] == "/known":
        scope["state"][STAY]()
    while (message := await receive()).get("more_body"):
        pass
    if message["type"] == "http.request":
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body"})


class Caller:
    """A connection that sends a request but for the last letter of its body, or nothing."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def begin(self, path: str) -> None:
        """Send it, and let the server read it."""
        self.writer.write(f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\na".encode())
        await turns()

    async def end(self) -> bytes:
        """Send the rest; the first line of the answer."""
        self.writer.write(b"b")
        return await self.reader.readline()

    async def hang_up(self) -> None:
        self.writer.transport.abort()
        await turns()


Call = Callable[..., Awaitable[Caller]]


@pytest.fixture
async def call() -> AsyncIterator[Call]:
    """Connects to a port and begins a request, if it is given a path."""
    callers: list[Caller] = []

    async def connect(port: int, path: str | None = None) -> Caller:
        caller = Caller(*await asyncio.open_connection("127.0.0.1", port))
        callers.append(caller)
        if path is not None:
            await caller.begin(path)
        return caller

    yield connect
    for caller in callers:
        await caller.hang_up()


async def turns() -> None:
    """Turns of the loop, in which the server reads what has come."""
    for _ in range(20):
        await others_turn()


async def test_who_says_nothing_is_not_let_in_and_takes_nobodys_place(call: Call) -> None:
    async with served(app, most=2, grace=0) as port:
        silent = [await call(port) for _ in range(5)]
        assert await (await call(port, "/")).end() == NO_CONTENT
        assert [caller.reader.at_eof() for caller in silent] == [False] * 5


async def test_the_stranger_who_was_here_for_longest_gives_way_and_a_known_caller_does_not(call: Call) -> None:
    async with served(app, most=3, grace=0) as port:
        known = await call(port, "/known")
        strangers = [await call(port, "/") for _ in range(3)]
        assert await strangers[0].reader.read() == b""
        another = await call(port, "/known")
        assert await strangers[1].reader.read() == b""
        assert [await caller.end() for caller in (known, strangers[2], another)] == [NO_CONTENT] * 3


async def test_where_all_are_known_the_next_one_waits_and_is_not_refused(call: Call) -> None:
    async with served(app, most=1) as port:
        known, waiting = await call(port, "/known"), await call(port, "/known")
        answer = asyncio.create_task(waiting.end())
        await turns()
        assert not answer.done()
        assert await known.end() == NO_CONTENT
        assert await answer == NO_CONTENT


async def test_between_two_requests_a_caller_is_a_stranger_again(call: Call) -> None:
    async with served(app, most=1, grace=0) as port:
        known = await call(port, "/known")
        assert await known.end() == NO_CONTENT
        assert await (await call(port, "/")).end() == NO_CONTENT
        await known.reader.read()  # it was cut off


async def test_a_stranger_who_asks_again_is_not_the_one_who_was_here_for_longest(call: Call) -> None:
    async with served(app, most=2, grace=0) as port:
        asks_again, says_no_more = await call(port, "/"), await call(port, "/")
        assert await asks_again.end() == NO_CONTENT
        assert await (await call(port, "/known")).end() == NO_CONTENT
        assert await says_no_more.reader.read() == b""


async def test_a_stranger_has_time_to_show_who_it_is_before_another_takes_its_place(call: Call) -> None:
    async with served(app, most=1, grace=1_000_000) as port:
        stranger, waiting = await call(port, "/"), await call(port, "/")
        assert await stranger.end() == NO_CONTENT
        await stranger.hang_up()
        assert await waiting.end() == NO_CONTENT

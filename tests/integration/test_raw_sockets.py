"""The port of the real process, under what no client library would send: it lives, answers, and tells who must know."""

import asyncio
import random
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.contract.served import served
from tests.hostile.sockets import ATTACKS, attack, flood, strangers
from tests.integration.service_process import PATIENCE, Running, breach, caseload, running, token_for_dudley
from tests.integration.test_cli_run import receivers, told
from tests.waiting import others_turn, until


def port_of(service: Running) -> int:
    return int(service.url.rsplit(":", 1)[1])


async def in_parts(port: int, *parts: bytes) -> bytes:
    """Send these one after the other, and give the first line of the answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for part in parts:
        writer.write(part)
        await writer.drain()
        for _ in range(5):  # turns of the loop, in which the server reads this part by itself
            await others_turn()
    said = await reader.readline()
    writer.transport.abort()
    return said


async def attack_until_taken(port: int, content: bytes) -> bytes:
    """Attack, and again where it was sent away because the service had too much to do; what is said."""
    while (said := await attack(port, content)).startswith(b"HTTP/1.1 503"):
        pass
    return said


@pytest.fixture
async def bounded_port() -> AsyncIterator[int]:
    """The port of a server with our bounds, in this process, that reads each body and answers 204."""

    async def app(
        scope: object, receive: Callable[[], Awaitable[Any]], send: Callable[[object], Awaitable[None]]
    ) -> None:
        while (await receive()).get("more_body"):
            pass
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body"})

    async with served(app) as port:
        yield port


async def answers(service: Running) -> int:
    """Ask whether it lives; the status of its answer."""
    async with httpx2.AsyncClient(timeout=PATIENCE) as client:
        return (await client.get(f"{service.url}/healthz")).status_code


async def post_until_taken(service: Running, token: str, *events: dict[str, object]) -> None:
    """Send, and come again when told to: as whoever sends events does."""

    async def is_taken() -> bool:
        try:
            answer = await service.post(token, *events)
        except httpx2.TransportError:
            return False
        assert answer.status_code in (202, 503)
        return answer.status_code == 202

    await until(is_taken)


async def test_each_attack_is_refused_or_cut_off_and_none_is_a_fault_of_ours(tmp_path: Path) -> None:
    chance = random.Random(1)
    async with receivers(tmp_path) as (places, _, _), running(places) as service:
        port = port_of(service)
        # Each is heard to its end: whoever says nothing more is cut off in a while.
        heard = await asyncio.gather(*(attack_until_taken(port, make(chance)) for make in ATTACKS.values()))
        statuses = {name: set(re.findall(rb"HTTP/1\.1 (\d+)", said)) for name, said in zip(ATTACKS, heard, strict=True)}
        assert not [name for name, found in statuses.items() if any(status >= b"500" for status in found)]
        assert statuses["an endless head"] == statuses["a thousand fields"] == {b"431"}
        assert statuses["half a head"] == set()
        assert await answers(service) == 200
        assert await service.stop() == 0


@pytest.mark.parametrize("cut", range(5))
async def test_only_the_head_is_measured_however_the_request_is_cut(bounded_port: int, cut: int) -> None:
    body = b"{" * 100_000
    head = b"POST /v1/events HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(body)
    said = await in_parts(bounded_port, head[: len(head) - cut], head[len(head) - cut :] + body)
    assert said.startswith(b"HTTP/1.1 204")


async def test_garbage_leaves_no_line_in_the_log(bounded_port: int, caplog: pytest.LogCaptureFixture) -> None:
    assert (await in_parts(bounded_port, b"\0\1\2 +447700900111\r\n\r\n")).startswith(b"HTTP/1.1 400")
    assert caplog.records == []


@asynccontextmanager
async def attacked(folder: Path, clients: int) -> AsyncIterator[Callable[[], Awaitable[float]]]:
    """A service under attack by so many clients; what it gives tells a breach, and how long after its answer."""
    async with receivers(folder) as (places, mailbox, twilio):
        token = await token_for_dudley(places)
        async with running(places) as service:
            await service.post(token, *caseload("P-1"))

            async def tell() -> float:
                await post_until_taken(service, token, breach("P-1"))
                began = time.monotonic()
                await until(lambda: told(mailbox, twilio) == (2, 2))
                return time.monotonic() - began

            async with flood(port_of(service), clients):
                yield tell
            assert await answers(service) == 200
            assert await service.stop() == 0


async def test_bad_clients_keep_no_alert_from_going_out(tmp_path: Path) -> None:
    async with attacked(tmp_path, clients=5) as tell:
        await tell()


async def events_taken_among_strangers(folder: Path, idle: int, slow: int, count: int) -> list[float]:
    """How long each of so many events took to be taken, its client's further tries included."""
    async with receivers(folder) as (places, _, _):
        token = await token_for_dudley(places)
        async with running(places) as service:
            await service.post(token, *caseload("P-1"))
            seconds = []
            async with strangers(port_of(service), idle, slow):
                for number in range(count):
                    began = time.monotonic()
                    await post_until_taken(service, token, breach("P-1") | {"id": f"breach-{number}"})
                    seconds.append(time.monotonic() - began)
            assert await answers(service) == 200
            return seconds


async def test_events_are_taken_among_strangers_who_hold_on_to_their_connections(tmp_path: Path) -> None:
    assert len(await events_taken_among_strangers(tmp_path, idle=250, slow=40, count=3)) == 3


@pytest.mark.faults
async def test_each_event_is_taken_within_five_seconds_among_hundreds_of_strangers(tmp_path: Path) -> None:
    assert max(await events_taken_among_strangers(tmp_path, idle=500, slow=40, count=40)) < 5


@pytest.mark.faults
async def test_hundreds_of_bad_clients_keep_no_alert_from_going_out_in_time(tmp_path: Path) -> None:
    async with attacked(tmp_path, clients=200) as tell:
        assert await tell() < 5

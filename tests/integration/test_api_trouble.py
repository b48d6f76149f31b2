"""A database that is full, away or talks nonsense, and bodies that never end: 503 or 4xx, and nothing half-stored."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import httpx2
import pytest
from sqlalchemy import text

from config.database import make_engine, make_sessions, reading
from service.api.application import make_application
from service.api.cloud_events import MOST_EVENTS
from service.store import events
from tests.databases.sqlite import copy_of
from tests.world import World

Speaks = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
BATCH = {"Content-Type": "application/cloudevents-batch+json"}


@pytest.fixture
def staffed_database(tmp_path: Path, staffed_file: Path) -> str:
    """A file: what fails here is made to fail in a way of its own."""
    return copy_of(staffed_file, tmp_path)


async def hangs_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.close()


async def talks_nonsense(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"E\0\0\0\x20SFATAL\0C57P03\0Mstarting up\0\0\0")
    writer.close()


@asynccontextmanager
async def away(world: World, speaks: Speaks | None) -> AsyncIterator[httpx2.AsyncClient]:
    """A client of the service on a PostgreSQL where nobody listens, or where something else does."""
    server = await asyncio.start_server(speaks or hangs_up, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    if speaks is None:
        server.close()
    engine = make_engine(f"postgresql+asyncpg://planwatch@127.0.0.1:{port}/planwatch?ssl=disable")
    service = replace(world.service, engine=engine, sessions=make_sessions(engine))
    async with client(make_application(service)) as http:
        yield http
    await engine.dispose()
    server.close()


def client(app: object) -> httpx2.AsyncClient:
    transport = httpx2.ASGITransport(app=app, raise_app_exceptions=False)  # type: ignore[arg-type]
    headers = BATCH | {"Authorization": "Bearer any"}
    return httpx2.AsyncClient(transport=transport, base_url="http://testserver", headers=headers)


@pytest.mark.parametrize("speaks", [None, hangs_up, talks_nonsense])
async def test_a_database_that_is_away_is_a_503(world: World, speaks: Speaks | None) -> None:
    async with away(world, speaks) as http:
        answer = await http.post("/v1/events")
        figures = await http.get("/metrics")
    assert (answer.status_code, answer.headers["content-type"]) == (503, "application/problem+json")
    assert answer.headers["retry-after"] == "5"
    assert (figures.status_code, "planwatch_database_up 0.0" in figures.text) == (200, True)  # a figure like others


async def test_a_database_that_is_full_is_a_503_and_takes_all_or_nothing(
    world: World, http: httpx2.AsyncClient
) -> None:
    async with world.service.engine.connect() as connection:
        pages = (await connection.execute(text("PRAGMA page_count"))).scalar_one()
        await connection.execute(text(f"PRAGMA max_page_count = {pages + 2}"))
    many = [world.event("visit.recorded", by="w-sw", note="x" * 4000) for _ in range(20)]
    before = await stored(world)
    answer = await http.post("/v1/events", json=many, headers=BATCH)
    assert (answer.status_code, await stored(world)) == (503, before)


async def stored(world: World) -> int:
    async with reading(world.service.sessions) as session:
        return (await events.counts(session))[0]


async def test_a_batch_of_too_many_is_told_to_come_in_several(world: World, http: httpx2.AsyncClient) -> None:
    before = await stored(world)
    answer = await http.post("/v1/events", json=[0] * (MOST_EVENTS + 1), headers=BATCH)
    assert (answer.status_code, await stored(world)) == (413, before)
    assert str(MOST_EVENTS) in answer.json()["detail"]

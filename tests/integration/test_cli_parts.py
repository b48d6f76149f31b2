"""`planwatch run --web` and `--work`, several of them on one database."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path

import httpx2
import pytest

from tests.databases.postgres import PostgresServer, postgres_server
from tests.integration.service_process import breach, caseload, running, token_for_dudley
from tests.integration.test_cli_run import receivers, told
from tests.waiting import until


@pytest.fixture
def own_postgres() -> Iterator[PostgresServer]:
    """A server that can be killed: nobody else is on it, and it keeps what it was told."""
    with postgres_server(durable=True) as server:
        yield server


async def test_what_is_posted_to_one_is_told_by_another_at_once(database: str, tmp_path: Path) -> None:
    async with receivers(tmp_path) as (made, mailbox, twilio), AsyncExitStack() as stack:
        places = replace(made, database=database)
        token = await token_for_dudley(places)
        web, *workers = await asyncio.gather(
            *(stack.enter_async_context(running(places, part)) for part in ("--web", "--work", "--work"))
        )
        await web.post(token, *caseload("P-1"))
        began = time.monotonic()
        assert (await web.post(token, breach("P-1"))).status_code == 202
        await until(lambda: told(mailbox, twilio) == (2, 2))
        print(f"posted to --web, handed over by --work: {time.monotonic() - began:.2f} s")  # noqa: T201 - for -s
        async with httpx2.AsyncClient() as client:
            ready = await client.get(f"{web.url}/readyz")
        assert (ready.status_code, ready.json()["ticks"]) == (200, "ok")
        kinds = "SELECT kind FROM process WHERE kind <> 'sentinel' ORDER BY kind"
        await until(lambda: places.rows(kinds) == [("web",), ("work",), ("work",)])
        for one in (web, *workers):
            assert await one.stop() == 0
        assert places.rows(kinds) == []


async def test_a_database_that_is_killed_and_comes_back_is_worked_on_again(
    own_postgres: PostgresServer, tmp_path: Path
) -> None:
    async with receivers(tmp_path) as (made, mailbox, twilio), AsyncExitStack() as stack:
        places = replace(made, database=own_postgres.create("planwatch"))
        token = await token_for_dudley(places)
        web, work = await asyncio.gather(
            *(stack.enter_async_context(running(places, part)) for part in ("--web", "--work"))
        )
        await web.post(token, *caseload("P-1", "P-2"))
        assert (await web.post(token, breach("P-1"))).status_code == 202
        own_postgres.kill()
        away = await web.post(token, breach("P-2"))
        assert (away.status_code, away.headers["Retry-After"]) == (503, "5")
        await asyncio.to_thread(own_postgres.start)
        back = time.monotonic()
        assert (await web.post(token, breach("P-2"))).status_code == 202
        await until(lambda: min(told(mailbox, twilio)) >= 4)
        print(f"all told {time.monotonic() - back:.1f} s after its return")  # noqa: T201 - a figure for -s
        for one in (web, work):
            assert await one.stop() == 0
        assert told(mailbox, twilio) == (4, 4)

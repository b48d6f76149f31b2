"""What several integration tests begin with."""

from collections.abc import AsyncIterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest

from service.api.application import make_application
from service.use_cases.intake.create_token import create_token
from tests.databases.reused import ReusedDatabases
from tests.world import World, book, world_in


@pytest.fixture
def public_url() -> str | None:
    """Where the world's pages are reached; a file whose people sign in says where."""
    return None


@pytest.fixture
async def world(staffed_database: str, public_url: str | None) -> AsyncIterator[World]:
    """The service on a database of its own, once on each of both kinds, with Dudley's staff and one plan."""
    async with world_in(staffed_database, public_url=public_url) as made:
        yield made


@pytest.fixture
async def postgres_world(
    staffed_databases: ReusedDatabases, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[World]:
    """The same on PostgreSQL, where that alone is asked about."""
    monkeypatch.chdir(tmp_path)  # as for a test of both kinds
    with contextmanager(staffed_databases.lend)() as database:
        async with world_in(database) as made:
            yield made


@pytest.fixture
async def http(world: World) -> AsyncIterator[httpx2.AsyncClient]:
    """A client of the world's API, with a token for Dudley."""
    token = await create_token(world.service.sessions, book(), "dudley", world.clock.now())
    transport = httpx2.ASGITransport(app=make_application(world.service), raise_app_exceptions=False)
    headers = {"Authorization": f"Bearer {token.secret}"}
    async with httpx2.AsyncClient(transport=transport, base_url="http://testserver", headers=headers) as client:
        yield client

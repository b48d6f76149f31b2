"""Every journey begins in a world with Dudley's staff and one plan, on a Monday at 09:00."""

from collections.abc import AsyncIterator

import pytest

from tests.world import World, world_in


@pytest.fixture
async def world(staffed_database: str) -> AsyncIterator[World]:
    """The service on a database of its own, once on each of both kinds."""
    async with world_in(staffed_database) as made:
        yield made

"""Every journey begins in a world with Dudley's staff and one plan, on a Monday at 09:00."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.world import World, world_in


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    """The service on a file of its own."""
    async with world_in(tmp_path) as made:
        yield made

"""One browser for all tests, and for each test a council of its own, used in each of three ways."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from tests.browser.chromium import launched
from tests.browser.hands import WAYS, Way
from tests.browser.town import Town, town
from tests.databases.sqlite import copy_of

_SESSION = "session"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All of them run in one loop, in which the browser lives."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.asyncio(loop_scope=_SESSION), append=False)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def chromium() -> AsyncIterator[Browser]:
    """The browser."""
    async with launched() as browser:
        yield browser


@pytest.fixture(params=WAYS)
def way(request: pytest.FixtureRequest) -> Way:
    """How the council's people use its pages."""
    chosen: Way = request.param
    return chosen


@pytest_asyncio.fixture(loop_scope="session")
async def council(
    chromium: Browser, way: Way, staffed_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Town]:
    """A council with its staff and one plan."""
    monkeypatch.chdir(tmp_path)
    async with town(copy_of(staffed_file, tmp_path, threads=True), chromium, way) as opened:
        yield opened

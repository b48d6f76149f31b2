"""Help is there for everybody, signed in or not: what planwatch is, whom to call, a page for each kind of reader."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from tests.browsing import Browser, browsing
from tests.databases import ON_SQLITE
from tests.world import World

pytestmark = ON_SQLITE
NAMES = ["worker", "manager", "hub-manager", "reviewing-officer", "administrator"]


@pytest.fixture
async def browser(world: World) -> AsyncIterator[Browser]:
    async with browsing(world) as opened:
        yield opened


async def test_a_stranger_reads_that_no_password_is_asked_for_and_whom_to_call(world: World) -> None:
    settings = world.service.settings.model_copy(update={"help_line": "Call the systems desk, 01384 555 0100."})
    told = World(replace(world.service, settings=settings), world.clock, world.senders)
    async with browsing(told) as stranger:
        page = await stranger.load("/help")
    assert stranger.status == 200
    assert "never asks for a password" in page
    assert "Call the systems desk, 01384 555 0100." in page
    assert "Sign out" not in page


async def test_whoever_is_signed_in_reads_their_councils_own_words(browser: Browser) -> None:
    await browser.enter("w-sw")
    assert "your systems support desk" in await browser.load("/help")
    assert 'href="/help"' in browser.page


@pytest.mark.parametrize("name", NAMES)
async def test_each_kind_of_reader_has_a_page(browser: Browser, name: str) -> None:
    page = await browser.load(f"/help/{name}")
    assert browser.status == 200
    assert "What comes to you." in page
    assert "<img" not in browser.page


async def test_help_for_nobody_is_not_there(browser: Browser) -> None:
    await browser.load("/help/nobody")
    assert browser.status == 404

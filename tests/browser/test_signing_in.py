"""Signing in: by an account of one's own with its second factor, and by the council's issuer."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pyotp
import pytest
import pytest_asyncio
from playwright.async_api import Browser

from tests.browser.hands import Way
from tests.browser.looked_at import faults_before
from tests.browser.town import Town, town
from tests.contract.openid_double import CLIENT, SECRET, OpenIdDouble, openid_double
from tests.databases.sqlite import copy_of
from tests.world import MONDAY, moment

NAME, PASSWORD = "w-tm@example.org", "four plain words here"


async def test_an_invitation_sets_an_account_up_and_its_owner_signs_in_with_a_code(council: Town) -> None:
    invited = await council.invite("w-tm")
    clock = council.world.clock
    async with council.hand() as owner:
        await owner.open(f"/invitation/{invited.token}")
        key = pyotp.TOTP((await owner.page.locator("code").inner_text()).replace(" ", ""))
        await owner.write("Choose a password", "short")
        await owner.write("The same password again", "other")
        await owner.press("Set up and sign in")
        await owner.sees("There is a problem", "At least 12 letters", "The two passwords differ")
        assert await faults_before(owner) == []
        await owner.write("Choose a password", PASSWORD)
        await owner.write("The same password again", PASSWORD)
        await owner.write("The six digits that the app shows now", key.at(clock.now()))
        await owner.press("Set up and sign in")
        await owner.sees("My work")
        await owner.press("Sign out")
        clock.advance(minutes=5)
        await owner.open("/team")
        await owner.write("Your name to sign in with", NAME)
        await owner.write("Password", "wrong")
        await owner.press("Continue")
        await owner.sees("There is a problem", "Name and password do not belong together")
        assert await faults_before(owner) == []
        await owner.write("Password", PASSWORD)
        await owner.press("Continue")
        assert await faults_before(owner) == []
        await owner.write("Six digits", "000000")
        await owner.press("Sign in")
        await owner.sees("There is a problem", "That code is not right")
        assert await faults_before(owner) == []
        await owner.write("Six digits", key.at(clock.now()))
        await owner.press("Sign in")
        assert urlsplit(owner.page.url).path == "/team"


@pytest_asyncio.fixture(loop_scope="session")
async def issuer(way: Way) -> AsyncIterator[OpenIdDouble]:
    """The council's issuer, which knows the team manager."""
    del way
    async with openid_double(moment(MONDAY)) as double:
        double.claims = {"sub": "s-1", "email": NAME, "email_verified": True}
        yield double


async def test_whoever_the_issuer_knows_is_led_to_the_page_that_was_asked_for(
    chromium: Browser,
    way: Way,
    issuer: OpenIdDouble,
    staffed_file: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    named = {"openid_issuer": issuer.issuer, "openid_client_id": CLIENT, "openid_client_secret": SECRET}

    async with town(copy_of(staffed_file, tmp_path, threads=True), chromium, way, **named) as council:
        await council.invite("w-tm")
        async with council.hand() as manager:
            await manager.open("/team")
            await manager.follow("Sign in with the council’s account")
            assert urlsplit(manager.page.url).path == "/team"
            await manager.sees("Name of w-tm")
            council.world.clock.advance(seconds=timedelta(hours=2).total_seconds())
            await manager.open("/team")
            await manager.sees("Sign in with the council’s account")

"""Signing in by an issuer: with what it signs for us and for this one sign-in, and with nothing else."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import httpx2
import pytest
from joserfc.jwk import ECKey
from pydantic import SecretStr

from config.database import transaction
from service.api.application import make_application
from service.domain.own_id import OwnId
from service.use_cases.access.account_life import add_account, disable_account
from service.web.routes import add_pages
from tests.contract.openid_double import CLIENT, SECRET, OpenIdDouble, openid_double
from tests.databases import ON_SQLITE
from tests.world import World, book, world_in

pytestmark = ON_SQLITE
PUBLIC_URL = "https://planwatch.example.org"
EMAIL = "w-tm@example.org"


@pytest.fixture
async def world(staffed_database: str) -> AsyncIterator[World]:
    async with world_in(staffed_database, public_url=PUBLIC_URL) as opened:
        async with transaction(opened.service.sessions) as session:
            await add_account(session, book(), OwnId("dudley", "w-tm"), None, opened.clock.now())
        yield opened


@pytest.fixture
async def issuer(world: World) -> AsyncIterator[OpenIdDouble]:
    async with openid_double(world.clock.now()) as double:
        double.claims = {"sub": "s-1", "email": EMAIL, "email_verified": True}
        yield double


@asynccontextmanager
async def browser_of(world: World, issuer: OpenIdDouble) -> AsyncIterator[httpx2.AsyncClient]:
    named = {"openid_issuer": issuer.issuer, "openid_client_id": CLIENT, "openid_client_secret": SecretStr(SECRET)}
    service = replace(world.service, settings=world.service.settings.model_copy(update=named))
    app = make_application(service)
    add_pages(app, service)
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url=PUBLIC_URL) as client:
        yield client


async def go(browser: httpx2.AsyncClient, next_page: str = "/plans") -> str:
    """Where planwatch sends the browser."""
    return (await browser.get(f"/sign-in/openid?next={next_page}")).headers["location"]


async def is_signed_in(browser: httpx2.AsyncClient) -> bool:
    return (await browser.get("/sign-in")).status_code == 303


async def test_whoever_the_issuer_knows_is_signed_in_and_led_back(world: World, issuer: OpenIdDouble) -> None:
    async with browser_of(world, issuer) as browser:
        assert "/sign-in/openid" in (await browser.get("/sign-in")).text
        back = await browser.get(issuer.sign_in(await go(browser)))
        assert (back.status_code, back.headers["location"]) == (303, "/plans")
        assert await is_signed_in(browser)


async def test_a_link_on_another_site_begins_no_session_but_asks(world: World, issuer: OpenIdDouble) -> None:
    async with browser_of(world, issuer) as browser:
        answer = await browser.get("/sign-in/openid?next=/plans", headers={"sec-fetch-site": "cross-site"})
        assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?next=/plans")
        own = await browser.get("/sign-in/openid?next=/plans", headers={"sec-fetch-site": "same-origin"})
        assert own.headers["location"].startswith(issuer.issuer)


async def test_two_tabs_do_not_disturb_each_other_and_a_way_back_is_good_once(
    world: World, issuer: OpenIdDouble
) -> None:
    async with browser_of(world, issuer) as browser:
        earlier, later = await go(browser, "/a"), await go(browser, "/b")
        assert (await browser.get(issuer.sign_in(later))).headers["location"] == "/b"
        address = issuer.sign_in(earlier)
        assert (await browser.get(address)).headers["location"] == "/a"
        assert (await browser.get(address)).status_code == 400


async def test_nobody_is_signed_in_by_a_link_that_another_browser_began(world: World, issuer: OpenIdDouble) -> None:
    async with browser_of(world, issuer) as attacker, browser_of(world, issuer) as browser:
        address = issuer.sign_in(await go(attacker))
        await browser.get("/sign-in")
        assert (await browser.get(address)).status_code == 400
        assert not await is_signed_in(browser)


@pytest.mark.parametrize(
    "changed",
    [
        {"iss": "https://another.example.org"},
        {"aud": "another"},
        {"exp": 1_000_000_000},
        {"nonce": "of another sign-in"},
        {"sub": ""},
    ],
)
async def test_a_token_that_is_not_for_this_sign_in_is_not_believed(
    world: World, issuer: OpenIdDouble, changed: dict[str, object]
) -> None:
    issuer.changed = changed
    async with browser_of(world, issuer) as browser:
        assert (await browser.get(issuer.sign_in(await go(browser)))).status_code == 502
        assert not await is_signed_in(browser)


async def test_an_issuer_that_calls_itself_otherwise_than_the_settings_do_is_not_asked(
    world: World, issuer: OpenIdDouble
) -> None:
    issuer.calls_itself = "https://another.example.org"
    async with browser_of(world, issuer) as browser:
        assert (await browser.get("/sign-in/openid")).status_code == 502


async def test_a_token_that_somebody_else_signed_is_not_believed(world: World, issuer: OpenIdDouble) -> None:
    issuer.signs_with = ECKey.generate_key("P-256", {"kid": "k1"})
    async with browser_of(world, issuer) as browser:
        assert (await browser.get(issuer.sign_in(await go(browser)))).status_code == 502


@pytest.mark.parametrize(
    "claims",
    [
        {"sub": "s-2", "email": "stranger@example.org", "email_verified": True},
        {"sub": "s-2", "email": EMAIL, "email_verified": False},
        {"sub": "s-2", "email": EMAIL},
    ],
)
async def test_who_has_no_account_or_an_address_that_nobody_verified_is_not_let_in(
    world: World, issuer: OpenIdDouble, claims: dict[str, object]
) -> None:
    issuer.claims = claims
    async with browser_of(world, issuer) as browser:
        assert (await browser.get(issuer.sign_in(await go(browser)))).status_code == 403


async def test_an_account_stays_with_the_subject_that_it_was_bound_to(world: World, issuer: OpenIdDouble) -> None:
    async with browser_of(world, issuer) as browser:
        await browser.get(issuer.sign_in(await go(browser)))
        issuer.claims = {"sub": "s-2", "email": EMAIL, "email_verified": True}
        async with browser_of(world, issuer) as other:
            assert (await other.get(issuer.sign_in(await go(other)))).status_code == 403
        issuer.claims = {"sub": "s-1"}  # whatever address they have by now
        async with browser_of(world, issuer) as again:
            assert (await again.get(issuer.sign_in(await go(again)))).status_code == 303


async def test_whoever_has_left_is_not_let_in(world: World, issuer: OpenIdDouble) -> None:
    async with transaction(world.service.sessions) as session:
        await disable_account(session, EMAIL, world.clock.now())
    async with browser_of(world, issuer) as browser:
        assert (await browser.get(issuer.sign_in(await go(browser)))).status_code == 403


async def test_whoever_is_to_show_it_anew_is_asked_by_the_issuer_and_a_silent_answer_does_not_count(
    world: World, issuer: OpenIdDouble
) -> None:
    now = int(world.clock.now().timestamp())
    async with browser_of(world, issuer) as browser:
        await browser.get(issuer.sign_in(await go(browser)))
        # The issuer has not said when it asked: long ago, for all that is known.
        assert (await browser.get("/exception")).headers["location"] == "/sign-in?next=/exception&again=1"
        assert "again=1" in (await browser.get("/sign-in?next=/exception&again=1")).text
        way = (await browser.get("/sign-in/openid?next=/exception&again=1")).headers["location"]
        assert "prompt=login&max_age=0" in way
        assert (await browser.get(issuer.sign_in(way))).status_code == 403
        for shown_at, status in ((now - 3600, 403), (now, 303)):
            issuer.claims["auth_time"] = shown_at
            way = (await browser.get("/sign-in/openid?next=/exception&again=1")).headers["location"]
            assert (await browser.get(issuer.sign_in(way))).status_code == status
        assert (await browser.get("/exception")).status_code == 200

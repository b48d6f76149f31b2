"""What an account is proved by: a password, an app for codes, passkeys; changed by its owner, and by nobody else."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from html import unescape

import httpx2
import pyotp
import pytest

from config.database import reading, transaction
from service.store import accounts, passkeys, viewer_sessions
from service.use_cases.access.account_life import disable_account, reset_account
from tests.contract.authenticator import Authenticator
from tests.databases import ON_SQLITE
from tests.integration.test_signing_in import (
    NAME,
    PASSWORD,
    PUBLIC_URL,
    TEAM_MANAGER,
    Browser,
    actions,
    browser_of,
    enter,
    is_signed_in,
    signed_in,
)
from tests.world import World

pytestmark = ON_SQLITE
KEYS, SIGN_IN_BY_KEY = "/account/passkeys", "/sign-in/passkey"


@pytest.fixture
def public_url() -> str:
    return PUBLIC_URL


@pytest.fixture
async def browser(world: World) -> AsyncIterator[Browser]:
    async with browser_of(world) as opened:
        await signed_in(world, opened)
        yield opened


def options_of(page: str) -> str:
    return unescape(re.findall(r'data-options="([^"]+)"', page)[0])


def token_of(page: str) -> str:
    return str(re.findall(r'name="token" value="([^"]+)"', page)[0])


async def added(browser: Browser, device: Authenticator) -> httpx2.Response:
    page = (await browser.open(KEYS)).text
    return await browser.send(KEYS, token=token_of(page), credential=device.make(options_of(page)), name="Work phone")


async def shown(browser: Browser, device: Authenticator) -> httpx2.Response:
    page = (await browser.open(f"{SIGN_IN_BY_KEY}?next=/plans")).text
    fields = {"token": token_of(page), "credential": device.show(options_of(page)), "next": "/plans"}
    return await browser.send(SIGN_IN_BY_KEY, **fields)


async def keys(world: World) -> list[str]:
    async with reading(world.service.sessions) as session:
        account = await accounts.with_name(session, NAME)
        return [key.name for key in await passkeys.of_account(session, account.id if account else "")]


# -------------------------------------------------------------------------------------------------------- passkeys


async def test_a_passkey_is_added_signs_in_without_a_password_and_is_removed(world: World, browser: Browser) -> None:
    device = Authenticator(PUBLIC_URL)
    assert (await added(browser, device)).status_code == 303
    assert await keys(world) == ["Work phone"]
    async with browser_of(world) as phone:
        answer = await shown(phone, device)
        assert (answer.status_code, answer.headers["location"]) == (303, "/plans")
        assert await is_signed_in(phone)
    page = (await browser.open(KEYS)).text
    [key] = re.findall(r'name="key" value="([^"]+)"', page)
    await browser.send(f"{KEYS}/remove", key=key)
    assert await keys(world) == []
    async with browser_of(world) as phone:
        assert (await shown(phone, device)).status_code == 401
    assert {"passkey_added", "passkey_removed"} <= set(await actions(world))


async def test_a_device_that_its_owner_has_not_unlocked_is_not_taken(world: World, browser: Browser) -> None:
    assert (await added(browser, Authenticator(PUBLIC_URL, unlocked=False))).status_code == 422
    device = Authenticator(PUBLIC_URL)
    await added(browser, device)
    device.unlocked = False
    async with browser_of(world) as thief:
        assert (await shown(thief, device)).status_code == 401
        assert not await is_signed_in(thief)


async def test_a_passkey_that_was_shown_to_another_page_does_not_sign_in(world: World, browser: Browser) -> None:
    device = Authenticator(PUBLIC_URL)
    await added(browser, device)
    device.origin = "https://planwatch.example.net"
    async with browser_of(world) as thief:
        assert (await shown(thief, device)).status_code == 401


async def test_an_answer_of_a_device_is_good_once(world: World, browser: Browser) -> None:
    device = Authenticator(PUBLIC_URL)
    await added(browser, device)
    async with browser_of(world) as phone:
        page = (await phone.open(SIGN_IN_BY_KEY)).text
        fields = {"token": token_of(page), "credential": device.show(options_of(page))}
        assert (await phone.send(SIGN_IN_BY_KEY, **fields)).status_code == 303
    async with browser_of(world) as thief:
        await thief.open(SIGN_IN_BY_KEY)
        assert (await thief.send(SIGN_IN_BY_KEY, **fields)).status_code == 401


@pytest.mark.parametrize("credential", ["", "{}", "[]", '{"id": 1}', "x" * 19_000, '{"id": "AA", "rawId": "AA"}'])
async def test_what_is_no_answer_of_a_device_is_refused(browser: Browser, credential: str) -> None:
    page = (await browser.open(KEYS)).text
    assert (await browser.send(KEYS, token=token_of(page), credential=credential)).status_code == 422
    page = (await browser.open(SIGN_IN_BY_KEY)).text
    assert (await browser.send(SIGN_IN_BY_KEY, token=token_of(page), credential=credential)).status_code == 401


async def test_whoever_left_or_began_anew_cannot_come_in_by_a_passkey(world: World, browser: Browser) -> None:
    device = Authenticator(PUBLIC_URL)
    await added(browser, device)
    async with transaction(world.service.sessions) as session:
        await disable_account(session, NAME, world.clock.now())
    async with browser_of(world) as phone:
        assert (await shown(phone, device)).status_code == 401
    async with transaction(world.service.sessions) as session:
        await reset_account(session, NAME, world.clock.now())
    async with browser_of(world) as phone:
        assert (await shown(phone, device)).status_code == 401


async def test_only_pages_of_passkeys_run_our_script_and_none_runs_another(browser: Browser) -> None:
    for path, runs in ((KEYS, True), (SIGN_IN_BY_KEY, True), ("/account", False), ("/sign-in?again=1", False)):
        answer = await browser.open(path)
        policy = answer.headers["content-security-policy"]
        assert ("script-src 'self'" in policy) is runs, path
        assert "unsafe" not in policy
        scripts = re.findall(r"<script[^>]*>", answer.text)
        assert [
            bool(re.fullmatch(r'<script src="/static/[0-9a-f]{16}/passkeys.js" defer>', tag)) for tag in scripts
        ] == ([True] if runs else [])
    [address] = re.findall(r'src="(/static/[^"]+\.js)"', (await browser.open(KEYS)).text)
    assert (await browser.open(address)).headers["content-type"].startswith("text/javascript")


# ------------------------------------------------------------------------------------------- the app and the password


async def test_the_app_for_codes_is_changed_by_a_code_of_the_new_one_and_the_old_one_ends(
    world: World, browser: Browser
) -> None:
    async with transaction(world.service.sessions) as session:
        await viewer_sessions.begin(session, TEAM_MANAGER, None, "password", world.clock.now())
    page = (await browser.open("/account/app")).text
    app = pyotp.TOTP(re.findall(r"<code>([A-Z2-7 ]+)</code>", page)[0].replace(" ", ""))
    wrong = await browser.send("/account/app", token=token_of(page), code="000000")
    assert wrong.status_code == 422
    assert app.secret in wrong.text.replace(" ", "")
    sent = await browser.send("/account/app", token=token_of(page), code=app.at(world.clock.now()))
    assert (sent.status_code, sent.headers["location"]) == (303, "/account")
    async with reading(world.service.sessions) as session:
        account = await accounts.with_name(session, NAME)
        assert len(await viewer_sessions.standing(session, TEAM_MANAGER)) == 1
    assert account is not None
    assert (account.totp, account.totp_confirmed) == (app.secret, True)


async def test_a_key_that_was_begun_for_somebody_else_is_not_taken(world: World, browser: Browser) -> None:
    page = (await browser.open("/account/app")).text
    app = pyotp.TOTP(re.findall(r"<code>([A-Z2-7 ]+)</code>", page)[0].replace(" ", ""))
    async with browser_of(world) as other:
        await enter(world, other, "w-sw")
        sent = await other.send("/account/app", token=token_of(page), code=app.at(world.clock.now()))
    assert sent.status_code == 410


async def test_the_app_is_removed_only_where_a_passkey_is_left_and_that_stays_then(
    world: World, browser: Browser
) -> None:
    await browser.open("/account/app")
    assert (await browser.send("/account/app/remove")).status_code == 409
    device = Authenticator(PUBLIC_URL)
    await added(browser, device)
    await browser.open("/account/app")
    assert (await browser.send("/account/app/remove")).status_code == 303
    page = (await browser.open(KEYS)).text
    [key] = re.findall(r'name="key" value="([^"]+)"', page)
    assert (await browser.send(f"{KEYS}/remove", key=key)).status_code == 422
    async with browser_of(world) as stranger:
        assert (await stranger.sign_in()).status_code == 401
    async with browser_of(world) as phone:
        assert (await shown(phone, device)).status_code == 303


async def test_a_new_password_is_not_a_weak_one_and_counts_at_once(world: World, browser: Browser) -> None:
    await browser.open("/account/password")
    short = await browser.send("/account/password", current=PASSWORD, password="short", again="short")
    assert short.status_code == 422
    new = "five other plain words here"
    sent = await browser.send("/account/password", current=PASSWORD, password=new, again=new)
    assert sent.status_code == 303
    async with browser_of(world) as phone:
        assert (await phone.sign_in(password=PASSWORD)).status_code == 401
        assert (await phone.sign_in(password=new)).headers["location"] == "/sign-in/code"


async def test_a_password_is_changed_by_nobody_who_does_not_know_it(world: World, browser: Browser) -> None:
    await browser.open("/account/password")
    new = {"password": "five other plain words here", "again": "five other plain words here"}
    assert "Write the password that you have now" in (await browser.send("/account/password", **new)).text
    wrong = await browser.send("/account/password", current="a guess of somebody", **new)
    assert (wrong.status_code, "not the password that you have now" in wrong.text) == (422, True)
    for _ in range(10):
        wrong = await browser.send("/account/password", current="a guess of somebody", **new)
    assert "too many tries" in wrong.text
    assert "too many tries" in (await browser.send("/account/password", current=PASSWORD, **new)).text
    async with browser_of(world) as phone:
        assert (await phone.sign_in(password=PASSWORD)).headers["location"] == "/sign-in/code"


async def test_sessions_elsewhere_end_where_a_passkey_comes_or_goes(world: World, browser: Browser) -> None:
    async def standing_beside_this() -> int:
        async with transaction(world.service.sessions) as session:
            return len(await viewer_sessions.standing(session, TEAM_MANAGER)) - 1

    async def begun_elsewhere() -> None:
        async with transaction(world.service.sessions) as session:
            await viewer_sessions.begin(session, TEAM_MANAGER, None, "password", world.clock.now())

    await begun_elsewhere()
    assert await standing_beside_this() == 1
    await added(browser, Authenticator(PUBLIC_URL))
    assert await standing_beside_this() == 0
    await begun_elsewhere()
    [key] = re.findall(r'name="key" value="([^"]+)"', (await browser.open(KEYS)).text)
    assert (await browser.send(f"{KEYS}/remove", key=key)).status_code == 303
    assert (await standing_beside_this(), await is_signed_in(browser)) == (0, True)


@pytest.mark.parametrize("path", ["/account/app", "/account/password", KEYS])
async def test_whoever_signed_in_a_while_ago_shows_first_that_it_is_them(
    world: World, browser: Browser, path: str
) -> None:
    world.clock.set(world.clock.now() + timedelta(minutes=15))
    assert (await browser.open(path)).headers["location"] == f"/sign-in?next={path}&again=1"

"""The whole life of an account, on the pages of an administrator: each change is the audit's, and none goes too far."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from config.database import reading, transaction
from service.domain.own_id import OwnId
from service.store import accounts, audit
from service.use_cases.access.account_life import add_account
from tests.databases import ON_SQLITE
from tests.integration.test_signing_in import (
    NAME,
    PUBLIC_URL,
    Browser,
    browser_of,
    enter,
    is_signed_in,
    set_up,
    signed_in,
)
from tests.world import World, book

pytestmark = ON_SQLITE
ADMINISTRATOR = OwnId("dudley", "w-config")
LINK = re.compile(rf"{PUBLIC_URL}(/invitation/[\w-]{{43}})")


@pytest.fixture
def public_url() -> str:
    return PUBLIC_URL


@pytest.fixture
async def browser(world: World) -> AsyncIterator[Browser]:
    """An administrator's."""
    async with browser_of(world) as opened:
        await signed_in(world, opened, ADMINISTRATOR, administrator=True)
        yield opened


async def path_of(world: World, name: str = NAME) -> str:
    async with reading(world.service.sessions) as session:
        account = await accounts.with_name(session, name)
    assert account is not None
    return f"/accounts/{account.id}"


async def changes(world: World) -> list[tuple[str, str | None, str | None]]:
    """What was done to accounts by whom and to whom, the oldest first."""
    async with reading(world.service.sessions) as session:
        entries = await audit.latest(session, "dudley", 50)
    return [(entry.action, entry.person, entry.about) for entry in reversed(entries) if entry.about]


async def test_an_account_is_made_set_up_begun_anew_and_disabled(world: World, browser: Browser) -> None:
    await browser.open("/accounts")
    made = await browser.send("/accounts", person="w-tm", signs_in_as="")
    [link] = LINK.findall(made.text)
    assert "invited, not set up" in (await browser.open("/accounts")).text
    async with browser_of(world, "192.0.2.2") as owner:
        await set_up(world, owner, link)
        listed = (await browser.open("/accounts")).text
        assert ("can sign in" in listed, "password and app for codes" in listed) == (True, True)
        path = await path_of(world)
        await browser.open(path)
        anew = await browser.send(f"{path}/reset")
        assert not await is_signed_in(owner)
        world.clock.advance(minutes=5)
        await set_up(world, owner, LINK.findall(anew.text)[0])
        assert await is_signed_in(owner)
        await browser.open(path)
        assert (await browser.send(f"{path}/disable")).headers["location"] == path
        assert not await is_signed_in(owner)
        assert (await owner.open(link)).status_code == 410
    assert "disabled" in (await browser.open("/accounts")).text
    by_her = [(action, "w-config", "w-tm") for action in ("account_added", "account_reset", "account_disabled")]
    assert [change for change in await changes(world) if change[1] == "w-config" and change[2] == "w-tm"] == by_her


async def test_who_is_not_chosen_or_signs_in_as_somebody_else_is_said_beside_the_field(
    world: World, browser: Browser
) -> None:
    await browser.open("/accounts")
    nobody = await browser.send("/accounts", person="", signs_in_as="")
    assert (nobody.status_code, "Choose who is invited" in nobody.text) == (422, True)
    taken = await browser.send("/accounts", person="w-tm", signs_in_as="w-config@example.org")
    assert taken.status_code == 422
    assert "Somebody else signs in with that name: give another below" in taken.text
    assert 'value="w-config@example.org"' in taken.text
    assert "planwatch user" not in taken.text
    unknown = await browser.send("/accounts", person="w-99", signs_in_as="x@example.org")
    assert "Nobody is recorded as w-99 in dudley</a>" in unknown.text


async def test_nobody_changes_an_account_of_their_own_or_of_whoever_watches_them(
    world: World, browser: Browser
) -> None:
    async with transaction(world.service.sessions) as session:
        now = world.clock.now()
        await add_account(session, book(), OwnId("dudley", "w-sw2"), None, now, auditor=True)
        await add_account(session, book(), OwnId("dudley", "w-oncall"), None, now, administrator=True)
    for name in ("w-config", "w-sw2", "w-oncall"):
        path = await path_of(world, f"{name}@example.org")
        page = (await browser.open(path)).text
        assert "by a command" in page
        for form in ("reset", "disable"):
            assert f"{path}/{form}" not in page
            assert (await browser.send(f"{path}/{form}")).status_code == 403
    assert {change[0] for change in await changes(world)} == {"account_added", "account_set_up"}


async def test_accounts_are_for_administrators_of_the_same_authority(world: World, browser: Browser) -> None:
    await signed_in_elsewhere(world)
    elsewhere = await path_of(world, "else@example.org")
    await browser.open("/accounts")
    assert (await browser.open(elsewhere)).status_code == 404
    assert (await browser.send(f"{elsewhere}/disable")).status_code == 404
    assert "else@example.org" not in (await browser.open("/accounts")).text
    async with browser_of(world, "192.0.2.3") as manager:
        await enter(world, manager, "w-tm", auditor=True)
        assert (await manager.open("/accounts")).status_code == 403
        assert (await manager.send(f"{await path_of(world)}/reset")).status_code == 403


async def signed_in_elsewhere(world: World) -> None:
    known = {"authority": "wakefield", "name": "Somebody Else", "kind": "worker", "email": "else@example.org"}
    await world.service.receive([world.event("person.recorded", "w-else", source="/wakefield/test", **known)])
    async with transaction(world.service.sessions) as session:
        await add_account(session, book(), OwnId("wakefield", "w-else"), None, world.clock.now())


async def test_whoever_left_the_page_open_shows_anew_who_they_are(world: World, browser: Browser) -> None:
    await browser.open("/accounts")
    world.clock.advance(minutes=16)
    answer = await browser.send("/accounts", person="w-tm", signs_in_as="")
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/sign-in?")
    async with reading(world.service.sessions) as session:
        assert await accounts.of_person(session, OwnId("dudley", "w-tm")) is None


async def test_whoever_only_administers_finds_on_the_first_page_what_they_can_do(world: World) -> None:
    async with browser_of(world, "192.0.2.4") as administrator:
        await signed_in(world, administrator, OwnId("dudley", "w-sw2"), administrator=True)
        page = (await administrator.open("/")).text
        main = page[page.index("<main") : page.index("</main>")]
        assert re.findall(r'href="([^"]+)"', main) == ["/accounts", "/policies", "/account", "/help/administrator"]
        for path in ("/accounts", "/policies", "/account", "/help/administrator"):
            assert (await administrator.open(path)).status_code == 200


async def test_a_part_of_a_name_finds_an_account(world: World, browser: Browser) -> None:
    async with transaction(world.service.sessions) as session:
        await add_account(session, book(), OwnId("dudley", "w-tm"), None, world.clock.now() - timedelta(days=1))
    assert "w-config@" not in (await browser.open("/accounts?name=W-TM")).text
    assert "No account has" in (await browser.open("/accounts?name=zz")).text

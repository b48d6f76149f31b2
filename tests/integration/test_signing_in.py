"""Signing in with an account of one's own: set up by a link, proved by password and code, guessed by nobody."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import httpx2
import pyotp
import pytest
from argon2 import PasswordHasher
from fastapi import FastAPI

from config.database import reading, transaction
from service.api.application import make_application
from service.domain.own_id import OwnId
from service.refused_requests import RefusalKind
from service.store import audit, begun, sign_in_failures, viewer_sessions
from service.use_cases.access.account_life import (
    INVITATION,
    AccountError,
    add_account,
    disable_account,
    reset_account,
    set_up_account,
)
from service.use_cases.access.prove import Tried, prove_password
from service.use_cases.access.sights import sight_of
from service.web.csrf import token_for
from service.web.routes import add_pages
from service.web.viewer import Entrance
from tests.databases import ON_SQLITE
from tests.world import World, book

pytestmark = ON_SQLITE
PUBLIC_URL = "https://planwatch.example.org"
NAME, PASSWORD = "w-tm@example.org", "four plain words here"
# Of the password, too: a hash says itself how much work it takes.
CHEAP_HASH = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
TEAM_MANAGER = OwnId("dudley", "w-tm")


@pytest.fixture
def public_url() -> str:
    return PUBLIC_URL


class Browser:
    """A browser at the pages of a world."""

    def __init__(self, client: httpx2.AsyncClient) -> None:
        self.client = client
        self.csrf = ""

    async def open(self, path: str) -> httpx2.Response:
        answer = await self.client.get(path)
        tokens = re.findall(r'name="csrf" value="(\w+)"', answer.text)
        self.csrf = tokens[0] if tokens else self.csrf
        return answer

    async def send(self, path: str, **fields: str) -> httpx2.Response:
        return await self.client.post(path, data={"csrf": self.csrf, **fields})

    async def sign_in(self, name: str = NAME, password: str = PASSWORD) -> httpx2.Response:
        await self.open("/sign-in?next=/plans")
        return await self.send("/sign-in", name=name, password=password, next="/plans")


def application(world: World) -> FastAPI:
    app = make_application(world.service)
    add_pages(app, world.service)
    return app


@asynccontextmanager
async def browser_of(world: World, peer: str = "192.0.2.1") -> AsyncIterator[Browser]:
    transport = httpx2.ASGITransport(app=application(world), client=(peer, 4000))
    async with httpx2.AsyncClient(transport=transport, base_url=PUBLIC_URL) as client:
        yield Browser(client)


@pytest.fixture
async def browser(world: World) -> AsyncIterator[Browser]:
    async with browser_of(world) as opened:
        yield opened


async def invitation(world: World) -> str:
    async with transaction(world.service.sessions) as session:
        invited = await add_account(session, book(), TEAM_MANAGER, None, world.clock.now())
    return f"/invitation/{invited.token}"


async def set_up(world: World, browser: Browser, path: str) -> pyotp.TOTP:
    """Follow an invitation, and return the app that shows codes."""
    page = (await browser.open(path)).text
    app = pyotp.TOTP(re.findall(r"<code>([A-Z2-7 ]+)</code>", page)[0].replace(" ", ""))
    sent = await browser.send(path, password=PASSWORD, again=PASSWORD, code=app.at(world.clock.now()))
    assert sent.status_code == 303, sent.text
    return app


async def signed_in(
    world: World,
    browser: Browser,
    person: OwnId = TEAM_MANAGER,
    *,
    auditor: bool = False,
    administrator: bool = False,
) -> pyotp.TOTP:
    """Sign somebody in by an account that was set up before, and return the app that shows codes."""
    now = world.clock.now()
    async with transaction(world.service.sessions) as session:
        invited = await add_account(session, book(), person, None, now, auditor=auditor, administrator=administrator)
        invitation = await begun.find(session, INVITATION, invited.token, now)
        assert invitation is not None
        app = pyotp.TOTP(invitation.data["totp"])
        await set_up_account(session, invited.token, CHEAP_HASH, app.timecode(now) - 1, now)
    await browser.sign_in(invited.account.name)
    await browser.open("/sign-in/code")
    assert (await browser.send("/sign-in/code", code=app.at(now))).status_code == 303
    return app


async def is_signed_in(browser: Browser) -> bool:
    return (await browser.client.get("/sign-in")).status_code == 303


async def actions(world: World) -> list[str]:
    async with reading(world.service.sessions) as session:
        return [entry.action for entry in await audit.latest(session, "dudley", 50)]


async def test_an_invitation_sets_an_account_up_once_and_signs_its_owner_in(world: World, browser: Browser) -> None:
    path = await invitation(world)
    await set_up(world, browser, path)
    assert await is_signed_in(browser)
    async with browser_of(world) as other:
        assert (await other.open(path)).status_code == 410
    assert await actions(world) == ["signed_in", "account_set_up", "account_added"]


async def test_opening_an_invitation_uses_nothing_up_and_it_ends_after_three_days(
    world: World, browser: Browser
) -> None:
    path = await invitation(world)
    for _ in range(3):
        assert (await browser.open(path)).status_code == 200
        assert (await browser.client.head(path)).status_code in (200, 405)
    world.clock.set(world.clock.now() + timedelta(days=3))
    assert (await browser.open(path)).status_code == 410


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"password": "short", "again": "short"}, "at least 12 letters"),
        ({"password": PASSWORD, "again": "another long password"}, "The two passwords differ"),
        ({"password": "w-tm-w-tm-w-tm", "again": "w-tm-w-tm-w-tm"}, "without your name"),
        ({"password": PASSWORD, "again": PASSWORD, "code": "000000"}, "not the code"),
    ],
)
async def test_a_weak_password_or_a_wrong_code_sets_nothing_up(
    world: World, browser: Browser, fields: dict[str, str], said: str
) -> None:
    path = await invitation(world)
    await browser.open(path)
    answer = await browser.send(path, **fields)
    assert answer.status_code == 422
    assert said in answer.text
    assert not await is_signed_in(browser)


async def test_name_password_and_code_sign_in_and_lead_back(world: World, browser: Browser) -> None:
    app = await signed_in(world, browser)
    world.clock.set(world.clock.now() + timedelta(minutes=5))
    async with browser_of(world) as phone:
        asked = await phone.sign_in(NAME.upper())
        assert asked.headers["location"] == "/sign-in/code"
        assert not await is_signed_in(phone)
        await phone.open("/sign-in/code")
        done = await phone.send("/sign-in/code", code=app.at(world.clock.now()))
        assert (done.status_code, done.headers["location"]) == (303, "/plans")
        assert await is_signed_in(phone)


async def test_a_code_is_taken_once(world: World, browser: Browser) -> None:
    app = await signed_in(world, browser)
    used = app.at(world.clock.now())
    async with browser_of(world) as thief:
        await thief.sign_in()
        await thief.open("/sign-in/code")
        assert (await thief.send("/sign-in/code", code=used)).status_code == 401


@pytest.mark.parametrize(("name", "password"), [(NAME, "wrong"), ("nobody@example.org", PASSWORD)])
async def test_what_is_wrong_is_not_told_apart(world: World, browser: Browser, name: str, password: str) -> None:
    await signed_in(world, browser)
    async with browser_of(world) as stranger:
        answer = await stranger.sign_in(name, password)
        assert answer.status_code == 401
        assert (
            described_as(answer.text, "name")
            == "Error: Name and password do not belong together. Check both, and try again."
        )


def described_as(page: str, field: str) -> str:
    """What is said at a field in which something is wrong, and read out with it; a link at the top leads there."""
    assert re.search(rf'<div class="govuk-error-summary" role="alert"[^>]*>.*<a href="#{field}">', page, re.DOTALL)
    assert re.search(rf'govuk-input--error" id="{field}"[^>]* aria-describedby="{field}-error"', page)
    (message,) = re.findall(rf'<p class="govuk-error-message" id="{field}-error">(.*?)</p>', page)
    return re.sub("<[^>]*>", "", message)


async def test_what_was_left_out_is_said_at_its_field_and_counts_as_no_try(world: World, browser: Browser) -> None:
    await signed_in(world, browser)
    async with browser_of(world) as owner:
        for _ in range(20):
            answer = await owner.sign_in("", " ")
        assert answer.status_code == 422
        assert described_as(answer.text, "name") == "Error: Write the name that you sign in with"
        assert described_as(answer.text, "password") == "Error: Write your password"
        assert (await owner.sign_in()).headers["location"] == "/sign-in/code"
        await owner.open("/sign-in/code")
        wrong = await owner.send("/sign-in/code", code="000000")
        assert (
            described_as(wrong.text, "code") == "Error: That code is not right. Write the one that the app shows now."
        )


async def test_without_the_password_there_is_no_form_for_a_code(browser: Browser) -> None:
    assert (await browser.open("/sign-in/code")).headers["location"] == "/sign-in"


async def test_guesses_are_refused_and_the_owner_still_comes_in_from_a_known_device(
    world: World, browser: Browser
) -> None:
    app = await signed_in(world, browser)
    async with browser_of(world, "192.0.2.66") as thief:
        statuses = [(await thief.sign_in(password=f"guess {number}")).status_code for number in range(30)]
        assert statuses == [401] * 10 + [429] * 20
        # Also the right one, now: nobody learns by it that it is.
        assert (await thief.sign_in()).status_code == 429
    assert world.service.refused_requests.counts[RefusalKind.SIGN_IN_LIMITED] == 21
    world.clock.set(world.clock.now() + timedelta(minutes=1))
    browser.client.cookies.delete("__Host-planwatch-session")
    assert (await browser.sign_in()).headers["location"] == "/sign-in/code"
    await browser.open("/sign-in/code")
    assert (await browser.send("/sign-in/code", code=app.at(world.clock.now()))).status_code == 303


async def test_one_address_cannot_try_many_names(world: World, browser: Browser) -> None:
    async with transaction(world.service.sessions) as session:
        for _ in range(199):
            await sign_in_failures.count(session, sign_in_failures.key_of("peer", "192.0.2.1"), world.clock.now())
    assert [(await browser.sign_in(f"n{number}", "x")).status_code for number in range(3)] == [401, 429, 429]
    world.clock.set(world.clock.now() + sign_in_failures.WINDOW)
    assert (await browser.sign_in("n", "x")).status_code == 401


async def test_codes_are_not_guessed(world: World, browser: Browser) -> None:
    await signed_in(world, browser)
    async with browser_of(world) as thief:
        await thief.sign_in()
        await thief.open("/sign-in/code")
        statuses = [(await thief.send("/sign-in/code", code="123456")).status_code for _ in range(7)]
    assert statuses == [401] * 5 + [429] * 2


async def test_whoever_leaves_is_out_at_once_and_cannot_come_back(world: World, browser: Browser) -> None:
    await signed_in(world, browser)
    async with transaction(world.service.sessions) as session:
        await disable_account(session, NAME, world.clock.now())
    assert not await is_signed_in(browser)
    assert (await browser.sign_in()).status_code == 401


async def test_a_reset_ends_sessions_password_and_codes_and_gives_a_new_link(world: World, browser: Browser) -> None:
    app = await signed_in(world, browser)
    async with transaction(world.service.sessions) as session:
        invited = await reset_account(session, NAME, world.clock.now())
    assert not await is_signed_in(browser)
    assert (await browser.sign_in()).status_code == 401
    anew = await set_up(world, browser, f"/invitation/{invited.token}")
    assert anew.secret != app.secret


async def test_an_account_belongs_to_a_worker_or_partner_of_the_directory(world: World) -> None:
    await world.service.receive([world.person("aunt", "family")])
    for person in (OwnId("dudley", "aunt"), OwnId("dudley", "nobody"), OwnId("nowhere", "w-tm")):
        async with transaction(world.service.sessions) as session:
            with pytest.raises(AccountError):
                await add_account(session, book(), person, None, world.clock.now())


async def test_signing_out_ends_the_session(world: World, browser: Browser) -> None:
    await signed_in(world, browser)
    async with reading(world.service.sessions) as session:
        assert len(await viewer_sessions.standing(session, TEAM_MANAGER)) == 1
    token = browser.client.cookies["__Host-planwatch-session"]
    browser.csrf = token_for(token)
    assert (await browser.send("/sign-out")).status_code == 303
    assert not await is_signed_in(browser)


# ------------------------------------------------------------------------------------------------ beyond the rule


async def enter(world: World, browser: Browser, person: str, *, auditor: bool = False) -> None:
    """Sign somebody in, by an account that is set up at once."""
    await signed_in(world, browser, OwnId("dudley", person), auditor=auditor)
    browser.csrf = token_for(browser.client.cookies["__Host-planwatch-session"])


async def test_whoever_looks_beyond_the_rule_says_why_and_the_team_manager_is_told(
    world: World, browser: Browser
) -> None:
    await enter(world, browser, "w-oncall")
    plan = Entrance(world.service, frozenset()).addresses.id_of(OwnId("dudley", "P-1001"))
    person, own_id = OwnId("dudley", "w-oncall"), OwnId("dudley", "P-1001")
    assert (await browser.send("/exception", plan="P-1001", reason="why")).status_code == 422
    assert world.inbox("w-tm") == []
    answer = await browser.send("/exception", plan="P-1001", reason="The duty desk asked about tonight.")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/plans/{plan}")
    async with reading(world.service.sessions) as session:
        sight = await sight_of(session, book(), person, own_id, world.clock.now())
        over = await sight_of(session, book(), person, own_id, world.clock.now() + timedelta(hours=8))
        [entry] = [entry for entry in await audit.latest(session, "dudley", 9) if entry.plan is not None]
    assert sight is not None
    assert (sight.by_exception, over) == (True, None)
    assert (entry.action, entry.person, entry.detail) == (
        "plan_seen_by_exception", "w-oncall", "The duty desk asked about tonight."
    )  # fmt: skip
    await world.tick()
    [told] = world.inbox("w-tm")
    assert told.content.subject == "P-1001: somebody without a role on the plan has looked at it"
    assert "w-oncall" not in told.content.text + str(told.content.html)


async def test_a_plan_that_is_not_there_is_not_there_beyond_the_rule_either(world: World, browser: Browser) -> None:
    await enter(world, browser, "w-oncall")
    answer = await browser.send("/exception", plan="P-77", reason="The duty desk asked about tonight.")
    assert answer.status_code == 422
    assert "plan_asked_for_in_vain" in await actions(world)


async def test_whoever_holds_no_role_sees_no_case_for_whatever_reason_and_auditors_see_the_audit(
    world: World, browser: Browser
) -> None:
    await enter(world, browser, "w-sw2", auditor=True)
    assert (await browser.send("/exception", plan="P-1001", reason="I am curious about it.")).status_code == 403
    assert "an account was set up" in (await browser.open("/audit")).text


async def test_a_session_elsewhere_is_ended_from_ones_account(world: World, browser: Browser) -> None:
    app = await signed_in(world, browser)
    world.clock.set(world.clock.now() + timedelta(minutes=5))
    async with browser_of(world) as phone:
        await phone.sign_in()
        await phone.open("/sign-in/code")
        await phone.send("/sign-in/code", code=app.at(world.clock.now()))
        assert (await browser.open("/audit")).status_code == 403
        page = await browser.open("/account")
        assert page.text.count("password and code") == 2
        await browser.send("/account/sessions")
        assert not await is_signed_in(phone)
        assert await is_signed_in(browser)


@pytest.mark.parametrize("number", [300, pytest.param(100_000, marks=pytest.mark.nightly)])
async def test_guesses_from_everywhere_let_nobody_in_and_hardly_any_is_looked_at(
    world: World, browser: Browser, number: int
) -> None:
    await signed_in(world, browser)
    verdicts: Counter[object] = Counter()
    for guess in range(number):
        tried = Tried(NAME, f"198.51.100.{guess}")
        # The right one, too, comes too late: nobody learns by it that it is.
        password = PASSWORD if guess == number - 1 else f"guess {guess}"
        verdicts[await prove_password(world.service.sessions, tried, password, world.clock.now())] += 1
    assert verdicts == {"wrong": 10, "too_many": number - 10}


# -------------------------------------------------------------------------------------------------- shown anew


async def test_whoever_signed_in_a_while_ago_shows_anew_who_they_are_before_what_could_do_harm(
    world: World, browser: Browser
) -> None:
    app = await signed_in(world, browser)
    token = browser.client.cookies["__Host-planwatch-session"]
    assert (await browser.open("/team/handover")).status_code == 200
    world.clock.set(world.clock.now() + timedelta(minutes=15))
    for path in ("/team/handover", "/exception"):
        sent_to = (await browser.open(path)).headers["location"]
        assert sent_to == f"/sign-in?next={path}&again=1"
    assert (await browser.open("/plans")).status_code == 200
    page = await browser.open("/sign-in?next=/exception&again=1")
    assert "Show that it is you" in page.text
    assert (await browser.send("/sign-in", name=NAME, password="wrong", next="/exception")).status_code == 401
    await browser.send("/sign-in", name=NAME, password=PASSWORD, next="/exception")
    await browser.open("/sign-in/code")
    done = await browser.send("/sign-in/code", code=app.at(world.clock.now()))
    assert done.headers["location"] == "/exception"
    assert (await browser.open("/exception")).status_code == 200
    async with reading(world.service.sessions) as session:
        earlier = await viewer_sessions.find(session, token)
    assert earlier is not None
    assert earlier.ended_at is not None  # the session has a new token, and the old one is of no more use


async def test_a_form_that_is_sent_too_late_changes_nothing_and_leads_to_its_page(
    world: World, browser: Browser
) -> None:
    await signed_in(world, browser)
    async with transaction(world.service.sessions) as session:
        await viewer_sessions.begin(session, TEAM_MANAGER, None, "password", world.clock.now())
    await browser.open("/account")
    world.clock.set(world.clock.now() + timedelta(minutes=15))
    sent = await browser.send("/account/sessions")
    assert sent.headers["location"] == "/sign-in?next=/account&again=1"
    async with reading(world.service.sessions) as session:
        assert len(await viewer_sessions.standing(session, TEAM_MANAGER)) == 2


# -------------------------------------------------------------------------------------------------- who saw what


async def test_who_saw_a_plan_and_what_they_recorded_stands_in_the_audit_once_an_hour(
    world: World, browser: Browser
) -> None:
    await enter(world, browser, "w-sw")
    plan = Entrance(world.service, frozenset()).addresses.id_of(OwnId("dudley", "P-1001"))
    for _ in range(3):
        assert (await browser.open(f"/plans/{plan}")).status_code == 200
    await browser.open(f"/plans/{plan}/record")
    world.clock.set(world.clock.now() + timedelta(minutes=30))
    await browser.open("/plans")
    world.clock.set(world.clock.now() + timedelta(minutes=30))
    await browser.open(f"/plans/{plan}")
    async with reading(world.service.sessions) as session:
        entries = [entry for entry in await audit.latest(session, "dudley", 50) if entry.plan is not None]
    assert [(entry.action, entry.person, entry.plan) for entry in entries] == [("plan_seen", "w-sw", "P-1001")] * 2


async def test_whoever_may_not_see_a_plan_leaves_no_word_that_they_saw_it(world: World, browser: Browser) -> None:
    await enter(world, browser, "w-sw2")
    plan = Entrance(world.service, frozenset()).addresses.id_of(OwnId("dudley", "P-1001"))
    assert (await browser.open(f"/plans/{plan}")).status_code == 404
    assert "plan_seen" not in await actions(world)

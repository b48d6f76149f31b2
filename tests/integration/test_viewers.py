"""Who looks: sessions, forms, the way back after signing in, and the rule of every page."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Annotated
from urllib.parse import quote

import httpx2
import pytest
from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.responses import PlainTextResponse, RedirectResponse, Response

from service.api.application import make_application
from service.domain.own_id import OwnId
from service.web.access_rules import SEES_PLAN, SIGNED_IN, SeenPlan, holds
from service.web.failures import fail_on_pages
from service.web.layout import Layout
from service.web.viewer import Entrance, Viewer, set_up_entrance, sign_in, sign_out
from tests.databases import ON_SQLITE
from tests.world import World, world_in

pytestmark = ON_SQLITE
PUBLIC_URL = "https://planwatch.example.org"
COOKIE = "__Host-planwatch-session"
WAY = "test"


def pages_of(world: World) -> FastAPI:
    """An application with a few pages, and a door for the test alone."""
    app = make_application(world.service)
    set_up_entrance(app, Entrance(world.service, frozenset({WAY})))
    router = APIRouter()

    @router.get("/enter/{person}")
    async def enter(request: Request, person: str, way: str = WAY, authority: str = "dudley") -> Response:
        answer = RedirectResponse("/", 303)
        await sign_in(request, answer, OwnId(authority, person), way)
        return answer

    @router.get("/")
    async def home(viewer: Annotated[Viewer, Depends(SIGNED_IN)]) -> Response:
        return PlainTextResponse(f"{viewer.name}|{','.join(sorted(viewer.roles))}|{viewer.csrf}")

    @router.post("/change")
    async def change(viewer: Annotated[Viewer, Depends(SIGNED_IN)]) -> Response:
        return PlainTextResponse(viewer.name)

    @router.post("/leave")
    async def leave(request: Request, viewer: Annotated[Viewer, Depends(SIGNED_IN)]) -> Response:
        answer = RedirectResponse("/", 303)
        await sign_out(request, answer, viewer)
        return answer

    @router.get("/plans/{plan}")
    async def plan(seen: Annotated[SeenPlan, Depends(SEES_PLAN)]) -> Response:
        return PlainTextResponse(f"{seen.plan.id}: {seen.sight.reason}")

    @router.get("/team")
    async def team(viewer: Annotated[Viewer, Depends(holds("team_manager"))]) -> Response:
        return PlainTextResponse(viewer.name)

    app.include_router(router, include_in_schema=False)
    fail_on_pages(app, Layout(world.service))
    return app


@pytest.fixture
def public_url() -> str:
    return PUBLIC_URL


def browser_of(world: World, host: str = PUBLIC_URL) -> httpx2.AsyncClient:
    return httpx2.AsyncClient(transport=httpx2.ASGITransport(app=pages_of(world)), base_url=host)


@pytest.fixture
async def browser(world: World) -> AsyncIterator[httpx2.AsyncClient]:
    async with browser_of(world) as client:
        yield client


async def token(browser: httpx2.AsyncClient) -> str:
    return (await browser.get("/")).text.rpartition("|")[2]


def address(world: World, plan: str, authority: str = "dudley") -> str:
    return f"/plans/{Entrance(world.service, frozenset()).addresses.id_of(OwnId(authority, plan))}"


# ------------------------------------------------------------------------------------------------------- sessions


async def test_a_stranger_is_sent_to_sign_in_and_back_to_the_page(browser: httpx2.AsyncClient) -> None:
    answer = await browser.get("/team?week=2")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/sign-in?next={quote('/team?week=2')}")
    sent = await browser.post("/change", data={"csrf": "x"})
    assert (sent.status_code, sent.headers["location"]) == (303, "/sign-in?next=/")


async def test_whoever_signs_in_is_known_by_name_and_by_the_roles_held_now(
    world: World, browser: httpx2.AsyncClient
) -> None:
    await browser.get("/enter/w-tm")
    name, roles, _ = (await browser.get("/")).text.split("|")
    assert (name, roles) == ("Name of w-tm", "team_manager")
    await world.receive("absence.recorded", "w-tm", from_=world.today(), until=world.today(), cover="w-kp")
    await browser.get("/enter/w-kp")
    assert (await browser.get("/")).text.split("|")[1] == "team_manager"


async def test_the_cookie_is_for_this_host_alone_and_out_of_reach(browser: httpx2.AsyncClient) -> None:
    kept = (await browser.get("/enter/w-tm")).headers["set-cookie"]
    assert re.fullmatch(rf"{COOKIE}=[\w-]{{43}}; HttpOnly; Path=/; SameSite=lax; Secure", kept)


async def test_signing_in_gives_a_new_session_and_ends_the_one_that_the_browser_came_with(
    world: World, browser: httpx2.AsyncClient
) -> None:
    await browser.get("/enter/w-tm")
    planted = browser.cookies[COOKIE]
    await browser.get("/enter/w-sw")
    assert browser.cookies[COOKIE] != planted
    async with browser_of(world) as thief:
        thief.cookies.set(COOKIE, planted)
        assert (await thief.get("/")).status_code == 303
        thief.cookies.set(COOKIE, "made-up-by-somebody")
        assert (await thief.get("/")).status_code == 303


@pytest.mark.parametrize(("idle", "used_every", "signed_in"), [(59, 59, 200), (61, 61, 303)])
async def test_a_session_ends_an_hour_after_its_last_use(
    world: World, browser: httpx2.AsyncClient, idle: int, used_every: int, signed_in: int
) -> None:
    await browser.get("/enter/w-tm")
    world.clock.set(world.clock.now() + timedelta(minutes=idle))
    assert (await browser.get("/")).status_code == signed_in
    world.clock.set(world.clock.now() + timedelta(minutes=used_every))
    assert (await browser.get("/")).status_code == signed_in


async def test_a_session_ends_after_twelve_hours_however_often_it_is_used(
    world: World, browser: httpx2.AsyncClient
) -> None:
    await browser.get("/enter/w-tm")
    for _ in range(23):
        world.clock.set(world.clock.now() + timedelta(minutes=30))
        assert (await browser.get("/")).status_code == 200
    world.clock.set(world.clock.now() + timedelta(minutes=30))
    assert (await browser.get("/")).status_code == 303


async def test_signing_out_ends_the_session_for_whoever_copied_it(world: World, browser: httpx2.AsyncClient) -> None:
    await browser.get("/enter/w-tm")
    copied = browser.cookies[COOKIE]
    assert (await browser.post("/leave", data={"csrf": await token(browser)})).status_code == 303
    async with browser_of(world) as thief:
        thief.cookies.set(COOKIE, copied)
        assert (await thief.get("/")).status_code == 303


async def test_a_session_that_began_in_a_way_that_does_not_count_here_is_none(browser: httpx2.AsyncClient) -> None:
    await browser.get("/enter/w-tm?way=demonstration")
    assert (await browser.get("/")).status_code == 303


async def test_family_cannot_look_even_with_a_session(world: World, browser: httpx2.AsyncClient) -> None:
    await world.service.receive([world.person("aunt", "family")])
    await browser.get("/enter/aunt")
    assert (await browser.get("/")).status_code == 303


@pytest.mark.parametrize(("host", "status"), [("http://127.0.0.1:8000", 303), ("http://10.0.0.9", 421)])
async def test_without_https_nobody_signs_in_but_on_this_machine(staffed_database: str, host: str, status: int) -> None:
    async with world_in(staffed_database) as plain, browser_of(plain, host) as client:
        answer = await client.get("/enter/w-tm")
        assert answer.status_code == status
        assert "__Host-" not in answer.headers.get("set-cookie", "")


# ---------------------------------------------------------------------------------------------------------- forms


@pytest.mark.parametrize("form", [{}, {"csrf": ""}, {"csrf": "0" * 64}, {"csrf": "ünüblich"}])
async def test_a_form_without_the_sessions_token_changes_nothing(
    browser: httpx2.AsyncClient, form: dict[str, str]
) -> None:
    await browser.get("/enter/w-tm")
    assert (await browser.post("/change", data=form)).status_code == 403
    assert (await browser.post("/change", data={"csrf": await token(browser)})).status_code == 200


async def test_the_token_of_one_session_is_of_no_use_in_another(world: World, browser: httpx2.AsyncClient) -> None:
    await browser.get("/enter/w-tm")
    async with browser_of(world) as attacker:
        await attacker.get("/enter/w-sw")
        assert (await browser.post("/change", data={"csrf": await token(attacker)})).status_code == 403


@pytest.mark.parametrize(
    "said", [{"origin": "https://evil.example.org"}, {"origin": "null"}, {"sec-fetch-site": "cross-site"}]
)
async def test_a_form_that_another_site_sends_changes_nothing(
    browser: httpx2.AsyncClient, said: dict[str, str]
) -> None:
    await browser.get("/enter/w-tm")
    form = {"csrf": await token(browser)}
    assert (await browser.post("/change", data=form, headers=said)).status_code == 403


# ---------------------------------------------------------------------------------------------------------- plans


async def test_a_plan_is_there_for_whoever_is_told_of_it_and_for_nobody_else(
    world: World, browser: httpx2.AsyncClient
) -> None:
    await browser.get("/enter/w-sw")
    assert (await browser.get(address(world, "P-1001"))).text == "P-1001: social worker of the plan"
    await browser.get("/enter/w-sw2")
    assert (await browser.get(address(world, "P-1001"))).status_code == 404


async def test_another_authoritys_plan_is_not_there(world: World, browser: httpx2.AsyncClient) -> None:
    same_id = world.event("person.recorded", "w-sw", authority="wakefield", name="Another", kind="worker")
    opened = {"authority": "wakefield", "child": {"ref": "C", "initials": "QQ"}, "route": "child_in_need"}
    role = {"role": "social_worker", "person": "w-sw"}
    theirs = world.event("plan.opened", "P-77", source="/wakefield/test", **opened)
    await world.service.receive(
        [same_id, theirs, world.event("role.assigned", "P-77", source="/wakefield/test", **role)]
    )
    await browser.get("/enter/w-sw")
    assert (await browser.get(address(world, "P-77", "wakefield"))).status_code == 404
    await browser.get("/enter/w-sw?authority=wakefield")
    assert (await browser.get(address(world, "P-77", "wakefield"))).status_code == 200
    assert (await browser.get(address(world, "P-1001"))).status_code == 404


@pytest.mark.parametrize("made_up", ["P-1001", "a", "ä", "A" * 700, "%00", "=" * 8])
async def test_an_address_that_was_made_up_is_not_there(browser: httpx2.AsyncClient, made_up: str) -> None:
    await browser.get("/enter/w-sw")
    assert (await browser.get(f"/plans/{quote(made_up)}")).status_code == 404


async def test_the_address_of_a_plan_tells_no_reference_and_lasts(world: World) -> None:
    before = address(world, "P-1001")
    assert "P-1001" not in before
    world = await world.reopen()
    assert address(world, "P-1001") == before
    await world.close()


async def test_a_page_for_a_role_is_closed_to_others(browser: httpx2.AsyncClient) -> None:
    await browser.get("/enter/w-sw")
    assert (await browser.get("/team")).status_code == 403
    await browser.get("/enter/w-tm")
    assert (await browser.get("/team")).status_code == 200


async def test_every_error_page_has_the_headers_of_pages(browser: httpx2.AsyncClient) -> None:
    await browser.get("/enter/w-sw")
    answer = await browser.get("/team")
    assert answer.headers["x-frame-options"] == "DENY"
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]

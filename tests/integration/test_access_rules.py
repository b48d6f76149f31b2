"""Every page of the application declares who may come to it."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import httpx2
import pytest
from fastapi import FastAPI

from config.database import transaction
from service.api.application import make_application
from service.domain.own_id import OwnId
from service.store import viewer_sessions
from service.web.access_rules import (
    Appointed,
    HoldsRole,
    PageRoute,
    Proved,
    SeesPlan,
    SignedIn,
    WorksWithPlans,
    page_routes,
)
from service.web.routes import add_pages
from service.web.viewer import PASSWORD, Entrance
from tests.databases import ON_SQLITE
from tests.world import World, world_in

pytestmark = ON_SQLITE


@pytest.fixture
async def world(staffed_database: str) -> AsyncIterator[World]:
    async with world_in(staffed_database, public_url="https://planwatch.example.org") as opened:
        yield opened


@pytest.fixture
def app(world: World) -> FastAPI:
    """The application as `planwatch run` serves it."""
    app = make_application(world.service)
    add_pages(app, world.service)
    return app


async def test_every_page_declares_its_rule(app: FastAPI) -> None:
    routes = page_routes(app)
    assert len(routes) >= 2
    assert [route.path for route in routes if route.rule is None] == []


async def test_a_page_without_a_rule_would_be_found(app: FastAPI) -> None:
    async def forgotten() -> None: ...

    app.add_api_route("/forgotten", forgotten, include_in_schema=False)
    assert [route.path for route in page_routes(app) if route.rule is None] == ["/forgotten"]


# ------------------------------------------------------------------------------------------------------ the matrix

PUBLIC_URL = "https://planwatch.example.org"
COOKIE = "__Host-planwatch-session"
OURS, THEIRS = OwnId("dudley", "P-1001"), OwnId("wakefield", "P-1001")
# Whoever has a role on our plan; nobody there; the same id in another authority, whose plan has the same reference.
VIEWERS = {
    "worker": OwnId("dudley", "w-sw"),
    "manager": OwnId("dudley", "w-tm"),
    "without a role": OwnId("dudley", "w-sw2"),
    "elsewhere": OwnId("wakefield", "w-sw"),
}


async def another_authority(world: World) -> None:
    """Somebody and a plan of another authority under the same ids: nothing but the authority tells them apart."""
    source = "/wakefield/test"
    known = {"authority": "wakefield", "name": "Somebody Else", "kind": "worker", "email": "else@example.org"}
    opened = {"authority": "wakefield", "child": {"ref": "C-9", "initials": "YY"}, "route": "child_in_need"}
    await world.service.receive([
        world.event("person.recorded", "w-sw", source=source, **known),
        world.event("plan.opened", "P-1001", source=source, **opened),
        world.event("role.assigned", "P-1001", source=source, role="social_worker", person="w-sw"),
    ])  # fmt: skip


async def session_of(world: World, person: OwnId) -> str:
    async with transaction(world.service.sessions) as session:
        return await viewer_sessions.begin(session, person, None, PASSWORD, world.clock.now())


async def statuses(app: FastAPI, path: str, tokens: dict[str, str]) -> dict[str, int]:
    """What each viewer, and a stranger, gets for a path."""
    answers: dict[str, int] = {}
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url=PUBLIC_URL) as client:
        for name, token in {"a stranger": "", **tokens}.items():
            client.cookies.clear()
            if token:
                client.cookies.set(COOKIE, token)
            answers[name] = (await client.get(path)).status_code
    return answers


def filled(path: str, plan: str) -> str:
    """A path with a plan in place of `{plan}`, and something in place of everything else."""
    return re.sub(r"\{[^}]+\}", "x", path.replace("{plan}", plan))


async def test_no_page_is_read_by_whom_its_rule_leaves_out(world: World, app: FastAPI) -> None:
    await another_authority(world)
    tokens = {name: await session_of(world, person) for name, person in VIEWERS.items()}
    addresses = Entrance(world.service, frozenset()).addresses
    wrong: list[tuple[str, str, int]] = []
    for route in page_routes(app):
        if "GET" not in route.methods:
            continue
        for plan in (OURS, THEIRS):
            path = filled(route.path, addresses.id_of(plan))
            answers = await statuses(app, path, tokens)
            wrong += [(path, name, status) for name, status in answers.items() if _is_read(route, plan, name, status)]
    assert wrong == []


def _is_read(route: PageRoute, plan: OwnId, viewer: str, status: int) -> bool:
    """Whether somebody read what the rule of the page keeps from them."""
    rule = route.rule.rule if isinstance(route.rule, Proved) else route.rule
    match rule:
        case SeesPlan():
            allowed = {"worker", "manager"} if plan == OURS else {"elsewhere"}
            return viewer not in allowed and status not in (303, 404)
        case Appointed():
            return status not in (303, 403)
        case HoldsRole(roles):
            held = {"worker": "social_worker", "manager": "team_manager", "elsewhere": "social_worker"}
            return held.get(viewer) not in roles and status not in (303, 403)
        case WorksWithPlans():
            return viewer == "without a role" and status != 403
        case SignedIn():
            return viewer == "a stranger" and status != 303
    return False


async def test_every_page_keeps_frames_scripts_and_caches_of_others_out(world: World, app: FastAPI) -> None:
    token = await session_of(world, VIEWERS["manager"])
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url=PUBLIC_URL) as client:
        client.cookies.set(COOKIE, token)
        for path in ("/sign-in", "/account", "/exception", "/nowhere", "/invitation/x"):
            answer = await client.get(path, headers={"accept": "text/html"})
            assert "frame-ancestors 'none'" in answer.headers["content-security-policy"], path
            assert "unsafe" not in answer.headers["content-security-policy"]
            assert answer.headers["x-frame-options"] == "DENY"
            assert answer.headers["cache-control"] == "no-store"
            assert not re.search(r"<script|<style| style=| on[a-z]+=", answer.text), path


async def test_a_host_that_is_not_ours_is_answered_nothing(app: FastAPI) -> None:
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url=PUBLIC_URL) as client:
        answer = await client.get("/sign-in", headers={"host": "evil.example.net"})
    assert answer.status_code == 421
    assert "evil" not in answer.text

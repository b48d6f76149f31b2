"""What all pages have in common: the style sheet, headers, failures as pages, and templates that allow no gap."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime

import httpx2
import pytest
from fastapi import FastAPI
from starlette.requests import Request

from service.api.application import make_application
from service.web.flash import SENTENCES, done
from service.web.layout import Layout
from service.web.routes import add_pages
from service.web.stylesheet import MARK, STYLE_SHEET
from service.web.viewer import Viewer
from tests.databases import ON_SQLITE
from tests.world import World

pytestmark = ON_SQLITE
BROWSER = {"Accept": "text/html,application/xhtml+xml"}


PRIYA = Viewer(
    "dudley", "w-sw1", "Priya Example", frozenset({"social_worker"}), "csrf-token", "test",
    administrator=False, auditor=False, session="hash", proved_at=datetime(2026, 1, 5, 9, tzinfo=UTC),
)  # fmt: skip


@pytest.fixture
async def browser(world: World) -> AsyncIterator[httpx2.AsyncClient]:
    app = make_application(world.service)
    layout = add_pages(app, world.service)
    _try_out(app, layout)
    transport = httpx2.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx2.AsyncClient(transport=transport, base_url="http://localhost", headers=BROWSER) as client:
        yield client


def _try_out(app: FastAPI, layout: Layout) -> None:
    @app.get("/tried")
    async def tried(request: Request, role: str = "social_worker", *, audits: bool = False) -> object:
        looking = replace(PRIYA, roles=frozenset({role}), auditor=audits)
        return await layout.page(request, looking, "failure.html", "Tried", advice="<b>Nothing</b>")

    @app.get("/broken")
    async def broken() -> None:
        raise RuntimeError("the child's name")

    @app.post("/tried")
    async def form(request: Request) -> object:
        return done(request, "/tried", "recorded")


async def test_a_page_says_whose_eyes_it_is_for_and_as_of_when(browser: httpx2.AsyncClient) -> None:
    text = (await browser.get("/tried")).text
    assert "Priya Example" in text
    assert re.search(r"as of \d\d:\d\d", text)
    assert "Dudley" in text
    assert "&lt;b&gt;Nothing" in text


@pytest.mark.parametrize(
    ("asked", "shown"),
    [
        ("", "/ /plans /alerts /replies /policies"),
        ("?role=team_manager", "/ /plans /alerts /replies /team /overview /mend /policies"),
        ("?role=service_lead", "/ /plans /alerts /replies /overview /policies"),
        ("?role=configuration_owner", "/ /plans /alerts /replies /overview /mend /policies"),
        ("?audits=1", "/ /plans /alerts /replies /policies /audit"),
    ],
)
async def test_the_navigation_leads_nobody_to_a_page_that_is_for_others(
    browser: httpx2.AsyncClient, asked: str, shown: str
) -> None:
    text = (await browser.get(f"/tried{asked}")).text
    assert re.findall(r'pw-navigation__link" href="([^"]+)"', text) == shown.split()


async def test_every_page_leads_to_ones_own_and_out(browser: httpx2.AsyncClient) -> None:
    header = re.search("<header.*</header>", (await browser.get("/tried")).text, re.DOTALL)
    assert header is not None
    assert 'href="/people/me"' in header[0]
    assert 'href="/account"' in header[0]
    assert re.search(r'<form method="post" action="/sign-out">\s*<input[^>]*name="csrf" value="csrf-token">', header[0])


async def test_a_page_may_run_nothing_and_is_kept_nowhere(browser: httpx2.AsyncClient) -> None:
    answer = await browser.get("/tried")
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    assert "script" not in policy
    assert answer.headers["cache-control"] == "no-store"
    assert "<script" not in answer.text
    assert " style=" not in answer.text


async def test_the_style_sheet_is_kept_for_a_year_under_an_address_of_its_own(browser: httpx2.AsyncClient) -> None:
    answer = await browser.get(STYLE_SHEET.path)
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.content == STYLE_SHEET.content
    assert (await browser.get("/static/0000000000000000/pages.css")).status_code == 404
    assert (await browser.get(MARK.path)).headers["content-type"] == "image/svg+xml"


async def test_a_browser_is_told_of_a_failure_on_a_page_and_a_program_as_before(browser: httpx2.AsyncClient) -> None:
    answer = await browser.get("/nowhere")
    assert (answer.status_code, answer.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert "Page not found" in answer.text
    program = await browser.get("/nowhere", headers={"Accept": "*/*"})
    assert program.headers["content-type"] == "application/problem+json"
    api = await browser.get("/v1/nowhere")
    assert api.headers["content-type"] == "application/problem+json"


async def test_a_fault_of_ours_shows_nothing_of_itself(browser: httpx2.AsyncClient) -> None:
    answer = await browser.get("/broken")
    assert answer.status_code == 500
    assert "planwatch has failed" in answer.text
    assert "child" not in answer.text


async def test_what_a_form_did_is_said_once(browser: httpx2.AsyncClient) -> None:
    answer = await browser.post("/tried")
    assert (answer.status_code, answer.headers["location"]) == (303, "/tried")
    assert "httponly" in answer.headers["set-cookie"].lower()
    assert SENTENCES["recorded"] in (await browser.get("/tried")).text
    assert SENTENCES["recorded"] not in (await browser.get("/tried")).text

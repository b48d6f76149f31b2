"""Email alone is set up: no text waits for ever, the words speak of none, and a manager ends an alert by the link."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import httpx2
import pytest
from fastapi import FastAPI

from config.clock import ManualClock
from config.database import reading
from config.settings import Settings
from notifications.message import Channel, State
from notifications.outbox import outbox
from service.store import problems
from service.web.acknowledge import acknowledge_router
from tests.databases import ON_SQLITE
from tests.memory_sender import MemorySender
from tests.world import MONDAY, World, moment

pytestmark = ON_SQLITE
PUBLIC = "https://planwatch.example.org"


@pytest.fixture
async def by_email(database: str) -> AsyncIterator[World]:
    """A world without a provider of texts, with a bottom line crossed in it."""
    settings = Settings(database_url=database, public_url=PUBLIC)
    world = await World._open(settings, ManualClock(moment(MONDAY)), {Channel.EMAIL: MemorySender("smtp")})
    await world.staff()
    await world.open_plan()
    await world.receive("bottom_line.breached", id="b-1", bottom_line="x", at=world.now_text())
    await world.tick()
    yield world
    await world.close()


async def test_no_text_waits_and_each_says_why_it_was_not_sent(by_email: World) -> None:
    async with reading(by_email.service.sessions) as session:
        rows = [row for row in await outbox.recent(session, limit=100) if row.message.channel is Channel.SMS]
        assert await problems.recent(session) == []
    assert {(row.state, row.reason) for row in rows} == {(State.WITHHELD, "no_channel")}


async def test_the_email_speaks_of_no_text_and_its_link_is_enough(by_email: World) -> None:
    text = " ".join(by_email.inbox("w-tm")[0].content.text.split())
    assert "by the link below" in text
    assert re.search(r"text message|\d{6}", text.replace(PUBLIC, "").partition("/a/")[0]) is None
    app = FastAPI()
    app.include_router(acknowledge_router(by_email.service))
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url=PUBLIC) as browser:
        for person in ("w-tm", "w-hsm"):
            path = re.search(rf"{PUBLIC}(/a/\S+)", by_email.inbox(person)[0].content.text)
            assert path is not None
            await browser.post(path[1])
    before = len(by_email.everything())
    await by_email.advance(hours=3)
    assert len(by_email.everything()) == before


async def test_somebody_whom_only_a_text_would_reach_is_a_problem(by_email: World) -> None:
    number = {"kind": "worker", "mobile": "+447700900177", "authority": "dudley", "name": "Name"}
    await by_email.advance(minutes=1)
    await by_email.receive("person.recorded", "w-hsm", **number)
    await by_email.advance(minutes=30)
    async with reading(by_email.service.sessions) as session:
        found = {(problem.code, problem.detail) for problem in await problems.recent(session)}
    assert ("no_reachable_contact", "hub_service_manager") in found

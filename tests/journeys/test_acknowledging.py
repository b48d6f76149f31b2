"""An alert is acknowledged by a text, from the email, and by a command; whoever does so sees who else has it."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import httpx2
import pytest
from fastapi import FastAPI
from sqlalchemy import select

from config.database import reading
from notifications.tables import message
from service.domain.own_id import OwnId
from service.store import events
from service.store.alert_tables import alert_code, alert_link
from service.use_cases.texts.receive_text import store_text, understand_text
from service.web.acknowledge import acknowledge_router
from tests.databases import ON_SQLITE
from tests.world import NUMBERS, World, book, world_in

# What differs between the databases is tried where alerts, texts and events are stored.
pytestmark = ON_SQLITE
PUBLIC = "https://planwatch.example.org"


@pytest.fixture
async def reached(staffed_database: str) -> AsyncIterator[World]:
    """A world that people reach under an address, with a bottom line crossed in it."""
    async with world_in(staffed_database, public_url=PUBLIC) as world:
        await world.receive("bottom_line.breached", id="b-1", bottom_line="x", at=world.now_text())
        await world.tick()
        yield world


@pytest.fixture
async def browser(reached: World) -> AsyncIterator[httpx2.AsyncClient]:
    app = FastAPI()
    app.include_router(acknowledge_router(reached.service))
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url=PUBLIC) as client:
        yield client


def link(world: World, person: str, number: int = -1) -> str:
    """The path in an email to a person."""
    found = re.search(rf"{PUBLIC}(/a/[\w-]{{43}})\s", world.inbox(person)[number].content.text)
    assert found is not None
    return found[1]


def code(world: World, person: str) -> str:
    texts = " ".join(text.content.text for text in world.phone(person))
    return str(re.findall(r"Reply (\d{6}) to acknowledge", texts)[-1])


async def texted(world: World, person: str, said: str) -> str:
    """What a person gets back for a text; empty: nothing."""
    before = len(world.phone(person))
    name = f"SM{len(world.everything())}-{before}-{said[:20]}"
    body = {"From": NUMBERS[person], "Body": said}
    await store_text(world.service.sessions, "twilio", name, body, world.clock.now())
    while await understand_text(world.service.sessions, book(), world.clock.now()):
        pass
    await world.tick()
    return world.phone(person)[before].content.text if len(world.phone(person)) > before else ""


async def acknowledged(world: World) -> list[tuple[str, str]]:
    async with reading(world.service.sessions) as session:
        raws = await events.of_plan(session, OwnId("dudley", "P-1001"))
    made = [raw for raw in raws if raw["type"] == "alert.acknowledged"]
    return [(raw["data"]["by"], raw["id"].partition("-")[0]) for raw in made]


# ---------------------------------------------------------------------------------------------------------- the page


async def test_opening_the_link_shows_the_alert_and_acknowledges_nothing(
    reached: World, browser: httpx2.AsyncClient
) -> None:
    path = link(reached, "w-tm")
    for _ in range(20):
        page = await browser.get(path)
        head = await browser.head(path)
    assert (page.status_code, head.status_code, head.content) == (200, 200, b"")
    assert "P-1001" in page.text
    assert "I have this alert" in page.text
    assert re.findall(r"<dt>(.*?)</dt><dd class=\"\w+\">(.*?)<", page.text)[:2] == [
        ("Team manager", "not yet"),
        ("Hub service manager", "not yet"),
    ]
    assert await acknowledged(reached) == []


async def test_the_button_acknowledges_for_that_person_and_two_clicks_are_one(
    reached: World, browser: httpx2.AsyncClient
) -> None:
    path = link(reached, "w-tm")
    for _ in range(2):
        answer = await browser.post(path)
        assert (answer.status_code, answer.headers["location"]) == (303, path)
    page = await browser.get(path)
    assert "You have acknowledged this alert" in page.text
    assert "<button" not in page.text
    assert 'Team manager</dt><dd class="yes">acknowledged' in page.text
    assert await acknowledged(reached) == [("w-tm", "link")]
    await reached.advance(minutes=30)
    assert (len(reached.inbox("w-tm")), len(reached.inbox("w-hsm"))) == (1, 2)


async def test_a_mistake_that_was_withdrawn_can_be_made_good_by_the_same_link(
    reached: World, browser: httpx2.AsyncClient
) -> None:
    path = link(reached, "w-tm")
    await browser.post(path)
    async with reading(reached.service.sessions) as session:
        name = (await events.of_plan(session, OwnId("dudley", "P-1001")))[-1]["id"]
    await reached.receive("event.withdrawn", source="/dudley/planwatch", event=name, reason="a slip")
    assert "I have this alert" in (await browser.get(path)).text
    await browser.post(path)
    assert "You have acknowledged" in (await browser.get(path)).text


async def test_every_link_of_a_person_is_good_and_none_is_anybody_elses(
    reached: World, browser: httpx2.AsyncClient
) -> None:
    await reached.advance(minutes=30)
    paths = [link(reached, "w-tm", 0), link(reached, "w-tm", 1), link(reached, "w-hsm", 0)]
    assert len(set(paths)) == 3
    await browser.post(paths[1])
    assert "You have acknowledged" in (await browser.get(paths[0])).text
    assert "I have this alert" in (await browser.get(paths[2])).text


@pytest.mark.parametrize("ending", ["closed", "settled", "withdrawn"])
async def test_after_the_end_the_page_says_so_and_takes_nothing(
    reached: World, browser: httpx2.AsyncClient, ending: str
) -> None:
    path = link(reached, "w-tm")
    if ending == "closed":
        await reached.receive("alert.closed", alert="b-1", by="w-hsm", outcome="safe")
    elif ending == "settled":
        await reached.receive("alert.acknowledged", alert="b-1", by="w-oncall")
    else:
        await reached.receive("event.withdrawn", event="b-1", reason="a slip")
    words = {
        "closed": "This alert is closed",
        "settled": "Others have acknowledged this alert",
        "withdrawn": "This alert was taken back",
    }
    await browser.post(path)
    page = await browser.get(path)
    assert words[ending] in page.text
    assert "<button" not in page.text
    assert ("w-tm", "link") not in await acknowledged(reached)


@pytest.mark.parametrize("token", ["x", "A" * 43, "A" * 5000, "%00", "..%2F..", "é"])
async def test_a_guess_is_a_kind_404_whatever_the_method(browser: httpx2.AsyncClient, token: str) -> None:
    for method in ("GET", "HEAD", "POST"):
        answer = await browser.request(method, f"/a/{token}")
        assert answer.status_code == 404
    assert "This link leads nowhere" in (await browser.get("/a/guess")).text


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS"])
async def test_other_methods_do_nothing(reached: World, browser: httpx2.AsyncClient, method: str) -> None:
    assert (await browser.request(method, link(reached, "w-tm"))).status_code == 405
    assert await acknowledged(reached) == []


async def test_the_page_needs_no_scripts_and_shuts_everything_else_out(
    reached: World, browser: httpx2.AsyncClient
) -> None:
    answers = [
        await browser.get(link(reached, "w-tm")),
        await browser.post(link(reached, "w-hsm")),
        await browser.get("/a/x"),
    ]
    for answer in answers:
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "script-src" not in policy
        assert "unsafe" not in policy
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["x-content-type-options"] == "nosniff"
    assert re.search(r"<(script|img|iframe|link)\b|https?://|\son\w+=", answers[0].text) is None


async def test_the_page_says_no_more_of_the_case_than_a_text_may(reached: World, browser: httpx2.AsyncClient) -> None:
    page = (await browser.get(link(reached, "w-tm"))).text.partition("</style>")[2]
    assert "P-1001" in page
    assert [word for word in ("ZQ", "Name of", "w-tm", "w-hsm", "@", "0770") if word in page] == []


async def test_no_secret_of_a_link_is_stored(reached: World) -> None:
    token = link(reached, "w-tm").removeprefix("/a/")
    async with reading(reached.service.sessions) as session:
        kept = [str(row) for table in (message, alert_link) for row in (await session.execute(select(table))).all()]
    assert kept
    assert not any(token in row for row in kept)
    assert token in str(reached.inbox("w-tm")[0].content.html)


async def test_without_an_address_there_is_no_link_and_the_words_follow(world: World) -> None:
    await world.receive("bottom_line.breached", id="b-1", bottom_line="x", at=world.now_text())
    await world.tick()
    text = " ".join(world.inbox("w-tm")[0].content.text.split())
    assert "/a/" not in text
    assert "link" not in text
    assert re.search(r"reply \d{6} to our text message", text)


# ---------------------------------------------------------------------------------------------------------- by text


async def test_each_person_has_a_code_of_their_own_and_keeps_it(reached: World) -> None:
    await reached.advance(minutes=30)
    codes = {person: code(reached, person) for person in ("w-tm", "w-hsm", "w-oncall")}
    assert len(set(codes.values())) == 3
    assert codes["w-tm"] in reached.phone("w-tm")[0].content.text
    assert codes["w-tm"] in reached.inbox("w-tm")[0].content.text


@pytest.mark.parametrize("spelling", ["{}", "{}ok", "Ok{}", "code {}.", "{0[0]}{0[1]}{0[2]} {0[3]}{0[4]}{0[5]}"])
async def test_an_honest_spelling_acknowledges_and_the_answer_says_who_has_it(reached: World, spelling: str) -> None:
    answer = await texted(reached, "w-tm", spelling.format(code(reached, "w-tm")))
    assert await acknowledged(reached) == [("w-tm", "text")]
    assert answer == "P-1001: thank you, recorded. Acknowledged: team manager. Not yet: hub service manager."


async def test_the_last_answer_says_that_it_has_ended(reached: World) -> None:
    await texted(reached, "w-tm", code(reached, "w-tm"))
    answer = await texted(reached, "w-hsm", code(reached, "w-hsm"))
    assert answer.endswith("Acknowledged: team manager, hub service manager. Nothing more is sent about it.")


async def test_somebody_elses_code_is_wrong_and_so_is_a_list_of_guesses(reached: World) -> None:
    theirs = code(reached, "w-hsm")
    assert "not your code" in await texted(reached, "w-tm", theirs)
    assert "not your code" in await texted(reached, "w-tm", f"{code(reached, 'w-tm')} {theirs}")
    assert await acknowledged(reached) == []


async def test_five_wrong_codes_close_the_way_by_text_and_tell_the_next_rung(
    reached: World, browser: httpx2.AsyncClient
) -> None:
    right = code(reached, "w-tm")
    wrong = f"{(int(right) + 1) % 10**6:06d}"
    answers = [await texted(reached, "w-tm", f"{wrong}{' ' * number}ok") for number in range(5)]
    assert "latest text" in answers[3]
    assert "use the link" in answers[4]
    assert await texted(reached, "w-tm", right) == ""
    assert await acknowledged(reached) == []
    assert [subject for subject in reached.subjects("w-oncall") if "five wrong codes" in subject] != []
    # The others' numbers, and the other ways, stay open.
    await texted(reached, "w-hsm", code(reached, "w-hsm"))
    await browser.post(link(reached, "w-tm"))
    assert await acknowledged(reached) == [("w-hsm", "text"), ("w-tm", "link")]


async def test_a_wrong_code_counts_once_however_often_its_text_comes(reached: World) -> None:
    for _ in range(9):
        body = {"From": NUMBERS["w-tm"], "Body": "000000" if code(reached, "w-tm") != "000000" else "111111"}
        await store_text(reached.service.sessions, "twilio", "SM-same", body, reached.clock.now())
        while await understand_text(reached.service.sessions, book(), reached.clock.now()):
            pass
    async with reading(reached.service.sessions) as session:
        counts = await session.scalars(select(alert_code.c.wrong).where(alert_code.c.person == "w-tm"))
        assert counts.all() == [1]


async def test_digits_from_somebody_who_has_no_alert_are_no_code(reached: World) -> None:
    assert await texted(reached, "w-sw2", "123456") == ""

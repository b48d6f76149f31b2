"""What Twilio sends: believed with its signature alone, each text once, no receipt backwards."""

import random
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import cast
from urllib.parse import urlencode

import httpx2
import pytest
from pydantic import SecretStr
from sqlalchemy import func, select
from twilio.request_validator import RequestValidator

from config.database import metadata, reading
from config.settings import Settings
from service.api.application import make_application
from service.domain.own_id import OwnId
from service.refused_requests import MOST_FAILURES
from service.store import events, problems
from service.store.tables import raw_inbound
from service.use_cases.texts.receive_text import store_text
from tests.contract.forgeries import PUBLIC, SIGN, twilio_signature
from tests.databases import ON_SQLITE
from tests.stored import last_report, reports_of_strangers
from tests.world import NUMBERS, World


@pytest.fixture
async def twilio(world: World) -> AsyncIterator[httpx2.AsyncClient]:
    settings = Settings(
        public_url=PUBLIC,
        twilio_account_sid="AC1",
        twilio_auth_token=SecretStr("twilio-token"),
        twilio_from="+447700900123",
    )
    app = make_application(replace(world.service, settings=settings))
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://inside") as client:
        yield client


async def send(
    twilio: httpx2.AsyncClient, path: str, form: dict[str, str], signature: str | None = None
) -> httpx2.Response:
    signed = SIGN(PUBLIC + path, form) if signature is None else signature
    headers = {"X-Twilio-Signature": signed, "Content-Type": "application/x-www-form-urlencoded"}
    return await twilio.post(path, content=urlencode(form), headers=headers)


def text(body: str, person: str = "w-tm", sid: str = "SM1") -> dict[str, str]:
    return {
        "MessageSid": sid,
        "From": NUMBERS[person],
        "To": "+447700900123",
        "Body": body,
        "NumMedia": "0",
        "Empty": "",
    }


async def acknowledged(world: World) -> list[str]:
    async with reading(world.service.sessions) as session:
        raws = await events.of_plan(session, OwnId("dudley", "P-1001"))
    return [raw["data"]["by"] for raw in raws if raw["type"] == "alert.acknowledged"]


async def breach(world: World) -> str:
    await world.receive("bottom_line.breached", id="b-1", bottom_line="x", at=world.now_text())
    await world.tick()
    told = re.search(r"Reply (\d{6})", world.phone("w-tm")[0].content.text)
    assert told is not None
    return told[1]


async def test_a_code_acknowledges_the_alert_once(world: World, twilio: httpx2.AsyncClient) -> None:
    code = await breach(world)
    for _ in range(2):
        answer = await send(twilio, "/v1/twilio/inbound", text(f" {code} "))
        assert (answer.status_code, answer.headers["content-type"]) == (200, "text/xml; charset=utf-8")
    assert await acknowledged(world) == ["w-tm"]


@ON_SQLITE
@pytest.mark.parametrize(("body", "person"), [("0000", "w-tm"), ("on my way", "w-tm"), ("", "w-tm"), ("CODE", "w-sm")])
async def test_anything_else_is_kept_and_changes_nothing(
    world: World, twilio: httpx2.AsyncClient, body: str, person: str
) -> None:
    code = await breach(world)
    answer = await send(twilio, "/v1/twilio/inbound", text(body.replace("CODE", code), person))
    assert answer.status_code == 200
    assert await acknowledged(world) == []


@ON_SQLITE
async def test_without_the_signature_nothing_is_kept(world: World, twilio: httpx2.AsyncClient) -> None:
    code = await breach(world)
    form = text(code)
    for signature in ("", "forged", SIGN("http://inside/v1/twilio/inbound", form)):
        assert (await send(twilio, "/v1/twilio/inbound", form, signature)).status_code == 403
    assert await acknowledged(world) == []
    assert (await send(twilio, "/v1/twilio/inbound", form)).status_code == 200  # its SID was not used up
    assert await acknowledged(world) == ["w-tm"]


async def test_a_receipt_never_goes_back(world: World, twilio: httpx2.AsyncClient) -> None:
    for status in ("sent", "queued", "delivered", "delivered", "sent", "undelivered", "nonsense"):
        form = {"MessageSid": "SM9", "MessageStatus": status}
        assert (await send(twilio, "/v1/twilio/status?attempt=a1", form)).status_code == 204
    async with reading(world.service.sessions) as session:
        assert await last_report(session, "twilio", "SM9") == "delivered"
        assert await reports_of_strangers(session) == 1


@ON_SQLITE
async def test_where_texts_are_not_set_up_it_says_so(http: httpx2.AsyncClient) -> None:
    answer = await send(http, "/v1/twilio/inbound", text("1"))
    assert answer.status_code == 404
    assert "PLANWATCH_TWILIO_AUTH_TOKEN" in answer.json()["detail"]


@ON_SQLITE
@pytest.mark.parametrize("body", [b"\xff", b"a=%ff", b"a=1&a=2", b"&".join(b"f%d=1" % n for n in range(300))])
async def test_what_is_no_form_is_a_400(twilio: httpx2.AsyncClient, body: bytes) -> None:
    answer = await twilio.post("/v1/twilio/inbound", content=body, headers={"X-Twilio-Signature": "x"})
    assert answer.status_code == 400


NAN = "+447700900199"
FROM_NAN = {"MessageSid": "SM1", "From": NAN, "To": "+447700900123"}


async def stored(world: World) -> dict[str, int]:
    """How many rows each table holds."""
    async with reading(world.service.sessions) as session:
        return {
            table.name: await session.scalar(select(func.count()).select_from(table)) or 0
            for table in metadata.sorted_tables
        }


async def check_ins(world: World) -> None:
    await world.service.receive([world.person("f-nan", "family")])
    await world.receive("contact.decided", "f-nan", decision="allow", decided_by="w-tm")
    await world.receive("check_ins.started", people=["f-nan"], days=["mon"], at="09:30")
    await world.until("2026-01-05T09:35")


@ON_SQLITE
@pytest.mark.parametrize("path", ["/v1/twilio/inbound", "/v1/twilio/status"])
async def test_hundreds_of_forged_signatures_change_nothing(
    world: World, twilio: httpx2.AsyncClient, path: str
) -> None:
    await check_ins(world)
    before, chance = await stored(world), random.Random(path)
    for number in range(200):
        form = FROM_NAN | {"Body": chance.choice(["STOP", "2", "help"]), "MessageStatus": "failed"}
        signature = twilio_signature(chance, path, form)
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        headers |= {} if signature is None else {"X-Twilio-Signature": signature}
        status = 403 if number < MOST_FAILURES else 429
        assert (await twilio.post(path, content=urlencode(form), headers=headers)).status_code == status
    assert await stored(world) == before


STRANGE = [
    "", "   ", "\n", "👍🏽", "😀" * 800, "x" * 1600, "مرحبا، أنا بخير", "\u202eSTOP\u202c", "\0", "1\0",
    "a\0b\x07\x1b[2J", "'; DROP TABLE event; --", "<b>1</b>", "\ufeff1", "{{ 7 * 7 }}", "\ud7ff\U0010ffff",
]  # fmt: skip


@pytest.mark.parametrize("body", STRANGE)
async def test_whatever_a_text_holds_is_kept_as_it_came_and_reaches_a_person(
    world: World, twilio: httpx2.AsyncClient, body: str
) -> None:
    await check_ins(world)
    assert (await send(twilio, "/v1/twilio/inbound", FROM_NAN | {"Body": body})).status_code == 200
    async with reading(world.service.sessions) as session:
        row = (await session.execute(select(raw_inbound.c.body, raw_inbound.c.taken_as))).one()
        raws = await events.of_plan(session, OwnId("dudley", "P-1001"))
    assert (row.body["Body"], row.taken_as) == (body, "check_in.replied")
    assert [raw["type"] for raw in raws].count("check_in.replied") == 1


@ON_SQLITE
@pytest.mark.parametrize("number", ["+447700900888", "", "anonymous", "24273"])
@pytest.mark.parametrize("body", ["1", "STOP", "who is this?"])
async def test_a_number_that_nobody_knows_gets_no_answer(
    world: World, twilio: httpx2.AsyncClient, number: str, body: str
) -> None:
    await check_ins(world)
    # A STOP is kept: whoever turns out to have the number is not texted.
    silences = body == "STOP" and number == "+447700900888"
    before = await stored(world) | {"raw_inbound": 1, "received_stop": int(silences)}
    answer = await send(twilio, "/v1/twilio/inbound", FROM_NAN | {"From": number, "Body": body})
    assert (answer.status_code, answer.text.endswith("<Response/>")) == (200, True)
    assert await stored(world) == before


@ON_SQLITE
@pytest.mark.parametrize("sid", ["", "x" * 65, "SM 1", "SM\0", "é"])
async def test_a_text_needs_an_id_of_the_providers(world: World, twilio: httpx2.AsyncClient, sid: str) -> None:
    form = FROM_NAN | {"MessageSid": sid, "Body": "1"}
    assert (await send(twilio, "/v1/twilio/inbound", form)).status_code == 400


async def test_a_text_that_cannot_be_taken_keeps_no_other_waiting_and_is_for_a_person(
    world: World, twilio: httpx2.AsyncClient
) -> None:
    await check_ins(world)
    broken = cast("dict[str, str]", {"From": NAN, "Body": 12})
    await store_text(world.service.sessions, "twilio", "SM0", broken, world.clock.now())
    assert (await send(twilio, "/v1/twilio/inbound", FROM_NAN | {"Body": "1"})).status_code == 200
    async with reading(world.service.sessions) as session:
        taken = {row.id: row.taken_as for row in await session.execute(select(raw_inbound))}
        codes = [one.code for one in await problems.recent(session)]
    assert taken == {"SM0": "failed", "SM1": "check_in.replied"}
    assert "text_failed" in codes


@ON_SQLITE
@pytest.mark.parametrize(("token", "status"), [("twilio-token", 200), ("older-token", 200), ("third-token", 403)])
async def test_while_the_token_is_changed_a_text_signed_with_either_is_taken(
    world: World, token: str, status: int
) -> None:
    settings = Settings(
        public_url=PUBLIC,
        twilio_account_sid="AC1",
        twilio_auth_token=SecretStr("twilio-token,older-token"),
        twilio_from="+447700900123",
    )
    app, form = make_application(replace(world.service, settings=settings)), text("1")
    signed = RequestValidator(token).compute_signature(PUBLIC + "/v1/twilio/inbound", form)
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://inside") as client:
        assert (await send(client, "/v1/twilio/inbound", form, signed)).status_code == status

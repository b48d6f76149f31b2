"""What Twilio sends: believed with its signature alone, each text once, no receipt backwards."""

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from urllib.parse import urlencode

import httpx2
import pytest
from pydantic import SecretStr
from twilio.request_validator import RequestValidator

from config.database import reading
from config.settings import Settings
from service.api.application import make_application
from service.store import events, receipts
from tests.world import NUMBERS, World

PUBLIC = "https://planwatch.example.org"
SIGN = RequestValidator("twilio-token").compute_signature


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
        raws = await events.of_plan(session, "P-1001")
    return [raw["data"]["by"] for raw in raws if raw["type"] == "alert.acknowledged"]


async def breach(world: World) -> str:
    await world.receive("bottom_line.breached", id="b-1", bottom_line="x", at=world.now_text())
    await world.tick()
    told = re.search(r"Reply (\d{4})", world.phone("w-tm")[0].content.text)
    assert told is not None
    return told[1]


async def test_a_code_acknowledges_the_alert_once(world: World, twilio: httpx2.AsyncClient) -> None:
    code = await breach(world)
    for _ in range(2):
        answer = await send(twilio, "/v1/twilio/inbound", text(f" {code} "))
        assert (answer.status_code, answer.headers["content-type"]) == (200, "text/xml; charset=utf-8")
    assert await acknowledged(world) == ["w-tm"]


@pytest.mark.parametrize(("body", "person"), [("0000", "w-tm"), ("on my way", "w-tm"), ("", "w-tm"), ("CODE", "w-sm")])
async def test_anything_else_is_kept_and_changes_nothing(
    world: World, twilio: httpx2.AsyncClient, body: str, person: str
) -> None:
    code = await breach(world)
    answer = await send(twilio, "/v1/twilio/inbound", text(body.replace("CODE", code), person))
    assert answer.status_code == 200
    assert await acknowledged(world) == []


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
        assert await receipts.of_attempt(session, "a1") == "delivered"


async def test_where_texts_are_not_set_up_it_says_so(http: httpx2.AsyncClient) -> None:
    answer = await send(http, "/v1/twilio/inbound", text("1"))
    assert answer.status_code == 404
    assert "PLANWATCH_TWILIO_AUTH_TOKEN" in answer.json()["detail"]


@pytest.mark.parametrize("body", [b"\xff", b"a=%ff", b"a=1&a=2", b"&".join(b"f%d=1" % n for n in range(300))])
async def test_what_is_no_form_is_a_400(twilio: httpx2.AsyncClient, body: bytes) -> None:
    assert (await twilio.post("/v1/twilio/inbound", content=body)).status_code == 400

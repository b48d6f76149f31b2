"""The receiving side of the demonstration speaks the real protocols."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email.message import EmailMessage

import aiosmtplib
import httpx2
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from twilio.request_validator import RequestValidator

from cli.demo.standins.arrivals import Received, Text
from cli.demo.standins.mail_server import smtp_standin
from cli.demo.standins.serving import HOST, bind, serving
from cli.demo.standins.sms_provider import Account, TwilioStandin
from cli.demo.story import START
from config.clock import ManualClock

PHONE = "+447700900101"


class Webhooks:
    """A service that only listens, and remembers what was posted to it and how it was signed."""

    def __init__(self) -> None:
        self.posted: list[tuple[str, dict[str, str], str]] = []
        self.app = Starlette(routes=[Route("/{path:path}", self.take, methods=["POST"])])

    async def take(self, request: Request) -> Response:
        form = {name: str(value) for name, value in (await request.form()).items()}
        self.posted.append((str(request.url), form, request.headers["x-twilio-signature"]))
        return Response(status_code=204)


@asynccontextmanager
async def provider() -> AsyncIterator[tuple[TwilioStandin, Account, Received, Webhooks, httpx2.AsyncClient]]:
    clock, account, webhooks = ManualClock(START), Account(), Webhooks()
    received, theirs, ours = Received(clock), bind(), bind()
    standin = TwilioStandin(account, received, clock, f"http://{HOST}:{ours.getsockname()[1]}")
    address = f"http://{HOST}:{theirs.getsockname()[1]}/2010-04-01/Accounts/{account.sid}"
    async with (
        serving(standin.app, theirs),
        serving(webhooks.app, ours),
        httpx2.AsyncClient(base_url=address, auth=(account.sid, account.token), trust_env=False) as client,
    ):
        yield standin, account, received, webhooks, client
        await standin.close()


async def test_mail_is_laid_into_the_inbox_that_it_is_for() -> None:
    received = Received(ManualClock(START))
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "a@example.org", "b@example.org", "P-1: für heute"
    message.set_content("plain – text\n")
    message.add_alternative("<p>hyper</p>", subtype="html")
    async with smtp_standin(received) as port:
        _, answer = await aiosmtplib.send(message, hostname=HOST, port=port)
    [mail] = received.inbox("b@example.org")
    assert (mail.subject, mail.text, mail.html) == ("P-1: für heute", "plain – text\n", "<p>hyper</p>\n")
    assert mail.at == START
    assert answer.endswith(mail.ticket)


async def test_a_text_is_laid_on_the_phone_and_answered_as_twilio_does() -> None:
    async with provider() as (_, account, received, _, client):
        answer = await client.post("/Messages.json", data={"To": PHONE, "From": account.number, "Body": "Reply 1234"})
    [text] = received.phone(PHONE)
    assert answer.status_code == 201
    assert answer.json()["sid"] == text.sid
    assert text.code == "1234"


async def test_whoever_has_not_the_token_is_sent_away() -> None:
    async with provider() as (_, account, received, _, client):
        answer = await client.post("/Messages.json", data={"To": PHONE, "Body": "x"}, auth=(account.sid, "no"))
    assert (answer.status_code, answer.json()["code"]) == (401, 20003)
    assert received.latest == 0


async def test_a_number_that_is_none_is_refused() -> None:
    async with provider() as (_, _, _, _, client):
        answer = await client.post("/Messages.json", data={"To": "nobody", "Body": "x"})
    assert (answer.status_code, answer.json()["code"]) == (400, 21211)


async def test_it_reports_how_far_a_text_has_come_and_signs_it() -> None:
    async with provider() as (standin, account, _, webhooks, client):
        callback = f"{standin.public_url}/v1/twilio/status?attempt=a1"
        await client.post("/Messages.json", data={"To": PHONE, "Body": "x", "StatusCallback": callback})
        await standin.close()
    assert [form["MessageStatus"] for _, form, _ in webhooks.posted] == ["sent", "delivered"]
    assert all(RequestValidator(account.token).validate(*posted) for posted in webhooks.posted)


async def test_a_text_back_is_posted_to_the_service_and_signed() -> None:
    async with provider() as (standin, account, received, webhooks, _):
        assert await standin.send_from(PHONE, "4478 ✓")
    [(url, form, signature)] = webhooks.posted
    assert url == f"{standin.public_url}/v1/twilio/inbound"
    assert (form["From"], form["Body"], form["To"]) == (PHONE, "4478 ✓", account.number)
    assert RequestValidator(account.token).validate(url, form, signature)
    assert [one.theirs for one in received.phone(PHONE)] == [True]


async def test_what_was_sent_can_be_asked_for() -> None:
    async with provider() as (_, _, _, _, client):
        await client.post("/Messages.json", data={"To": PHONE, "Body": "first"})
        await client.post("/Messages.json", data={"To": PHONE, "Body": "second"})
        answer = await client.get("/Messages.json", params={"To": PHONE})
    assert [one["body"] for one in answer.json()["messages"]] == ["second", "first"]


def test_only_a_code_that_is_asked_for_is_a_code() -> None:
    asked = Text(1, START, PHONE, "URGENT P-2006: crossed. Reply 4478 to confirm.", "SM1")
    assert asked.code == "4478"
    assert Text(1, START, PHONE, "P-2006: today is the last working day.", "SM1").code is None
    assert Text(1, START, PHONE, "Reply 4478", "SM1", theirs=True).code is None

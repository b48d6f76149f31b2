"""The receiving side of the demonstration speaks the real protocols."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage

import aiosmtplib
import httpx2
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from twilio.request_validator import RequestValidator

from cli.demo.data.caseload import DemoPerson, Reply
from cli.demo.standins.arrivals import Arrivals, Text
from cli.demo.standins.mail_server import mail_server
from cli.demo.standins.phone_owners import PhoneOwners
from cli.demo.standins.sms_provider import Account, SmsProvider
from cli.serving import listen, serving
from config.clock import ManualClock

HOST = "127.0.0.1"
PHONE = "+447700900101"
START = datetime(2027, 1, 11, 8, 25, tzinfo=UTC)
OWNER = DemoPerson("oc-01", "Fenella Stormcroft", "On-call manager", "worker", "northmere", "", PHONE)
ALERT = "URGENT P-2006: crossed. Reply 447812 to confirm."


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
async def provider() -> AsyncIterator[tuple[SmsProvider, Account, Arrivals, Webhooks, httpx2.AsyncClient]]:
    clock, account, webhooks = ManualClock(START), Account(), Webhooks()
    arrivals, theirs, ours = Arrivals(clock), listen(HOST), listen(HOST)
    standin = SmsProvider(account, arrivals, clock, f"http://{HOST}:{ours.getsockname()[1]}")
    address = f"http://{HOST}:{theirs.getsockname()[1]}/2010-04-01/Accounts/{account.sid}"
    async with (
        serving(standin.app, theirs),
        serving(webhooks.app, ours),
        httpx2.AsyncClient(base_url=address, auth=(account.sid, account.token), trust_env=False) as client,
    ):
        yield standin, account, arrivals, webhooks, client
        await standin.close()


async def test_mail_is_laid_into_the_inbox_that_it_is_for() -> None:
    arrivals = Arrivals(ManualClock(START))
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "a@example.org", "b@example.org", "P-1: für heute"
    message.set_content("plain – text\n")
    message.add_alternative("<p>hyper</p>", subtype="html")
    async with mail_server(arrivals) as port:
        _, answer = await aiosmtplib.send(message, hostname=HOST, port=port)
    [mail] = arrivals.inbox("b@example.org")
    assert (mail.subject, mail.text, mail.html) == ("P-1: für heute", "plain – text\n", "<p>hyper</p>\n")
    assert mail.at == START
    assert answer.endswith(mail.ticket)


async def test_a_text_is_laid_on_the_phone_and_answered_as_twilio_does() -> None:
    async with provider() as (_, account, arrivals, _, client):
        answer = await client.post("/Messages.json", data={"To": PHONE, "From": account.number, "Body": "Reply 123456"})
    [text] = arrivals.phone(PHONE)
    assert answer.status_code == 201
    assert answer.json()["sid"] == text.ticket
    assert text.code == "123456"


async def test_it_reports_how_far_a_text_has_come_and_signs_it() -> None:
    async with provider() as (standin, account, _, webhooks, client):
        callback = f"{standin.public_url}/v1/twilio/status?attempt=a1"
        await client.post("/Messages.json", data={"To": PHONE, "Body": "x", "StatusCallback": callback})
        await standin.close()
    assert [form["MessageStatus"] for _, form, _ in webhooks.posted] == ["sent", "delivered"]
    assert all(RequestValidator(account.token).validate(*posted) for posted in webhooks.posted)


async def test_a_text_back_is_posted_to_the_service_and_signed() -> None:
    async with provider() as (standin, account, arrivals, webhooks, _):
        await standin.send_from(PHONE, "447812 ✓")
    [(url, form, signature)] = webhooks.posted
    assert url == f"{standin.public_url}/v1/twilio/inbound"
    assert (form["From"], form["Body"], form["To"]) == (PHONE, "447812 ✓", account.number)
    assert RequestValidator(account.token).validate(url, form, signature)
    assert [one.theirs for one in arrivals.phone(PHONE)] == [True]


async def test_what_was_sent_can_be_asked_for() -> None:
    async with provider() as (_, _, _, _, client):
        await client.post("/Messages.json", data={"To": PHONE, "Body": "first"})
        await client.post("/Messages.json", data={"To": PHONE, "Body": "second"})
        answer = await client.get("/Messages.json", params={"To": PHONE})
    assert [one["body"] for one in answer.json()["messages"]] == ["second", "first"]


def test_only_a_code_that_is_asked_for_is_a_code() -> None:
    asked = Text(1, START, PHONE, "URGENT P-2006: crossed. Reply 447812 to confirm.", "SM1")
    assert asked.code == "447812"
    assert Text(1, START, PHONE, "P-2006: today is the last working day.", "SM1").code is None
    assert Text(1, START, PHONE, "Reply 447812", "SM1", theirs=True).code is None


async def texted_back(reply: Reply, *texts: str, minutes: float, theirs: str = "", later: str = "") -> list[str]:
    """What the owner of a phone texts back to texts of 08:25, so many minutes later, where a visitor may be first.

    `later` is a text that comes only once the owner has looked.
    """
    clock = ManualClock(START)
    arrivals, ours = Arrivals(clock), listen(HOST)
    provider = SmsProvider(Account(), arrivals, clock, f"http://{HOST}:{ours.getsockname()[1]}")
    async with serving(Webhooks().app, ours):
        for text in texts:
            arrivals.add_text(PHONE, text, "SM1")
        if theirs:
            arrivals.add_text(PHONE, theirs, "SM2", theirs=True)
        clock.advance(minutes=minutes)
        owners = PhoneOwners([reply], clock, arrivals, provider)
        await owners.answer()
        if later:
            arrivals.add_text(PHONE, later, "SM3")
        await owners.answer()
        await provider.close()
    return [text.body for text in arrivals.phone(PHONE) if text.theirs]


CHECK_IN = Reply(START, START + timedelta(minutes=12), OWNER, "1", "")
CODE = Reply(START, START + timedelta(minutes=12), OWNER, None, "P-2006")


async def test_a_text_is_answered_once_when_its_time_has_come() -> None:
    assert await texted_back(CHECK_IN, "All ok today?", minutes=11) == []
    assert await texted_back(CHECK_IN, "All ok today?", minutes=12) == ["1"]


async def test_nothing_is_answered_where_no_text_came_or_the_visitor_was_first() -> None:
    assert await texted_back(CHECK_IN, minutes=12) == []
    assert await texted_back(CHECK_IN, "All ok today?", theirs="2", minutes=12) == ["2"]


async def test_the_code_of_an_alert_is_texted_back_while_it_is_fresh() -> None:
    assert await texted_back(CODE, ALERT, minutes=30) == ["447812"]
    assert await texted_back(CODE, ALERT.replace("P-2006", "P-2041"), minutes=30) == []
    assert await texted_back(CODE, ALERT, minutes=61) == []
    assert await texted_back(CODE, ALERT, minutes=61, later=ALERT.replace("447812", "558912")) == ["558912"]


def test_it_is_known_when_the_next_answer_is_due() -> None:
    clock = ManualClock(START)
    arrivals = Arrivals(clock)
    owners = PhoneOwners([CHECK_IN], clock, arrivals, SmsProvider(Account(), arrivals, clock, "http://127.0.0.1:1"))
    assert owners.next_at(START) == START + timedelta(minutes=12)
    assert owners.next_at(START + timedelta(minutes=12)) is None

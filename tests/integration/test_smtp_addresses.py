"""Names, letters beyond ASCII, access tokens and ids on the way to a mail server that keeps to a script."""

import asyncio
from base64 import b64decode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from notifications.errors import Misconfigured, RefusesUs, TryLater, Undeliverable
from notifications.message import Channel
from notifications.providers.smtp.oauth import TokenSource
from tests.contract.mail import scripted_mail_server
from tests.contract.outgoing import outgoing
from tests.contract.request import Request, on_loopback, read_request, written_answer

EMAIL = Channel.EMAIL
UTF8 = "250-localhost\n250 SMTPUTF8"
XOAUTH2 = "250-localhost\n250 AUTH XOAUTH2"


async def test_what_cannot_be_kept_of_an_answer_is_replaced(tmp_path: Path) -> None:
    async with scripted_mail_server(tmp_path, DOT="250 2.0.0 file d'attente \udce9\x00") as mailbox:
        assert await mailbox.sender().send(outgoing(EMAIL)) == "2.0.0 file d'attente \ufffd\ufffd"


async def test_a_name_before_our_address_is_shown_and_stays_out_of_the_envelope(tmp_path: Path) -> None:
    async with scripted_mail_server(tmp_path) as mailbox:
        await mailbox.sender(sender="Plan reminders, Żory <planwatch@example.org>").send(outgoing(EMAIL))
        [message] = mailbox.messages()
    assert mailbox.lines()[:2] == ["EHLO example.org", "MAIL FROM:<planwatch@example.org>"]
    assert str(message["From"]) == '"Plan reminders, Żory" <planwatch@example.org>'
    assert str(message["Message-ID"]).endswith("@example.org>")


async def test_an_address_beyond_ascii_crosses_as_it_is_where_the_server_takes_it(tmp_path: Path) -> None:
    async with scripted_mail_server(tmp_path, EHLO=UTF8) as mailbox:
        await mailbox.sender().send(outgoing(EMAIL, address="zoë@example.org"))
        [entry] = mailbox.arrived()
    assert mailbox.lines()[1:3] == ["MAIL FROM:<planwatch@example.org> SMTPUTF8", "RCPT TO:<zoë@example.org>"]
    assert "To: zoë@example.org\n" in entry["message"].replace("\r\n", "\n")


async def test_a_domain_beyond_ascii_has_a_form_that_every_server_takes(tmp_path: Path) -> None:
    async with scripted_mail_server(tmp_path) as mailbox:
        sender = mailbox.sender(sender="planwatch@pläne.example.org")
        await sender.send(outgoing(EMAIL, address="name@exämple.org"))
        [message] = mailbox.messages()
    ours = "planwatch@xn--plne-moa.example.org"
    assert mailbox.lines()[:3] == [
        "EHLO xn--plne-moa.example.org", f"MAIL FROM:<{ours}>", "RCPT TO:<name@xn--exmple-cua.org>",
    ]  # fmt: skip
    assert (message["From"], message["To"], sender.mail_from) == (ours, "name@xn--exmple-cua.org", ours)


async def test_a_domain_that_has_no_such_form_is_refused_here(tmp_path: Path) -> None:
    async with scripted_mail_server(tmp_path) as mailbox:
        with pytest.raises(Undeliverable):
            await mailbox.sender().send(outgoing(EMAIL, address="name@ex\u200eämple..org"))
        assert mailbox.lines() == []


async def test_a_server_that_reports_is_told_by_which_id(tmp_path: Path) -> None:
    async with scripted_mail_server(tmp_path, EHLO="250-localhost\n250 DSN") as mailbox:
        await mailbox.sender().send(outgoing(EMAIL))
    assert mailbox.lines()[1] == f"MAIL FROM:<planwatch@example.org> RET=HDRS ENVID={'b' * 32}"


@dataclass
class Issuer:
    """What gives access tokens, each another."""

    port: int = 0
    status: int = 200
    holds: int = 3600  # seconds
    requests: list[Request] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, one request."""
        self.requests.append(await read_request(reader))
        token = {"token_type": "Bearer", "access_token": f"t{len(self.requests)}", "expires_in": self.holds}
        writer.write(written_answer(self.status, token if self.status == 200 else {"error": "no"}, {}))
        await writer.drain()
        writer.close()


class Stopwatch:
    """Seconds that pass when a test says so."""

    seconds = 1000.0

    def __call__(self) -> float:
        """Now."""
        return self.seconds


@asynccontextmanager
async def issuer() -> AsyncIterator[tuple[Issuer, TokenSource, Stopwatch]]:
    """An issuer that listens, and our way to it."""
    issuing, watch = Issuer(), Stopwatch()
    async with on_loopback(issuing.serve) as issuing.port:
        yield (
            issuing,
            TokenSource(f"http://127.0.0.1:{issuing.port}/token", "id-1", "s&cret", "mail.send", watch),
            watch,
        )


async def test_a_token_is_asked_for_once_and_used_until_shortly_before_its_end() -> None:
    async with issuer() as (issuing, source, watch):
        tokens = [await source.token(), await source.token()]
        watch.seconds += 3600 - 130
        tokens.append(await source.token())
        watch.seconds += 20
        tokens.append(await source.token())
    assert tokens == ["t1", "t1", "t1", "t2"]
    assert issuing.requests[0].form == {
        "grant_type": "client_credentials", "client_id": "id-1", "client_secret": "s&cret", "scope": "mail.send",
    }  # fmt: skip


@pytest.mark.parametrize(("status", "error"), [(401, Misconfigured), (400, Misconfigured), (503, TryLater)])
async def test_an_issuer_that_gives_none_is_named_and_our_secret_is_not(status: int, error: type[Exception]) -> None:
    async with issuer() as (issuing, source, _):
        issuing.status = status
        with pytest.raises(error, match="issuer of access tokens") as raised:
            await source.token()
    assert "s&cret" not in f"{raised.value} {source!r}"


async def test_it_signs_in_with_a_token_where_the_server_wants_one(tmp_path: Path) -> None:
    async with issuer() as (_, source, _), scripted_mail_server(tmp_path, EHLO=XOAUTH2, AUTH="235 2.7.0 in") as mailbox:
        sender = mailbox.sender(username="planwatch@example.org", tokens=source)
        await sender.send(outgoing(EMAIL))
        await sender.knock()
        signing_in = [line for line in mailbox.lines() if line.startswith("AUTH")]
    assert len(mailbox.arrived()) == 1
    assert {b64decode(line.split()[2]) for line in signing_in} == {
        b"user=planwatch@example.org\x01auth=Bearer t1\x01\x01"
    }


async def test_a_token_that_the_server_refuses_is_not_used_again(tmp_path: Path) -> None:
    async with issuer() as (_, source, _), scripted_mail_server(tmp_path, EHLO=XOAUTH2, AUTH="535 5.7.3 no") as mailbox:
        for _ in range(2):
            with pytest.raises(RefusesUs, match="access token"):
                await mailbox.sender(username="planwatch@example.org", tokens=source).send(outgoing(EMAIL))
        assert await source.token() == "t3"
        assert "MAIL" not in mailbox.commands()

"""Email against a mail server in a process of its own: what it looks like there, and what is known when it fails."""

from pathlib import Path
from typing import Any

import pytest

from notifications.errors import (
    ContentRefused,
    DeliveryError,
    Misconfigured,
    NotSent,
    RefusesUs,
    TryLater,
    Undeliverable,
    Unknown,
)
from notifications.message import Channel, Content
from notifications.providers.smtp.send import Tls
from tests.contract.mail import mail_server
from tests.contract.outgoing import outgoing

EMAIL = Channel.EMAIL
OURS = {"From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "X-Auto-Response-Suppress", "Importance"}


async def failure(folder: Path, answers: dict[str, str], tls: Tls = "none", **changed: Any) -> DeliveryError:
    """What the sender says of a server that answers like this."""
    async with mail_server(folder, answers=answers) as mailbox:
        with pytest.raises(DeliveryError) as raised:
            await mailbox.sender(tls, **changed).send(outgoing(EMAIL))
        return raised.value


@pytest.mark.parametrize("tls", ["none", "starttls", "implicit"])
async def test_it_arrives_whole_over_each_kind_of_line(tmp_path: Path, tls: Tls) -> None:
    async with mail_server(tmp_path, tls=tls) as mailbox:
        assert await mailbox.sender(tls).send(outgoing(EMAIL)) == "2.0.0 kept as 1"
        [entry], [message] = mailbox.arrived(), mailbox.messages()
    assert (entry["to"], entry["tls"]) == (["worker@example.org"], tls != "none")
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    assert [part.get_content() for part in message.iter_parts()] == [
        "P-1001: social worker visit\n.\n",
        "<p>P-1001: social worker visit</p>\n",
    ]


async def test_its_headers_say_what_it_is_and_to_whom(tmp_path: Path) -> None:
    async with mail_server(tmp_path) as mailbox:
        await mailbox.sender().send(outgoing(EMAIL, urgent=True))
        [message] = mailbox.messages()
    assert {name: str(message[name]) for name in OURS} == {
        "From": "planwatch@example.org",
        "To": "worker@example.org",
        "Subject": "P-1001: for today",
        "Date": "Fri, 18 Dec 2026 08:30:00 +0000",
        "Message-ID": f"<{'b' * 32}@example.org>",
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "DR, RN, NRN, OOF, AutoReply",
        "Importance": "high",
    }
    assert {name for name in message if not name.startswith(("Content-", "MIME-"))} == OURS


async def test_letters_of_all_kinds_arrive(tmp_path: Path) -> None:
    words = Content("P-1 – für Łódź", "„Żółw” …\n" + "x" * 2000 + "\n", "<p>Żółw …</p>\n")
    async with mail_server(tmp_path) as mailbox:
        await mailbox.sender().send(outgoing(EMAIL, content=words))
        [message], [entry] = mailbox.messages(), mailbox.arrived()
    assert message["Subject"] == words.subject
    assert [part.get_content() for part in message.iter_parts()] == [words.text, words.html]
    assert max(len(line) for line in entry["message"].splitlines()) <= 78
    assert entry["message"].isascii()


async def test_it_signs_in_where_it_is_told_to(tmp_path: Path) -> None:
    async with mail_server(tmp_path, tls="starttls", auth=True) as mailbox:
        await mailbox.sender("starttls", username="planwatch", password="right").send(outgoing(EMAIL))
        assert [entry["login"] for entry in mailbox.arrived()] == [True]


async def test_a_wrong_password_is_ours_to_mend(tmp_path: Path) -> None:
    async with mail_server(tmp_path, tls="starttls", auth=True) as mailbox:
        with pytest.raises(Misconfigured, match="name and password"):
            await mailbox.sender("starttls", username="planwatch", password="wrong").send(outgoing(EMAIL))
        assert mailbox.arrived() == []


async def test_without_starttls_at_the_other_end_nothing_is_said_in_clear(tmp_path: Path) -> None:
    async with mail_server(tmp_path, answers={"EHLO": "250-localhost\n250 SIZE"}) as mailbox:
        with pytest.raises(Misconfigured, match="STARTTLS"):
            await mailbox.sender("starttls", username="planwatch", password="right").send(outgoing(EMAIL))
        assert set(mailbox.commands()) <= {"EHLO", "QUIT"}


@pytest.mark.parametrize("answer", ["454 not now", "220 go on\n250 injected", "hang up"])
async def test_starttls_that_comes_to_nothing_ends_it(tmp_path: Path, answer: str) -> None:
    answers = {"EHLO": "250-localhost\n250 STARTTLS", "STARTTLS": answer}
    async with mail_server(tmp_path, answers=answers) as mailbox:
        with pytest.raises((Misconfigured, TryLater)):
            await mailbox.sender("starttls").send(outgoing(EMAIL))
        assert "MAIL" not in mailbox.commands()


@pytest.mark.parametrize("tls", ["starttls", "implicit"])
async def test_a_certificate_that_nobody_vouches_for_is_not_believed(tmp_path: Path, tls: Tls) -> None:
    async with mail_server(tmp_path, tls=tls) as mailbox:
        with pytest.raises(Misconfigured, match="TLS"):
            await mailbox.sender(tls, trust=None).send(outgoing(EMAIL))
        assert mailbox.arrived() == []


async def test_a_certificate_for_another_name_is_not_believed(tmp_path: Path) -> None:
    async with mail_server(tmp_path, tls="implicit") as mailbox:
        with pytest.raises(Misconfigured):
            await mailbox.sender("implicit", host="127.0.0.2").send(outgoing(EMAIL))


@pytest.mark.parametrize(
    ("answers", "error"),
    [
        ({"GREETING": "421 busy"}, TryLater),
        ({"GREETING": "554 go away"}, RefusesUs),
        ({"GREETING": "hang up"}, Misconfigured),
        ({"EHLO": "hang up"}, NotSent),
        ({"MAIL": "451 later"}, TryLater),
        ({"MAIL": "550 not you"}, RefusesUs),
        ({"MAIL": "hang up"}, NotSent),
        ({"RCPT": "421 closing"}, TryLater),
        ({"RCPT": "450 greylisted"}, TryLater),
        ({"RCPT": "452 full"}, TryLater),
        ({"RCPT": "530 sign in first"}, RefusesUs),
        ({"RCPT": "550 no such user"}, Undeliverable),
        ({"RCPT": "551 moved"}, Undeliverable),
        ({"RCPT": "553 no name"}, Undeliverable),
        ({"RCPT": "hang up"}, NotSent),
        ({"DATA": "451 later"}, TryLater),
        ({"DATA": "554 no"}, ContentRefused),
        ({"DOT": "421 closing"}, TryLater),
        ({"DOT": "452 full"}, TryLater),
        ({"DOT": "552 too big"}, ContentRefused),
        ({"DOT": "554 looks bad"}, ContentRefused),
        ({"MIDDLE": "hang up"}, Unknown),
        ({"DOT": "hang up"}, Unknown),
    ],
)
async def test_a_failure_says_what_is_certain(
    tmp_path: Path, answers: dict[str, str], error: type[DeliveryError]
) -> None:
    assert type(await failure(tmp_path, answers)) is error


EHLO = "250-localhost\n250 STARTTLS"


@pytest.mark.parametrize(
    "answers",
    [
        {"EHLO": "250 localhost"},
        {"EHLO": "502 what"},
        {"EHLO": "250-localhost\n250 STARTTL_"},
        {"GREETING": "220-hello\n220 STARTTLS", "EHLO": "250 localhost"},
        {"EHLO": EHLO, "STARTTLS": "250 sure"},
        {"EHLO": EHLO, "STARTTLS": "500 what"},
        {"EHLO": EHLO, "STARTTLS": "220 go\n250 fine\n250 fine\n250 fine\n354 go on\n250 kept"},
    ],
)
async def test_whoever_strips_tls_gets_neither_password_nor_message(tmp_path: Path, answers: dict[str, str]) -> None:
    async with mail_server(tmp_path, answers=answers) as mailbox:
        with pytest.raises((Misconfigured, TryLater)):
            await mailbox.sender("starttls", username="planwatch", password="right").send(outgoing(EMAIL))
        assert set(mailbox.commands()) <= {"EHLO", "HELO", "STARTTLS", "QUIT"}
        assert mailbox.arrived() == []


@pytest.mark.parametrize(
    ("answers", "error"),
    [
        ({"GREETING": "220 hello\n250 one\n250 two\n250 three\n354 go\n250 kept"}, Misconfigured),
        ({"RCPT": "250 fine\n354 go on"}, Misconfigured),
        ({"DATA": "354 go on\n250 2.0.0 kept", "DOT": "554 no"}, Misconfigured),  # before any of it was handed over
        ({"DOT": "no answer at all"}, Unknown),
    ],
)
async def test_an_answer_to_what_was_not_asked_is_never_taken_for_a_yes(
    tmp_path: Path, answers: dict[str, str], error: type[DeliveryError]
) -> None:
    assert type(await failure(tmp_path, answers)) is error


async def test_how_the_goodbye_goes_does_not_matter(tmp_path: Path) -> None:
    async with mail_server(tmp_path, answers={"QUIT": "hang up"}) as mailbox:
        assert await mailbox.sender().send(outgoing(EMAIL)) == "2.0.0 kept as 1"


@pytest.mark.parametrize("address", ["a@example.org\r\nBcc: b@example.org", "a@example.org\nX: y", "a\x00@example.org"])
async def test_an_address_cannot_bring_a_header_or_a_command_with_it(tmp_path: Path, address: str) -> None:
    async with mail_server(tmp_path) as mailbox:
        with pytest.raises(Undeliverable):
            await mailbox.sender().send(outgoing(EMAIL, address=address))
        assert mailbox.arrived() == []


async def test_a_subject_cannot_bring_a_header_with_it(tmp_path: Path) -> None:
    async with mail_server(tmp_path) as mailbox:
        with pytest.raises(Undeliverable):
            await mailbox.sender().send(outgoing(EMAIL, content=Content("a\r\nBcc: b@example.org", "t", "h")))
        assert mailbox.arrived() == []


async def test_an_address_that_the_server_cannot_take_is_refused_here(tmp_path: Path) -> None:
    async with mail_server(tmp_path) as mailbox:
        with pytest.raises(Undeliverable, match="beyond ASCII"):
            await mailbox.sender().send(outgoing(EMAIL, address="zażółć@example.org"))

"""Whom a refusal is about: the recipient, the text, or us. What is not understood is nobody's fault but ours."""

import pytest
from aiosmtplib import SMTPResponseException

from notifications.errors import ContentRefused, DeliveryError, RefusesUs, TryLater, Undeliverable
from notifications.mailbox.status_codes import Blame, blame_of, enhanced_code
from notifications.providers.notify.answers import refusal as notify_refusal
from notifications.providers.smtp.answers import SmtpStep, id_in, refusal
from notifications.providers.twilio.answers import refusal as twilio_refusal
from tests.contract.notify_double import written_refusal

RECIPIENT, TEXT = SmtpStep.RECIPIENT, SmtpStep.TEXT


@pytest.mark.parametrize(
    ("step", "code", "words", "kind"),
    [
        (RECIPIENT, 554, "5.7.1 <x@example.org>: Relay access denied", RefusesUs),
        (RECIPIENT, 554, "<x@example.org>: Relay access denied", RefusesUs),
        (RECIPIENT, 550, "not permitted to relay through this server", RefusesUs),
        (RECIPIENT, 550, "5.4.5 Daily user sending limit exceeded", RefusesUs),
        (RECIPIENT, 550, "5.7.60 SMTP; Client does not have permissions to send as this sender", RefusesUs),
        (RECIPIENT, 550, "5.1.8 Access denied, bad outbound sender", RefusesUs),
        (RECIPIENT, 550, "5.1.7 Invalid address", RefusesUs),
        (RECIPIENT, 554, "5.7.1 Service unavailable; client [192.0.2.1] blocked using zen.spamhaus.org", RefusesUs),
        (RECIPIENT, 550, "Your sending quota is used up", RefusesUs),
        (RECIPIENT, 553, "Sender address rejected: not owned by user planwatch", RefusesUs),
        (RECIPIENT, 535, "5.7.8 authentication failed", RefusesUs),
        (RECIPIENT, 554, "", RefusesUs),
        (RECIPIENT, 550, "5.3.0 something new", RefusesUs),
        (RECIPIENT, 550, "5.1.1 <limit@example.org>: user unknown in relay recipient table", Undeliverable),
        (RECIPIENT, 550, "5.7.1 No such user here", Undeliverable),
        (RECIPIENT, 550, "5.4.1 Recipient address rejected: Access denied", Undeliverable),
        (RECIPIENT, 550, "<spam@example.org> no such user", Undeliverable),
        (RECIPIENT, 550, "", Undeliverable),
        (RECIPIENT, 550, "5.0.0 gone", Undeliverable),
        (RECIPIENT, 552, "5.2.2 mailbox full", TryLater),
        (RECIPIENT, 550, "mailbox over quota", TryLater),
        (RECIPIENT, 450, "4.2.0 greylisted", TryLater),
        (TEXT, 550, "5.7.60 no permission to send as this sender", RefusesUs),
        (TEXT, 554, "5.7.1 message rejected: DMARC", RefusesUs),
        (TEXT, 552, "5.3.4 message too big", ContentRefused),
        (TEXT, 554, "5.6.0 malformed", ContentRefused),
        (TEXT, 550, "5.1.1 no such user", Undeliverable),
        (SmtpStep.SENDER, 550, "5.1.1 nobody", RefusesUs),
    ],
)
def test_a_mail_servers_refusal_is_of_whom_it_says(
    step: SmtpStep, code: int, words: str, kind: type[DeliveryError]
) -> None:
    error = refusal(SMTPResponseException(code, words), step)
    assert type(error) is kind
    assert "example.org" not in str(error)


def test_a_server_that_slows_us_down_is_left_alone_for_a_while_and_a_greylisting_one_is_not() -> None:
    ours = refusal(SMTPResponseException(421, "4.7.0 too many connections from your address"), RECIPIENT)
    greylisted = refusal(SMTPResponseException(450, "4.7.1 greylisted, try again"), RECIPIENT)
    assert isinstance(ours, TryLater)
    assert isinstance(greylisted, TryLater)
    assert (ours.retry_after is None, greylisted.retry_after) == (False, None)


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (400, 21659, RefusesUs),
        (400, 21703, RefusesUs),
        (400, 63007, RefusesUs),
        (400, 21606, RefusesUs),
        (400, 29999, RefusesUs),
        (400, None, RefusesUs),
        (400, "21211\ud800", RefusesUs),
        (401, 20003, RefusesUs),
        (402, None, RefusesUs),
        (403, None, RefusesUs),
        (400, 21211, Undeliverable),
        (400, 21614, Undeliverable),
        (400, 21617, ContentRefused),
    ],
)
def test_a_refusal_of_twilios_that_is_not_about_the_number_is_ours(
    status: int, code: object, kind: type[DeliveryError]
) -> None:
    assert type(twilio_refusal(status, code)) is kind


@pytest.mark.parametrize(
    ("status", "words", "kind"),
    [
        (400, "Can’t send to this recipient using a team-only API key", RefusesUs),
        (400, "phone_number is a required property", RefusesUs),
        (400, "something new", RefusesUs),
        (403, "Invalid token", RefusesUs),
        (402, "no", RefusesUs),
        (400, "phone_number Not a valid country prefix", Undeliverable),
    ],
)
def test_a_refusal_of_notifys_that_is_not_about_the_address_is_ours(
    status: int, words: str, kind: type[DeliveryError]
) -> None:
    assert type(notify_refusal(written_refusal(status, words))) is kind


@pytest.mark.parametrize(
    ("code", "blame"),
    [
        ("5.1.1", Blame.ADDRESS),
        ("5.1.7", Blame.OURS),
        ("5.1.8", Blame.OURS),
        ("5.7.1", Blame.OURS),
        ("5.2.2", Blame.MAILBOX),
    ],
)
def test_a_code_alone_says_whom_it_is_about(code: str, blame: Blame) -> None:
    assert blame_of(code) is blame


def test_a_code_is_not_read_out_of_an_address_or_a_longer_number() -> None:
    assert enhanced_code("550 <5.1.1@example.org> from 10.5.1.12: 5.7.1 no") == "5.7.1"
    assert enhanced_code("from 192.5.1.1 no") is None


@pytest.mark.parametrize(
    "answer", ["2.0.0 mis en file d'attente \udce9", "2.0.0 ok\x00 1", "\x1b[2J\u2028" + "x" * 900]
)
def test_what_a_server_names_a_message_can_always_be_kept(answer: str) -> None:
    name = id_in(answer, 250)
    assert name.encode()
    assert name.isprintable()
    assert len(name) <= 200


@pytest.mark.parametrize("answer", ["", "\n\n", "   "])
def test_a_server_that_names_it_not_at_all_is_quoted_by_its_number(answer: str) -> None:
    assert id_in(answer, 250) == "250"

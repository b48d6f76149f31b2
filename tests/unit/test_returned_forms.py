"""The many forms of returned email: each names the same message of ours, and says whose fault it is."""

import base64
import quopri

import pytest

from notifications.mailbox.bounces import Action, Bounce, read_bounce
from notifications.mailbox.parts import Unreadable
from tests.contract.returned_mail import EXIM, report, written

OURS, WHO = "a" * 32, "worker@example.org"
NOBODY = "Return-Path: <>\nFrom: postmaster@example.org\nTo: planwatch@example.org\nMIME-Version: 1.0\n"
STATUS = f"Reporting-MTA: dns; mx.example.org\n\nFinal-Recipient: rfc822; {WHO}\nAction: failed\nStatus: 5.1.1\n"
HEADERS = f"From: planwatch@example.org\nTo: {WHO}\nMessage-ID: <{OURS}@example.org>\n"
HTML = f"<p>Delivery has failed to these recipients:</p><a href='mailto:{WHO}'>{WHO}</a><p>550 5.1.1 User unknown</p>"


def mail(kind: str, *parts: str, also: str = "Subject: Undeliverable: P-1001\n") -> bytes:
    """An email from nobody, with these parts."""
    body = "".join(f"--B\n{part}\n" for part in parts)
    return f'{NOBODY}{also}Content-Type: {kind}; boundary="B"\n\n{body}--B--\n'.encode()


def part(kind: str, content: str, also: str = "") -> str:
    """A part with its headers."""
    return f"Content-Type: {kind}\n{also}\n{content}\n"


def coded(kind: str, content: str, encoding: str) -> str:
    """A part that crosses in an encoding."""
    raw = content.encode()
    written_so = base64.encodebytes(raw) if encoding == "base64" else quopri.encodestring(raw)
    return part(kind, written_so.decode(), f"Content-Transfer-Encoding: {encoding}\n")


def alone(also: str, text: str) -> bytes:
    """An email from nobody that is words alone."""
    return f"{NOBODY}{also}Content-Type: text/plain; charset=utf-8\n\n{text}".encode()


REPORT = "multipart/report; report-type=delivery-status"
WORDS = part("text/plain", f"Delivery has failed to these recipients: {WHO}")
DSN = part("message/delivery-status", STATUS)
RETURNED = part("message/rfc822", HEADERS)
QUOTED = f"\n--- Below this line is a copy of the message.\n\n{HEADERS}\n\nwhat it was about\n"
FORMS = {
    "headers in base64": mail(REPORT, WORDS, DSN, coded("text/rfc822-headers", HEADERS, "base64")),
    "headers in quoted-printable": mail(REPORT, WORDS, DSN, coded("text/rfc822-headers", HEADERS, "quoted-printable")),
    "message in base64": mail(REPORT, WORDS, DSN, coded("message/rfc822", HEADERS + "\nwords\n", "base64")),
    "report in base64": mail(REPORT, WORDS, coded("message/delivery-status", STATUS, "base64"), RETURNED),
    "RFC 6533": mail(
        REPORT, WORDS, part("message/global-delivery-status", STATUS.replace("rfc822;", "utf-8;")),
        part("message/global", HEADERS),
    ),
    "RFC 6533, headers alone, in base64": mail(
        REPORT, WORDS, coded("message/global-delivery-status", STATUS, "base64"),
        coded("message/global-headers", HEADERS, "base64"),
    ),
    "ids in References alone": mail(REPORT, WORDS, DSN, also=f"Subject: no\nReferences: <{OURS}@example.org>\n"),
    "id in In-Reply-To alone": mail(REPORT, WORDS, DSN, also=f"Subject: no\nIn-Reply-To: <{OURS}@example.org>\n"),
    "id of the envelope alone": mail(
        REPORT, WORDS, part("message/delivery-status", f"Original-Envelope-Id: {OURS}\n{STATUS}")
    ),
    "report-type missing": mail("multipart/report", WORDS, DSN, RETURNED),
    "report-type in capitals": mail('MULTIPART/REPORT; REPORT-TYPE="Delivery-Status"', WORDS, DSN, RETURNED),
    "mixed": mail("multipart/mixed", WORDS, DSN, RETURNED),
    "nested": mail(
        "multipart/mixed",
        part('multipart/report; boundary="C"', f"--C\n{WORDS}\n--C\n{DSN}\n--C\n{RETURNED}\n--C--"),
        part("text/plain", "scanned"),
    ),
    "status with a comment": mail(
        REPORT, WORDS, DSN.replace("Action: failed", "Action: failed (bad mailbox)"), RETURNED
    ),
    "without an action": mail(REPORT, WORDS, DSN.replace("Action: failed\n", ""), RETURNED),
    "the code in the diagnostic alone": mail(
        REPORT, WORDS, DSN.replace("5.1.1", "5.0.0\nDiagnostic-Code: smtp; 550 5.1.1 <x> User unknown"), RETURNED
    ),
    "HTML alone": mail("multipart/mixed", part("text/html", HTML), RETURNED),
    "qmail": alone(
        "Subject: failure notice\n",
        "Hi. This is the qmail-send program at mx.example.org.\nI'm afraid I wasn't able to deliver your message to "
        f"the following addresses.\nThis is a permanent error; I've given up. Sorry it didn't work out.\n\n<{WHO}>:\n"
        "192.0.2.1 does not like recipient.\nRemote host said: 550 5.1.1 No such user\nGiving up on 192.0.2.1.\n"
        f"{QUOTED}",
    ),
    "exim": alone(
        f"Subject: Mail delivery failed: returning message to sender\nX-Failed-Recipients: {WHO}\n",
        f"This message was created automatically by mail delivery software.\n\n  {WHO}\n    host mx.example.org: "
        f"550 5.1.1 user unknown\n{QUOTED}",
    ),
    "sendmail": alone(
        "Subject: Returned mail: see transcript for details\n",
        f"   ----- The following addresses had permanent fatal errors -----\n<{WHO}>\n    (reason: 550 5.1.1 User "
        f"unknown)\n{QUOTED}",
    ),
    "postfix in words": alone(
        "Subject: Undelivered Mail Returned to Sender\n",
        f"I'm sorry to have to inform you that your message could not be delivered to one or more recipients.\n\n"
        f"<{WHO}>: host mx.example.org said: 550 5.1.1 User unknown (in reply to RCPT TO command)\n{QUOTED}",
    ),
    "Gmail in words": alone(
        "Subject: Delivery Status Notification (Failure)\n",
        f"Delivery to the following recipient failed permanently:\n\n     {WHO}\n\nTechnical details of permanent "
        f"failure: 550 5.1.1 The email account that you tried to reach does not exist.\n{QUOTED}",
    ),
    "Exchange in words": mail(
        "multipart/mixed",
        part("text/plain", f"Your message did not reach some or all of the intended recipients.\n\n  {WHO}\n  5.1.1"),
        RETURNED,
    ),
}  # fmt: skip


@pytest.mark.parametrize("raw", FORMS.values(), ids=list(FORMS))
@pytest.mark.parametrize("line_end", [b"\n", b"\r\n"])
def test_each_form_says_which_message_failed_and_that_its_address_is_bad(raw: bytes, line_end: bytes) -> None:
    bounce = read_bounce(raw.replace(b"\n", line_end))
    assert bounce is not None
    assert (bounce.outside_id, bounce.action, bounce.status[-5:]) == (OURS, Action.FAILED, bounce.status)
    assert WHO in bounce.recipients
    assert bounce.of_address
    assert not bounce.of_us


@pytest.mark.parametrize("raw", FORMS.values(), ids=list(FORMS))
def test_no_form_is_believed_from_somebody(raw: bytes) -> None:
    for forged in (b"Return-Path: <mallory@example.org>", b"X-Was: nobody", b"Return-Path: mallory@example.org"):
        assert read_bounce(raw.replace(b"Return-Path: <>", forged)) is None
        assert read_bounce(forged + b"\n" + raw) is None or forged.startswith(b"X-Was")


def test_an_mbox_says_in_its_first_line_that_there_was_no_sender() -> None:
    raw = FORMS["mixed"].replace(b"Return-Path: <>\n", b"")
    assert read_bounce(b"From MAILER-DAEMON Mon Jan  5 09:00:00 2026\n" + raw) is not None
    assert read_bounce(b"From mallory@example.org Mon Jan  5 09:00:00 2026\n" + raw) is None


def rewritten(relay_id: str) -> Bounce:
    """What comes back where a relay has written its own id over ours."""
    bounce = read_bounce(mail(REPORT, WORDS, DSN, part("message/rfc822", f"Message-ID: <{relay_id}>\n")))
    assert bounce is not None
    return bounce


def test_an_id_that_a_relay_has_rewritten_is_kept_as_the_relays() -> None:
    bounce = rewritten("0102018f-1b2c@ses.example.org")
    assert bounce.outside_id is None
    assert {"0102018f-1b2c", "0102018f-1b2c@ses.example.org"} <= bounce.relay_ids


def test_the_queue_id_of_a_relay_is_one_of_its_ids() -> None:
    status = STATUS.replace("Reporting-MTA", "X-Postfix-Queue-ID: 4XyZab1234\nReporting-MTA")
    bounce = read_bounce(mail(REPORT, WORDS, part("message/delivery-status", status)))
    assert bounce is not None
    assert bounce.relay_ids == {"4XyZab1234"}


@pytest.mark.parametrize("status", ["5.1.8", "5.1.7", "5.7.1", "5.7.60", "5.7.708", "5.4.5"])
def test_a_report_about_our_own_account_blames_no_recipient(status: str) -> None:
    bounce = read_bounce(report(OURS, WHO, "failed", status))
    assert bounce is not None
    assert (bounce.of_us, bounce.of_address) == (True, False)


@pytest.mark.parametrize("status", ["5.2.2", "5.3.4", "5.4.4", "5.6.0", "4.4.7", "4.1.1"])
def test_a_report_about_anything_else_blames_nobody(status: str) -> None:
    bounce = read_bounce(report(OURS, WHO, "failed", status))
    assert bounce is not None
    assert (bounce.of_us, bounce.of_address) == (False, False)


def test_a_warning_in_words_is_a_delay() -> None:
    raw = alone(
        "Subject: Warning: message delayed 24 hours\n",
        f"A message that you sent has not yet been delivered to: {WHO}\nWe will keep trying.\n{QUOTED}",
    )
    bounce = read_bounce(raw)
    assert bounce is not None
    assert bounce.action is Action.DELAYED


@pytest.mark.parametrize(
    "raw",
    [
        alone("Subject: Automatic reply: P-1001\n", f"I have failed to deliver. {WHO}\n{QUOTED}"),
        alone("Subject: hello\n", f"nothing at all of interest\n{QUOTED}"),
        mail("multipart/report; report-type=disposition-notification", WORDS, DSN, RETURNED),
        mail("multipart/report; report-type=feedback-report", WORDS, DSN, RETURNED),
        written(EXIM, OURS, WHO).replace(b"Subject", b"List-Id: <l.example.org>\nSubject"),
    ],
)
def test_what_is_no_report_is_none_even_from_nobody(raw: bytes) -> None:
    assert read_bounce(raw) is None


def nested(depth: int) -> bytes:
    """Parts within parts."""
    return (
        NOBODY + "".join(f"Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n" for n in range(depth))
    ).encode()


@pytest.mark.parametrize(
    "raw",
    [
        nested(3000),
        nested(60),
        (NOBODY + "Content-Type: message/rfc822\n\n" * 3000).encode(),
        (NOBODY + "Content-Type: multipart/mixed; boundary=B\n\n" + "--B\n\n" * 100_000).encode(),
    ],
    ids=["deep", "deep enough", "messages in messages", "many"],
)
def test_an_email_with_too_many_parts_is_not_taken_apart(raw: bytes) -> None:
    with pytest.raises(Unreadable):
        read_bounce(raw)

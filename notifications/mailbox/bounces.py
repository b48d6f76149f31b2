"""Returned email: what a mail server reports of a message of ours, from the fields of the report (RFC 3464).

Nothing else in the email is read: neither a person's words, nor our own that came back. Other email is ignored: an
answer, an out-of-office note (RFC 3834), a read receipt, email from a list or a loop. A report is ignored, too, if it
names no message by an id like ours.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message as Mail
from email.parser import BytesParser, HeaderParser
from email.utils import getaddresses
from enum import StrEnum

LONGEST = 1024 * 1024  # bytes of one email that are read: the report comes before the returned message
_OURS = re.compile(r"<([0-9a-f]{32})@[^<>\s]{1,255}>")
_STATUS = re.compile(r"\s*([245]\.\d{1,3}\.\d{1,3})\b")


class Action(StrEnum):
    """What became of a message, as a mail server reports it."""

    FAILED = "failed"
    DELAYED = "delayed"
    DELIVERED = "delivered"
    RELAYED = "relayed"
    EXPANDED = "expanded"


@dataclass(frozen=True, slots=True)
class Bounce:
    """A report about one message that has an id like ours. The caller checks whether the message is ours."""

    outside_id: str
    action: Action
    status: str  # RFC 3463, such as 5.1.1; empty: the report has none
    recipients: frozenset[str]  # in lower case

    @property
    def of_address(self) -> bool:
        """Whether the address is bad, and not only the message, the moment or a full mailbox."""
        return self.action is Action.FAILED and self.status.startswith(("5.1.", "5.2.1"))


def read_bounce(raw: bytes) -> Bounce | None:
    """The report in an email. None: it is no report about a message with an id like ours."""
    mail = BytesParser().parsebytes(raw[:LONGEST])
    if mail.get_content_type() == "multipart/report":
        return _of_report(mail)
    return _of_old_kind(mail)


def _of_report(mail: Mail) -> Bounce | None:
    if str(mail.get_param("report-type", "")).lower() != "delivery-status" or not mail.is_multipart():
        return None  # a read receipt, or a complaint about junk
    parts = _mails_in(mail)
    outside_id = next((part_id for part in parts if (part_id := _id_in(part))), None)
    if outside_id is None:
        return None
    reported = [report for part in parts for report in _recipients(part, outside_id)]
    # One message goes to one recipient. Where that was a list, the worst action counts.
    return min(reported, key=lambda report: list(Action).index(report.action), default=None)


def _id_in(part: Mail) -> str | None:
    """The id of the returned message, from its headers alone."""
    kind = part.get_content_type()
    if kind == "message/rfc822" and part.is_multipart():
        return _ours(part.get_payload(0), "Message-ID")
    if kind == "text/rfc822-headers":
        return _ours(HeaderParser().parsestr(str(part.get_payload())), "Message-ID")
    return None


def _recipients(part: Mail, outside_id: str) -> Iterator[Bounce]:
    if part.get_content_type() != "message/delivery-status" or not part.is_multipart():
        return
    for block in _mails_in(part):
        action = str(block.get("Action", "")).strip().lower()
        if action not in list(Action):
            continue
        status = _STATUS.match(str(block.get("Status", "")))
        names = frozenset(filter(None, (_address(block, name) for name in ("Final-Recipient", "Original-Recipient"))))
        yield Bounce(outside_id, Action(action), status[1] if status else "", names)


def _mails_in(part: Mail) -> list[Mail]:
    payload = part.get_payload()
    return [inner for inner in payload if isinstance(inner, Mail)] if isinstance(payload, list) else []


def _address(block: Mail, name: str) -> str:
    return str(block.get(name, "")).partition(";")[2].strip().strip("<>").lower()


def _of_old_kind(mail: Mail) -> Bounce | None:
    """A report in the headers alone, as some servers write it. It has no sender, and names our message."""
    failed = mail.get_all("X-Failed-Recipients", [])
    if not failed or str(mail.get("Return-Path", "")).strip() != "<>":
        return None
    outside_id = _ours(mail, "In-Reply-To") or _ours(mail, "References")
    if outside_id is None:
        return None
    names = frozenset(address.lower() for _, address in getaddresses([str(header) for header in failed]))
    return Bounce(outside_id, Action.FAILED, "", names)


def _ours(mail: object, header: str) -> str | None:
    match = _OURS.search(str(mail.get(header, ""))) if isinstance(mail, Mail) else None
    return match[1] if match else None

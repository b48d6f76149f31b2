"""Returned email: what a mail server reports of a message of ours.

Only mail servers are believed: an email with a sender is no report, whatever it says. A report names our message by an
id that nobody can guess, and which its recipient alone was shown; or by the id that the relay gave it, which stands in
the relay's answer to us. Other email is ignored: an answer, an out-of-office note (RFC 3834), a read receipt, email
from a list or a loop.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from email.message import Message as Mail
from email.utils import getaddresses
from enum import StrEnum

from notifications.mailbox.parts import is_from_nobody, read_mail, reports_in, returned_in, text_of
from notifications.mailbox.plain_reports import failure_in
from notifications.mailbox.status_codes import Blame, blame_of, enhanced_code

_OURS = re.compile(r"<([0-9a-f]{32})@[^<>\s]{1,255}>")
_OUR_ID = re.compile(r"[0-9a-f]{32}")
_QUOTED_ID = re.compile(r"^[>\s]*Message-ID:\s*<([0-9a-f]{32})@[^<>\s]{1,255}>", re.IGNORECASE | re.MULTILINE)
_STATUS = re.compile(r"\s*([245]\.\d{1,3}\.\d{1,3})\b")
_ESCAPED = re.compile(r"\\x\{([0-9A-Fa-f]{1,6})\}")  # RFC 6533, 3
_LONGEST_HEADER = 10_000
_SHORTEST_RELAY_ID, _MOST_RELAY_IDS = 6, 10
_OTHER_REPORTS = ("disposition-notification", "feedback-report")
_PERSONAL = re.compile(
    r"\s*(automatic reply|auto(matic)?[- ]?(reply|response)|out of (the )?office|re:)", re.IGNORECASE
)


class Action(StrEnum):
    """What became of a message, as a mail server reports it."""

    FAILED = "failed"
    DELAYED = "delayed"
    DELIVERED = "delivered"
    RELAYED = "relayed"
    EXPANDED = "expanded"


@dataclass(frozen=True, slots=True)
class Bounce:
    """A report about one message. The caller checks whether the message is ours."""

    outside_id: str | None  # an id like ours; None: the report names none
    action: Action
    status: str  # RFC 3463, such as 5.1.1; empty: the report has none
    recipients: frozenset[str]  # in lower case
    blame: Blame = Blame.UNCLEAR
    relay_ids: frozenset[str] = field(default=frozenset())  # by which a relay may know it

    @property
    def of_address(self) -> bool:
        """Whether the address is bad, and not only the message, the moment, a full mailbox, or our own account."""
        return self.action is Action.FAILED and self.blame is Blame.ADDRESS and not self.status.startswith("4.")

    @property
    def of_us(self) -> bool:
        """Whether it is us whom a mail server refuses."""
        return self.action is Action.FAILED and self.blame is Blame.OURS


def read_bounce(raw: bytes) -> Bounce | None:
    """The report in an email. None: it is none, or from somebody, or names no message. Raises Unreadable."""
    mail = read_mail(raw)
    if not is_from_nobody(mail) or _is_another_kind(mail):
        return None
    outside_id, relay_ids = _ids(mail)
    if outside_id is None and not relay_ids:
        return None
    reports = list(reports_in(mail))
    if not reports:
        return _in_words(mail, outside_id, relay_ids)
    about_recipients = [report for blocks in reports for report in _of_recipients(blocks, outside_id, relay_ids)]
    # One message goes to one recipient. Where that was a list, the worst action counts.
    return min(about_recipients, key=lambda report: list(Action).index(report.action), default=None)


def _is_another_kind(mail: Mail) -> bool:
    if str(mail.get_param("report-type", "")).lower() in _OTHER_REPORTS:
        return True
    return _PERSONAL.match(_header(mail, "Subject")) is not None or "List-Id" in mail


def _of_recipients(blocks: Iterable[Mail], outside_id: str | None, relay_ids: frozenset[str]) -> Iterator[Bounce]:
    for block in blocks:
        given = _STATUS.match(_header(block, "Status"))
        status = given[1] if given else ""
        action = _action(_header(block, "Action"), status)
        if action is None:
            continue
        names = frozenset(filter(None, (_address(block, name) for name in ("Final-Recipient", "Original-Recipient"))))
        diagnostic = _header(block, "Diagnostic-Code")
        code = enhanced_code(diagnostic) if status.endswith(".0.0") or not status else status
        yield Bounce(outside_id, action, status, names, blame_of(code, diagnostic if code != status else ""), relay_ids)


def _action(word: str, status: str) -> Action | None:
    """The action, which a report may leave out where it gives a status."""
    word = word.split("(")[0].strip().lower()
    if word in list(Action):
        return Action(word)
    return {"5": Action.FAILED, "4": Action.DELAYED}.get(status[:1]) if not word else None


def _in_words(mail: Mail, outside_id: str | None, relay_ids: frozenset[str]) -> Bounce | None:
    """A report without fields of its own, as some servers write it."""
    text = text_of(mail)
    listed = list(_headers(mail, "X-Failed-Recipients"))
    failure = failure_in(mail, text)
    names = frozenset(address.lower() for _, address in getaddresses(listed) if address)
    if failure is None and not names:
        return None
    code = enhanced_code(text) or ""
    permanent = bool(names) if failure is None else failure.permanent
    addresses = names | (failure.addresses if failure else frozenset())
    action = Action.FAILED if permanent else Action.DELAYED
    return Bounce(outside_id, action, code, addresses, blame_of(code or None, text), relay_ids)


def _ids(mail: Mail) -> tuple[str | None, frozenset[str]]:
    """Our id for the message, from what was sent back, from the report or from its own headers; and a relay's ids."""
    returned = list(returned_in(mail))
    ours = [_ours(headers, "Message-ID") for headers in returned]
    relayed: set[str] = set()
    for headers in returned:
        relayed |= _tokens(_header(headers, "Message-ID"))
    for blocks in reports_in(mail):
        for block in blocks[:1]:
            envelope_id = _header(block, "Original-Envelope-Id").strip()
            ours.append(envelope_id if _OUR_ID.fullmatch(envelope_id) else None)
            relayed |= _tokens(envelope_id) | _tokens(_header(block, "X-Postfix-Queue-ID"))
    ours += [_ours(mail, "In-Reply-To"), _ours(mail, "References")]
    if mail.get_content_type() != "multipart/report":  # whose words are for people, and may name other messages
        ours += _QUOTED_ID.findall(text_of(mail))[:1]
    outside_id = next((candidate for candidate in ours if candidate), None)
    return outside_id, frozenset() if outside_id else frozenset(sorted(relayed)[:_MOST_RELAY_IDS])


def _tokens(text: str) -> set[str]:
    """An id as it is written and, where that has an @, what stands before it."""
    whole = text.strip().strip("<>")
    return {part for part in (whole, whole.partition("@")[0]) if len(part) >= _SHORTEST_RELAY_ID}


def _address(block: Mail, name: str) -> str:
    kind, _, address = _header(block, name).partition(";")
    if kind.strip().lower().startswith("utf-8"):
        address = _ESCAPED.sub(lambda match: chr(min(int(match[1], 16), 0x10FFFF)), address)
    return address.strip().strip("<>").lower()


def _header(mail: Mail, name: str) -> str:
    """A header's text, as far as it is read; empty where there is none."""
    return next(_headers(mail, name), "")


def _headers(mail: Mail, name: str) -> Iterator[str]:
    for given_name, value in mail.raw_items():
        if given_name.lower() == name.lower():
            # Bytes beyond ASCII come in as halves of surrogate pairs: they are UTF-8, or nothing.
            text = " ".join(str(value)[:_LONGEST_HEADER].split())
            yield text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _ours(mail: Mail, header: str) -> str | None:
    match = _OURS.search(_header(mail, header))
    return match[1] if match else None

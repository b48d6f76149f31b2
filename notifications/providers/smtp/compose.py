"""An email as it crosses the wire: whose it is, to whom, and what mail servers read of it.

It is put together by hand, which takes a twentieth of the time of the standard library's way. What is not plain goes
that way all the same. To whoever reads them the two are the same: tests/properties/test_composed_email.py.
"""

import re
from binascii import b2a_base64, b2a_qp
from datetime import datetime
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from email.utils import format_datetime
from functools import lru_cache

import idna

from notifications.errors import Undeliverable
from notifications.message import Outgoing

_PLAIN_ADDRESS = re.compile(r"[A-Za-z0-9_+-]+(\.[A-Za-z0-9_+-]+)*@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")
_LONGEST_ADDRESS = 70
_PLAIN_WORDS = re.compile(r"[!-~]+( [!-~]+)*")
_LONGEST_LINE = 76
_BYTES_OF_A_WORD = 45  # of an encoded one (RFC 2047): 60 letters of base64 and what stands around them
_BYTES_OF_THE_FIRST = 39  # "Subject: " stands before it
_LINE_ENDS = re.compile("[\r\n]")


def with_ascii_domain(address: str) -> str:
    """The address with its domain as mail servers know it (IDNA). Raises Undeliverable where it has no such form."""
    local, at, domain = address.rpartition("@")
    if domain.isascii():
        return address
    try:
        return local + at + idna.encode(domain, uts46=True).decode("ascii")
    except idna.IDNAError as error:
        raise Undeliverable("the address has a domain that does not exist in ASCII") from error


def name_and_address(sender: str) -> tuple[str, str]:
    """A sender's name and address; an empty name where there is the address alone. Quotes around the name may be."""
    name, bracket, address = sender.strip().rpartition("<")
    return (name.strip().strip('"'), address.rstrip("> ")) if bracket else ("", sender.strip())


def compose(outgoing: Outgoing, sender: str, address: str) -> bytes:
    """The whole of an email to `address`. `sender`: our address, or a name and our address in angle brackets."""
    mail_from = name_and_address(sender)[1]
    if not (is_plain(address) and is_plain(mail_from)) or _LINE_ENDS.search(outgoing.content.subject or ""):
        return compose_by_library(outgoing, sender, address)
    content, boundary = outgoing.content, f"=_{outgoing.attempt_id}"  # "=_" stands in no quoted-printable text
    head = (
        f"{_from(sender)}To: {address}\r\n{_subject(content.subject or '')}Date: {_date(outgoing.started_at)}\r\n"
        f"Message-ID: <{outgoing.message_id}@{mail_from.rpartition('@')[2]}>\r\n{_MARKS}"
        f"{_URGENT if outgoing.urgent else ''}MIME-Version: 1.0\r\n"
    )
    if content.html is None:
        return head.encode("ascii") + _part("plain", content.text)
    between = b"\r\n--" + boundary.encode("ascii")
    head += f'Content-Type: multipart/alternative;\r\n boundary="{boundary}"\r\n'
    parts = (_part("plain", content.text), _part("html", content.html))
    return b"".join((head.encode("ascii"), *(between + b"\r\n" + part for part in parts), between, b"--\r\n"))


def compose_by_library(outgoing: Outgoing, sender: str, address: str) -> bytes:
    """The same for any address and name. Raises Undeliverable where they cannot stand in an email."""
    name, mail_from = name_and_address(sender)
    content = outgoing.content
    # Letters beyond ASCII before the @ cannot be encoded: such a header crosses as UTF-8, or not at all (RFC 6532).
    message = EmailMessage(policy=SMTP if address.isascii() and mail_from.isascii() else SMTPUTF8)
    try:
        message["From"] = Address(name, addr_spec=mail_from) if name else mail_from
        message["To"] = address
        message["Subject"] = content.subject or ""
    except (ValueError, HeaderParseError) as error:  # a line end within a header
        raise Undeliverable("the address or the subject cannot stand in an email") from error
    message["Date"] = format_datetime(outgoing.started_at)
    message["Message-ID"] = f"<{outgoing.message_id}@{mail_from.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    # Exchange is asked for no receipts and no automatic answers. A report that it came back is wanted.
    message["X-Auto-Response-Suppress"] = "DR, RN, NRN, OOF, AutoReply"
    if outgoing.urgent:
        message["Importance"] = "high"
    message.set_content(content.text, cte="quoted-printable")
    if content.html is not None:
        message.add_alternative(content.html, subtype="html", cte="quoted-printable")
    return message.as_bytes()


_MARKS = (
    "Auto-Submitted: auto-generated\r\n"
    # Exchange is asked for no receipts and no automatic answers. A report that it came back is wanted.
    "X-Auto-Response-Suppress: DR, RN, NRN, OOF, AutoReply\r\n"
)
_URGENT = "Importance: high\r\n"


def is_plain(address: str) -> bool:
    """Whether an address stands as it is in headers and commands, as nearly all do."""
    return len(address) <= _LONGEST_ADDRESS and _PLAIN_ADDRESS.fullmatch(address) is not None


@lru_cache(maxsize=8)
def _from(sender: str) -> str:
    name, mail_from = name_and_address(sender)
    message = EmailMessage(policy=SMTP)
    message["From"] = Address(name, addr_spec=mail_from) if name else mail_from
    return message.as_string().removesuffix("\r\n")


@lru_cache(maxsize=8)
def _date(moment: datetime) -> str:
    return format_datetime(moment)


def _subject(words: str) -> str:
    """The header, folded. What is not plain is written in encoded words."""
    if not words or (_PLAIN_WORDS.fullmatch(words) and "=?" not in words):
        lines = ["Subject:"]
        for word in words.split(" "):
            if len(lines[-1]) + len(word) >= _LONGEST_LINE and lines[-1] != "Subject:":
                lines.append("")
            lines[-1] += f" {word}"
        if max(map(len, lines)) <= _LONGEST_LINE:
            return "\r\n".join(lines) + "\r\n"
    encoded = (b2a_base64(piece, newline=False).decode("ascii") for piece in _pieces(words))
    return "Subject: " + "\r\n ".join(f"=?utf-8?b?{letters}?=" for letters in encoded) + "\r\n"


def _pieces(words: str) -> list[bytes]:
    """The words in UTF-8, in pieces none of which ends within a letter."""
    pieces = [b""]
    for letter in words:
        code = letter.encode()
        if len(pieces[-1]) + len(code) > (_BYTES_OF_A_WORD if len(pieces) > 1 else _BYTES_OF_THE_FIRST):
            pieces.append(b"")
        pieces[-1] += code
    return pieces


def _part(subtype: str, text: str) -> bytes:
    """A text with its headers. Its lines end as they must, and a line end of any other kind is one too."""
    lines = b"\r\n".join((*text.encode().splitlines(), b""))
    head = f'Content-Type: text/{subtype}; charset="utf-8"\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n'
    return head.encode("ascii") + b2a_qp(lines or b"\r\n")

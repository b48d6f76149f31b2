"""Returned email taken apart, within bounds: whatever comes in, reading it ends, and costs little."""

import base64
import binascii
import html
import quopri
import re
from collections.abc import Iterator
from email.message import Message as Mail
from email.parser import BytesHeaderParser, BytesParser

LONGEST = 1024 * 1024  # bytes of one email that are read: the report comes before the returned message
_MOST_PARTS = 500  # lines that begin a part or end one
_DEEPEST = 40  # parts that hold others
_LONGEST_TEXT = 64 * 1024  # letters of what a person reads
_PART_LINE = re.compile(rb"^--", re.MULTILINE)
_HOLDER = re.compile(rb"^content-type:\s*(multipart|message)/", re.MULTILINE | re.IGNORECASE)
_TAG = re.compile(r"<(script|style)\b.*?</\1\s*>|<(?![^<>\s]+@)[^<>]{0,2000}>", re.DOTALL | re.IGNORECASE)
_RETURNED = ("message/rfc822", "message/global", "text/rfc822-headers", "message/global-headers", "message/partial")
_NOBODY = re.compile(r"From (<>|mailer-daemon\b)", re.IGNORECASE)


class Unreadable(ValueError):  # noqa: N818 - named by what the email is
    """An email that is not read: it has too many parts, or they are nested too deeply."""


def read_mail(raw: bytes) -> Mail:
    """An email with its parts. Raises Unreadable."""
    raw = raw[:LONGEST]
    if len(_PART_LINE.findall(raw)) > _MOST_PARTS or len(_HOLDER.findall(raw)) > _DEEPEST:
        raise Unreadable("it has too many parts")
    try:
        return BytesParser().parsebytes(raw)
    except (RecursionError, ValueError, LookupError, TypeError, AttributeError) as error:
        raise Unreadable(f"it cannot be taken apart ({type(error).__name__})") from error


def is_from_nobody(mail: Mail) -> bool:
    """Whether the envelope had no sender, which only mail servers write: an answer to it would go nowhere.

    The mail server that delivers to the mailbox writes it on top. What stands further down, anybody may have written.
    """
    return_path = mail.get("Return-Path")
    if return_path is not None:
        return str(return_path).strip() == "<>"
    return _NOBODY.match(mail.get_unixfrom() or "") is not None


def reports_in(mail: Mail) -> Iterator[list[Mail]]:
    """The blocks of each delivery report: the first is about the whole message, the others each about a recipient."""
    for part in _parts(mail):
        if part.get_content_type() in ("message/delivery-status", "message/global-delivery-status"):
            blocks = re.split(rb"\r?\n[ \t]*\r?\n", content_of(part).strip())
            yield [BytesHeaderParser().parsebytes(block.strip() + b"\n") for block in blocks if block.strip()]


def returned_in(mail: Mail) -> Iterator[Mail]:
    """The headers of each message that was sent back, or of as much of it as was."""
    for part in _parts(mail):
        if part.get_content_type() in _RETURNED:
            yield BytesHeaderParser().parsebytes(content_of(part).lstrip())


def text_of(mail: Mail) -> str:
    """What a person reads of it, in the order of its parts, without what was sent back; HTML without its tags."""
    texts = []
    for part in _parts(mail):
        if part.get_content_maintype() == "text" and part.get_content_type() not in _RETURNED:
            text = content_of(part)[:_LONGEST_TEXT].decode("utf-8", "replace")
            texts.append(html.unescape(_TAG.sub(" ", text)) if part.get_content_subtype() == "html" else text)
    return "\n".join(texts)[:_LONGEST_TEXT]


def content_of(part: Mail) -> bytes:
    """What is in a part, decoded. A message within it is given as it is written."""
    payload = part.get_payload()
    if not isinstance(payload, list):
        content = part.get_payload(decode=True)
        return content if isinstance(content, bytes) else b""
    written = b"\n".join(inner.as_bytes() for inner in payload if isinstance(inner, Mail))
    encoding = str(part.get("Content-Transfer-Encoding", "")).strip().lower()
    try:
        if encoding == "base64":
            return base64.b64decode(written)
        return quopri.decodestring(written) if encoding == "quoted-printable" else written
    except (binascii.Error, ValueError):
        return written


def _parts(mail: Mail) -> Iterator[Mail]:
    """The parts, in their order; of a message that was sent back nothing, unless it holds all that there is."""
    yield from (_leaves(mail) if mail.is_multipart() else [mail])


def _leaves(mail: Mail) -> Iterator[Mail]:
    payload = mail.get_payload()
    for inner in payload if isinstance(payload, list) else []:
        if not isinstance(inner, Mail):
            continue
        if inner.get_content_maintype() == "multipart":
            yield from _leaves(inner)
        else:
            yield inner

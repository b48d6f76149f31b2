"""An email as it crosses the wire: whose it is, to whom, and what mail servers read of it."""

from email.errors import HeaderParseError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from email.utils import format_datetime

import idna

from notifications.errors import Undeliverable
from notifications.message import Outgoing


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

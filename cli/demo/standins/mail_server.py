"""A mail server on loopback: takes whatever comes by SMTP and lays it into the inbox it is for."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage

from aiosmtpd.smtp import SMTP, Envelope, Session

from cli.demo.standins.arrivals import Arrivals


class _Inboxes:
    """What the mail server does with a message that was handed over."""

    def __init__(self, arrivals: Arrivals) -> None:
        self._arrivals = arrivals

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - its name
        """Keep the message for each recipient, and say so."""
        message = message_from_bytes(envelope.original_content or b"", policy=policy.default)
        sender, subject = str(message["From"]), str(message["Subject"])
        plain, html = _part(message, "plain") or "", _part(message, "html")
        mails = [self._arrivals.add_mail(address, sender, subject, plain, html) for address in envelope.rcpt_tos]
        return f"250 {mails[-1].ticket}"


def _part(message: EmailMessage, kind: str) -> str | None:
    part = message.get_body((kind,))
    return None if part is None else str(part.get_content()).replace("\r\n", "\n")


@asynccontextmanager
async def mail_server(arrivals: Arrivals) -> AsyncIterator[int]:
    """A mail server on a free port, which it gives, for as long as the context lasts."""
    loop = asyncio.get_running_loop()
    inboxes = _Inboxes(arrivals)
    server = await loop.create_server(
        lambda: SMTP(inboxes, hostname="mail.example.org", ident="a stand-in", loop=loop), "127.0.0.1", 0
    )
    try:
        yield int(server.sockets[0].getsockname()[1])
    finally:
        server.close()
        await server.wait_closed()

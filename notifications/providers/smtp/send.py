"""Email over SMTP: a new connection for each message, each step taken singly, so that it is known how far it got."""

import asyncio
import ssl
from collections.abc import Awaitable
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import SMTP as WIRE_FORMAT
from email.utils import format_datetime
from typing import ClassVar, Literal, TypeVar

from aiosmtplib import (
    SMTP,
    SMTPAuthenticationError,
    SMTPConnectError,
    SMTPDataError,
    SMTPException,
    SMTPHeloError,
    SMTPRecipientRefused,
    SMTPResponseException,
    SMTPServerDisconnected,
    SMTPTimeoutError,
)

from notifications.errors import ContentRefused, DeliveryError, Misconfigured, NotSent, TryLater, Undeliverable, Unknown
from notifications.message import Outgoing

Tls = Literal["none", "starttls", "implicit"]
_Answer = TypeVar("_Answer")

_COMMAND_SECONDS = 30.0
_FINAL_DOT_SECONDS = 600.0  # RFC 5321, 4.5.3.2.6
_GOODBYE_SECONDS = 1.0
_AUTH_FAULTS = (530, 534, 535, 538)
_MOST_OF_AN_ANSWER = 200


@dataclass(frozen=True, slots=True)
class SmtpSender:
    """One mail server. With `starttls` or `implicit` nothing is sent in clear, not even to a server without TLS."""

    name: ClassVar[str] = "smtp"
    keeps_to_time: ClassVar[bool] = False

    host: str
    port: int
    tls: Tls
    mail_from: str
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    trust: ssl.SSLContext | None = None  # whose certificates are believed; None: the system's

    async def send(self, outgoing: Outgoing) -> str:
        """Hand it to the mail server and give the server's answer, in which it names the message."""
        message = self._compose(outgoing)
        client = self._client()
        try:
            await self._open(client)
            await self._announce(client, outgoing.address)
            _refuse_what_was_not_asked(client)
            await outgoing.before_data()
            answer = await self._hand_over(client, message)
            await _say_goodbye(client)
            return answer
        finally:
            client.close()

    async def knock(self) -> None:
        """Connect, secure the line and sign in, as for a message; then say goodbye."""
        client = self._client()
        try:
            await self._open(client)
            await _say_goodbye(client)
        finally:
            client.close()

    def _client(self) -> SMTP:
        return SMTP(
            hostname=self.host,
            port=self.port,
            use_tls=self.tls == "implicit",
            start_tls=self.tls == "starttls",
            tls_context=self.trust if self.tls != "none" else None,
            username=self.username,
            password=self.password,
            local_hostname=self._domain,
            timeout=_COMMAND_SECONDS,
        )

    @property
    def _domain(self) -> str:
        return self.mail_from.rpartition("@")[2]

    def _compose(self, outgoing: Outgoing) -> bytes:
        content = outgoing.content
        message = EmailMessage(policy=WIRE_FORMAT)
        try:
            message["From"] = self.mail_from
            message["To"] = outgoing.address
            message["Subject"] = content.subject or ""
        except ValueError as error:  # a line end within a header
            raise Undeliverable("the address or the subject cannot stand in an email") from error
        message["Date"] = format_datetime(outgoing.started_at)
        message["Message-ID"] = f"<{outgoing.message_id}@{self._domain}>"
        message["Auto-Submitted"] = "auto-generated"
        message["X-Auto-Response-Suppress"] = "All"
        if outgoing.urgent:
            message["Importance"] = "high"
        message.set_content(content.text, cte="quoted-printable")
        if content.html is not None:
            message.add_alternative(content.html, subtype="html", cte="quoted-printable")
        return message.as_bytes()

    async def _open(self, client: SMTP) -> None:
        """Connect, secure the line, sign in. What fails here fails for everybody, except for a server that is busy."""
        try:
            await _certain(client.connect())
        except SMTPAuthenticationError as error:
            if _is_temporary(error):
                raise TryLater("the mail server puts off signing in") from error
            raise Misconfigured("the mail server does not take our name and password") from error
        except SMTPResponseException as error:
            if _is_temporary(error):
                raise TryLater(f"the mail server is not ready ({error.code})") from error
            raise Misconfigured(f"the mail server refuses us ({error.code})") from error
        except (SMTPConnectError, SMTPTimeoutError, ssl.SSLError, OSError) as error:
            raise Misconfigured(f"no {_line(self.tls)} to the mail server ({_kind(error)})") from error
        except SMTPException as error:  # it cannot do what is asked of it: STARTTLS, or signing in
            raise Misconfigured(f"the mail server cannot do {_line(self.tls)} with our settings") from error

    async def _announce(self, client: SMTP, address: str) -> None:
        """Name sender and recipient."""
        try:
            await client.ehlo()
            encoding = self._encoding(client, address)
            options = ["SMTPUTF8"] if encoding == "utf-8" else []
            await client.mail(self.mail_from, options=options, encoding=encoding)
            await client.rcpt(address, encoding=encoding)
        except SMTPResponseException as error:
            raise _refusal(error) from error
        except (SMTPServerDisconnected, SMTPTimeoutError, OSError) as error:
            raise NotSent(f"the connection to the mail server failed ({_kind(error)})") from error
        except ValueError as error:  # a control character
            raise Undeliverable("the address cannot stand in an email") from error

    def _encoding(self, client: SMTP, address: str) -> Literal["ascii", "utf-8"]:
        if address.isascii():
            return "ascii"
        if not client.supports_extension("smtputf8"):
            raise Undeliverable("the mail server takes no address with letters beyond ASCII")
        return "utf-8"

    async def _hand_over(self, client: SMTP, message: bytes) -> str:
        """The message itself. An answer is certain, whatever it says; no answer is not."""
        try:
            answer = await client.data(message, timeout=_FINAL_DOT_SECONDS)
        except SMTPDataError as error:
            if _is_temporary(error):
                raise TryLater(f"the mail server puts it off ({error.code})") from error
            raise ContentRefused(f"the mail server refuses the text ({error.code})") from error
        except (SMTPException, OSError) as error:
            raise Unknown(f"the mail server did not say whether it has it ({_kind(error)})") from error
        return answer.message.splitlines()[0][:_MOST_OF_AN_ANSWER] if answer.message else str(answer.code)


def _refuse_what_was_not_asked(client: SMTP) -> None:
    """A server that has said more than it was asked would have a later answer taken for another question's."""
    if client.protocol is not None and client.protocol._buffer:
        raise Misconfigured("the mail server answers what it was not asked")


async def _say_goodbye(client: SMTP) -> None:
    """It has gone, however the goodbye goes; unless what comes is the answer to something before it."""
    try:
        await client.quit(timeout=_GOODBYE_SECONDS)
    except SMTPResponseException as error:
        if not 200 <= error.code < 300:
            raise Unknown(f"the mail server answers out of turn ({error.code})") from error
    except (SMTPException, OSError):
        return


async def _certain(connecting: Awaitable[_Answer]) -> _Answer:
    """The same, with a time limit over all of its steps."""
    async with asyncio.timeout(2 * _COMMAND_SECONDS):
        return await connecting


def _refusal(error: SMTPResponseException) -> DeliveryError:
    """The error for a refusal before the message: of the recipient for good, of us, or for now."""
    if _is_temporary(error):
        return TryLater(f"the mail server puts it off ({error.code})")
    if isinstance(error, SMTPRecipientRefused) and error.code not in _AUTH_FAULTS:
        return Undeliverable(f"the mail server refuses the address ({error.code})")
    refused = "our greeting" if isinstance(error, SMTPHeloError) else "our sender"
    return Misconfigured(f"the mail server refuses {refused} ({error.code})")


def _is_temporary(error: SMTPResponseException) -> bool:
    return 400 <= error.code < 500


def _line(tls: Tls) -> str:
    return {"none": "connection", "starttls": "connection with STARTTLS", "implicit": "TLS connection"}[tls]


def _kind(error: BaseException) -> str:
    return type(error.__cause__ or error).__name__

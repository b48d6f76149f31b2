"""Email over SMTP. Each message has a new connection, and each step is taken singly: so we know how far it got."""

import asyncio
import socket
import ssl
from collections.abc import Awaitable
from dataclasses import dataclass, field
from typing import ClassVar, Literal, TypeVar

from aiosmtplib import (
    SMTP,
    SMTPAuthenticationError,
    SMTPConnectError,
    SMTPDataError,
    SMTPException,
    SMTPResponseException,
    SMTPServerDisconnected,
    SMTPTimeoutError,
)

from notifications.errors import DeliveryError, Misconfigured, NotSent, RefusesUs, TryLater, Undeliverable, Unknown
from notifications.message import Outgoing
from notifications.providers.smtp.answers import PROVIDER, SmtpStep, id_in, is_temporary, refusal
from notifications.providers.smtp.compose import compose, name_and_address, with_ascii_domain
from notifications.providers.smtp.oauth import TokenSource

Tls = Literal["none", "starttls", "implicit"]
_Answer = TypeVar("_Answer")

# What RFC 5321, 4.5.3.2, grants a server. The outbox's own limits are shorter where another provider can go.
_LINE_SECONDS = 30.0  # until the line stands; of this the RFC says nothing
_COMMAND_SECONDS = 300.0  # for its greeting, and for each answer before the message
_OPENING_SECONDS = 330.0  # for all of it, until it has let us in
_FINAL_DOT_SECONDS = 600.0
_GOODBYE_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class SmtpSender:
    """One mail server. `starttls` and `implicit` send nothing in clear, not even to a server without TLS."""

    name: ClassVar[str] = PROVIDER
    keeps_to_time: ClassVar[bool] = False

    host: str
    port: int
    tls: Tls
    sender: str  # our address, or a name and our address in angle brackets
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    tokens: TokenSource | None = None  # in place of a password
    trust: ssl.SSLContext | None = None  # whose certificates are believed; None: the system's

    async def send(self, outgoing: Outgoing) -> str:
        """Hand it to the mail server and give the server's answer, in which it names the message."""
        address = with_ascii_domain(outgoing.address)
        message = compose(outgoing, self._sender_in_ascii, address)
        client = self._client()
        try:
            await self._open(client)
            await self._announce(client, address, outgoing.message_id)
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

    @property
    def mail_from(self) -> str:
        """Our own address, without the name before it."""
        return with_ascii_domain(name_and_address(self.sender)[1])

    @property
    def _sender_in_ascii(self) -> str:
        address = name_and_address(self.sender)[1]
        return self.sender.replace(address, self.mail_from)

    def _client(self) -> SMTP:
        return SMTP(
            hostname=self.host,
            use_tls=self.tls == "implicit",
            start_tls=self.tls == "starttls",
            tls_context=self.trust if self.tls != "none" else None,
            username=self.username,
            password=self.password if self.tokens is None else None,
            oauth_token_generator=self.tokens.token if self.tokens else None,
            local_hostname=self.mail_from.rpartition("@")[2],
            timeout=_COMMAND_SECONDS,
        )

    async def _open(self, client: SMTP) -> None:
        """Connect, secure the line, sign in. A failure here concerns every message, unless the server is busy."""
        try:
            line = await _line_to(self.host, self.port)
            await _certain(client.connect(sock=line))
        except SMTPAuthenticationError as error:
            raise self._not_let_in(error) from error
        except SMTPResponseException as error:
            raise refusal(error, SmtpStep.GREETING) from error
        except (SMTPConnectError, SMTPTimeoutError, ssl.SSLError, OSError) as error:
            raise Misconfigured(f"no {_line(self.tls)} to the mail server ({_kind(error)})") from error
        except SMTPException as error:  # it cannot do what is asked of it: STARTTLS, or signing in
            raise Misconfigured(f"the mail server cannot do {_line(self.tls)} with our settings") from error

    def _not_let_in(self, error: SMTPAuthenticationError) -> DeliveryError:
        if is_temporary(error):
            return TryLater("the mail server puts off signing in")
        if self.tokens is not None:
            self.tokens.forget()
            return RefusesUs("the mail server does not take our access token", PROVIDER, str(error.code))
        return RefusesUs("the mail server does not take our name and password", PROVIDER, str(error.code))

    async def _announce(self, client: SMTP, address: str, envelope_id: str) -> None:
        """Name sender and recipient. A server that reports (RFC 3461) is asked to name the message in its reports."""
        mail_from, step = self.mail_from, SmtpStep.GREETING
        try:
            await client.ehlo()
            encoding = _encoding(client, address, mail_from)
            options = ["SMTPUTF8"] if encoding == "utf-8" else []
            options += ["RET=HDRS", f"ENVID={envelope_id}"] if client.supports_extension("dsn") else []
            step = SmtpStep.SENDER
            await client.mail(mail_from, options=options, encoding=encoding)
            step = SmtpStep.RECIPIENT
            await client.rcpt(address, encoding=encoding)
        except SMTPResponseException as error:
            raise refusal(error, step) from error
        except (SMTPServerDisconnected, SMTPTimeoutError, OSError) as error:
            raise NotSent(f"the connection to the mail server failed ({_kind(error)})") from error
        except ValueError as error:  # a control character
            raise Undeliverable("the address cannot stand in an email") from error

    async def _hand_over(self, client: SMTP, message: bytes) -> str:
        """The message itself. An answer is certain, whatever it says; no answer is not."""
        try:
            answer = await client.data(message, timeout=_FINAL_DOT_SECONDS)
        except SMTPDataError as error:
            raise refusal(error, SmtpStep.TEXT) from error
        except (SMTPException, OSError) as error:
            raise Unknown(f"the mail server did not say whether it has it ({_kind(error)})") from error
        return id_in(answer.message, answer.code)


def _encoding(client: SMTP, address: str, mail_from: str) -> Literal["ascii", "utf-8"]:
    if address.isascii() and mail_from.isascii():
        return "ascii"
    if not client.supports_extension("smtputf8"):
        raise Undeliverable("the mail server takes no address with letters beyond ASCII")
    return "utf-8"


async def _line_to(host: str, port: int) -> socket.socket:
    """A connected socket, at the first of the host's addresses that answers. Raises OSError."""
    loop = asyncio.get_running_loop()
    failure: OSError = OSError("it has no address")
    async with asyncio.timeout(_LINE_SECONDS):
        places = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    for family, kind, protocol, _, place in places:
        line = socket.socket(family, kind, protocol)
        line.setblocking(False)
        try:
            async with asyncio.timeout(_LINE_SECONDS / len(places)):
                await loop.sock_connect(line, place)
        except OSError as error:  # a TimeoutError is one
            line.close()
            failure = error
        except BaseException:
            line.close()
            raise
        else:
            return line
    raise failure


def _refuse_what_was_not_asked(client: SMTP) -> None:
    """Refuse a server that has said more than it was asked: its later answers would be taken for those to others."""
    if client.protocol is not None and client.protocol._buffer:
        raise Misconfigured("the mail server answers what it was not asked")


async def _say_goodbye(client: SMTP) -> None:
    """Say goodbye. The message has gone however that goes, unless the answer belongs to an earlier question."""
    try:
        await client.quit(timeout=_GOODBYE_SECONDS)
    except SMTPResponseException as error:
        if not 200 <= error.code < 300:
            raise Unknown(f"the mail server answers out of turn ({error.code})") from error
    except (SMTPException, OSError):
        return


async def _certain(connecting: Awaitable[_Answer]) -> _Answer:
    """The same, with one time limit over all its steps."""
    async with asyncio.timeout(_OPENING_SECONDS):
        return await connecting


def _line(tls: Tls) -> str:
    return {"none": "connection", "starttls": "connection with STARTTLS", "implicit": "TLS connection"}[tls]


def _kind(error: BaseException) -> str:
    return type(error.__cause__ or error).__name__

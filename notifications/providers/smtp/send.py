"""Email over SMTP. Lines are kept, and each step of a message is taken singly: so we know how far it got."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import ClassVar, Literal, TypeVar

from aiosmtplib import (
    SMTP,
    SMTPAuthenticationError,
    SMTPConnectError,
    SMTPDataError,
    SMTPException,
    SMTPResponseException,
    SMTPSenderRefused,
    SMTPServerDisconnected,
    SMTPTimeoutError,
)

from notifications.errors import DeliveryError, Misconfigured, NotSent, RefusesUs, TryLater, Undeliverable, Unknown
from notifications.message import Outgoing
from notifications.providers.smtp.answers import PROVIDER, SmtpStep, id_in, is_temporary, refusal
from notifications.providers.smtp.compose import compose, name_and_address, with_ascii_domain
from notifications.providers.smtp.lines import Lines, OpenLine
from notifications.providers.smtp.oauth import TokenSource
from notifications.providers.smtp.talk import (
    Encoding,
    hand_over,
    line_to,
    name_recipient,
    name_sender,
    refuse_what_was_not_asked,
    reset,
    say_goodbye,
)

Tls = Literal["none", "starttls", "implicit"]
_Answer = TypeVar("_Answer")

# What RFC 5321, 4.5.3.2, grants a server. The outbox's own limits are shorter where another provider can go.
_COMMAND_SECONDS = 300.0  # for its greeting, and for each answer before the message
_OPENING_SECONDS = 330.0  # for all of it, until it has let us in
_CLOSING = 421


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
    lines: Lines = field(default_factory=Lines, init=False, repr=False, compare=False)

    async def send(self, outgoing: Outgoing) -> str:
        """Hand it to the mail server and give the server's answer, in which it names the message."""
        address = with_ascii_domain(outgoing.address)
        message = compose(outgoing, self._sender_in_ascii, address)
        line = await self._announced(outgoing, address)
        async with self._kept_if_in_order(line):
            refuse_what_was_not_asked(line.client)
            await outgoing.before_data()
            return await self._hand_over(line.client, message)

    async def knock(self) -> None:
        """Connect, secure the line and sign in, as for a message; then say goodbye."""
        client = await self._connect()
        try:
            await say_goodbye(client)
        finally:
            client.close()

    async def close(self) -> None:
        """Close the lines that are kept."""
        self.lines.close()

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

    async def _announced(self, outgoing: Outgoing, address: str) -> OpenLine:
        """A line on which the recipient was named.

        One that was kept may have ended meanwhile, or be refused for what went by it: then a new one is tried.
        """
        is_kept = True
        while True:
            line = await self.lines.take(self._connect, urgent=outgoing.urgent, fresh=not is_kept)
            is_kept = line.used > 0
            line.used += 1
            try:
                async with self._kept_if_in_order(line, give_back=False):
                    await self._announce(line.client, address, outgoing.message_id, greets=not is_kept)
            except DeliveryError as error:
                if not is_kept or not _is_of_the_line(error):
                    raise
                is_kept = False
            else:
                return line

    @asynccontextmanager
    async def _kept_if_in_order(self, line: OpenLine, *, give_back: bool = True) -> AsyncIterator[None]:
        """Keep a line after the block, or after a plain refusal in it. Whatever else happens in it ends the line."""
        try:
            yield
        except BaseException as error:
            if isinstance(error.__cause__, SMTPResponseException) and await reset(line.client):
                self.lines.give_back(line)
            else:
                self.lines.drop(line)
            raise
        if give_back:
            self.lines.give_back(line)

    async def _connect(self) -> SMTP:
        client = self._client()
        try:
            await self._open(client)
        except BaseException:
            client.close()
            raise
        return client

    async def _open(self, client: SMTP) -> None:
        """Connect, secure the line, sign in. A failure here concerns every message, unless the server is busy."""
        try:
            line = await line_to(self.host, self.port)
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

    async def _announce(self, client: SMTP, address: str, envelope_id: str, *, greets: bool) -> None:
        """Name sender and recipient. A server that reports (RFC 3461) is asked to name the message in its reports."""
        mail_from, step = self.mail_from, SmtpStep.GREETING
        try:
            if greets:
                await client.ehlo()
            encoding = _encoding(client, address, mail_from)
            options = ["SMTPUTF8"] if encoding == "utf-8" else []
            options += ["RET=HDRS", f"ENVID={envelope_id}"] if client.supports_extension("dsn") else []
            step = SmtpStep.SENDER
            await name_sender(client, mail_from, options, encoding)
            step = SmtpStep.RECIPIENT
            await name_recipient(client, address, encoding)
        except SMTPResponseException as error:
            raise refusal(error, step) from error
        except (SMTPServerDisconnected, SMTPTimeoutError, OSError) as error:
            raise NotSent(f"the connection to the mail server failed ({_kind(error)})") from error
        except ValueError as error:  # a control character
            raise Undeliverable("the address cannot stand in an email") from error

    async def _hand_over(self, client: SMTP, message: bytes) -> str:
        """The message itself. An answer is certain, whatever it says; no answer is not."""
        try:
            answer = await hand_over(client, message)
        except SMTPDataError as error:
            raise refusal(error, SmtpStep.TEXT) from error
        except (SMTPException, OSError) as error:
            raise Unknown(f"the mail server did not say whether it has it ({_kind(error)})") from error
        if client.protocol is None or client.protocol._buffer:
            raise Unknown(f"the mail server answers out of turn ({answer.code})")
        return id_in(answer.message, answer.code)


def _is_of_the_line(error: DeliveryError) -> bool:
    """Whether the fault may lie with a line that was kept, and not with the message: nothing was named on it yet."""
    cause = error.__cause__
    closing = isinstance(cause, SMTPResponseException) and cause.code == _CLOSING
    return isinstance(error, NotSent) or closing or isinstance(cause, SMTPSenderRefused)


def _encoding(client: SMTP, address: str, mail_from: str) -> Encoding:
    if address.isascii() and mail_from.isascii():
        return "ascii"
    if not client.supports_extension("smtputf8"):
        raise Undeliverable("the mail server takes no address with letters beyond ASCII")
    return "utf-8"


async def _certain(connecting: Awaitable[_Answer]) -> _Answer:
    """The same, with one time limit over all its steps."""
    async with asyncio.timeout(_OPENING_SECONDS):
        return await connecting


def _line(tls: Tls) -> str:
    return {"none": "connection", "starttls": "connection with STARTTLS", "implicit": "TLS connection"}[tls]


def _kind(error: BaseException) -> str:
    return type(error.__cause__ or error).__name__

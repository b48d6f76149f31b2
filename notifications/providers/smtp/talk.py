"""What is said to a mail server about a message, and what its answers must look like to be believed."""

import asyncio
import re
import socket
from collections.abc import Sequence
from typing import Literal

from aiosmtplib import (
    SMTP,
    SMTPDataError,
    SMTPException,
    SMTPRecipientRefused,
    SMTPResponse,
    SMTPResponseException,
    SMTPSenderRefused,
    SMTPServerDisconnected,
)

from notifications.errors import Misconfigured, Unknown
from notifications.providers.smtp.compose import is_plain

Encoding = Literal["ascii", "utf-8"]

# What RFC 5321, 4.5.3.2, grants a server, where it says something.
_LINE_SECONDS = 30.0  # until the line stands
_FINAL_DOT_SECONDS = 600.0
_GOODBYE_SECONDS = 1.0
_RESET_SECONDS = 5.0
_GO_ON, _TAKEN, _FORWARDED = 354, 250, 251
_DOT_FIRST = re.compile(rb"^\.", re.MULTILINE)


async def line_to(host: str, port: int) -> socket.socket:
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


def refuse_what_was_not_asked(client: SMTP) -> None:
    """Refuse a server that has said more than it was asked: its later answers would be taken for those to others."""
    if client.protocol is not None and client.protocol._buffer:
        raise Misconfigured("the mail server answers what it was not asked")


async def name_sender(client: SMTP, address: str, options: Sequence[str], encoding: Encoding) -> None:
    """Begin a message of ours. Raises SMTPSenderRefused."""
    if not is_plain(address):
        await client.mail(address, options=options, encoding=encoding)
        return
    letters = " ".join((f"MAIL FROM:<{address}>", *options)).encode("ascii")
    if (answer := await client.execute_command(letters)).code != _TAKEN:
        raise SMTPSenderRefused(answer.code, answer.message, address)


async def name_recipient(client: SMTP, address: str, encoding: Encoding) -> None:
    """Name its only recipient. Raises SMTPRecipientRefused."""
    if not is_plain(address):
        await client.rcpt(address, encoding=encoding)
        return
    answer = await client.execute_command(f"RCPT TO:<{address}>".encode("ascii"))
    if answer.code not in (_TAKEN, _FORWARDED):
        raise SMTPRecipientRefused(answer.code, answer.message, address)


async def hand_over(client: SMTP, message: bytes) -> SMTPResponse:
    """Hand a message over whose lines end as they must. Raises SMTPDataError for a refusal."""
    go_on = await client.execute_command(b"DATA", timeout=_FINAL_DOT_SECONDS)
    if go_on.code != _GO_ON:
        raise SMTPDataError(go_on.code, go_on.message)
    refuse_what_was_not_asked(client)
    if client.protocol is None:
        raise SMTPServerDisconnected("closed before the message")
    client.protocol.write(_DOT_FIRST.sub(b"..", message) + b".\r\n")
    answer = await client.protocol.read_response(timeout=_FINAL_DOT_SECONDS)
    if answer.code != _TAKEN:
        raise SMTPDataError(answer.code, answer.message)
    return answer


async def reset(client: SMTP) -> bool:
    """Have the server forget the message that it refused. False: the line is of no use any more."""
    try:
        await client.rset(timeout=_RESET_SECONDS)
    except (SMTPException, OSError):
        return False
    return True


async def say_goodbye(client: SMTP) -> None:
    """Say goodbye. The message has gone however that goes, unless the answer belongs to an earlier question."""
    try:
        await client.quit(timeout=_GOODBYE_SECONDS)
    except SMTPResponseException as error:
        if not 200 <= error.code < 300:
            raise Unknown(f"the mail server answers out of turn ({error.code})") from error
    except (SMTPException, OSError):
        return

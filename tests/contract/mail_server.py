"""A mail server to send to, in a process of its own: a real one, or one that misbehaves as it is told.

`python -m tests.contract.mail_server '{"log": PATH, "tls": "starttls", "answers": {"RCPT": "550 no"}}'` prints its port
and serves. Each message is on disk in the log before it is answered. With `answers` it is a script: a verb's answer, or
`hang up` or `hang` in place of one; `MIDDLE` and `DOT` stand for the body's first line and its end. Without, it is
aiosmtpd.
"""

import asyncio
import json
import os
import ssl
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

CERTIFICATE = Path(__file__).with_name("localhost.pem")
HANG_UP, HANG = "hang up", "hang"


def record(log: Path, entry: dict[str, object]) -> None:
    """Put an entry on disk before going on."""
    with log.open("a") as file:
        file.write(json.dumps(entry) + "\n")
        file.flush()
        os.fsync(file.fileno())


def certificate() -> ssl.SSLContext:
    """The server's side of TLS."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(CERTIFICATE)
    return context


@dataclass
class Keeper:
    """What aiosmtpd asks what to do with a message."""

    log: Path

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - its name
        """Keep it."""
        body = envelope.original_content or b""
        secure = server.transport is not None and server.transport.get_extra_info("sslcontext") is not None
        entry = {"to": envelope.rcpt_tos, "message": body.decode(), "tls": secure}
        record(self.log, entry | {"login": session.authenticated})
        return "250 2.0.0 kept as 1"


@dataclass
class Script:
    """A conversation that goes as it is written."""

    log: Path
    answers: dict[str, str]
    to: list[str] = field(default_factory=list)

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, until one of both hangs up."""
        try:
            await self.say(writer, "GREETING", "220 localhost ESMTP")
            while line := (await reader.readline()).decode().strip():
                await self.answer(line, reader, writer)
        except ConnectionError:
            pass
        finally:
            writer.close()

    async def answer(self, line: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """The answer to one command."""
        verb = line.split()[0].upper()
        record(self.log, {"command": verb, "line": line})
        if verb == "DATA":
            await self.say(writer, "DATA", "354 go on")
            if self.answers.get("DATA", "354").startswith("354"):
                await self.body(reader, writer)
        else:
            await self.say(writer, verb, "221 bye" if verb == "QUIT" else "250 fine")
        if verb == "RCPT":
            self.to.append(line.partition(":")[2].strip("<>"))

    async def body(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """The message: it counts as taken when its final dot is there."""
        lines = [await reader.readline()]
        await self.say(writer, "MIDDLE", "")
        while (line := await reader.readline()) not in {b".\r\n", b""}:
            lines.append(line)
        if line:
            record(self.log, {"to": self.to, "message": b"".join(lines).decode(), "tls": False})
        await self.say(writer, "DOT", "250 2.0.0 kept as 1")

    async def say(self, writer: asyncio.StreamWriter, what: str, usual: str) -> None:
        """What is written for this, or what is usual."""
        words = self.answers.get(what, usual)
        if words == HANG:
            record(self.log, {"command": what})
            await asyncio.Event().wait()
        if words == HANG_UP:
            writer.transport.abort()
            raise ConnectionResetError
        if words:
            writer.write(words.replace("\n", "\r\n").encode("utf-8", "surrogateescape") + b"\r\n")
            await writer.drain()


def check_login(server: SMTP, session: Session, envelope: Envelope, mechanism: str, login: Any) -> AuthResult:
    """One name and one password are right."""
    right = isinstance(login, LoginPassword) and (login.login, login.password) == (b"planwatch", b"right")
    return AuthResult(success=right, handled=False)


def real(log: Path, tls: str, *, auth: bool) -> SMTP:
    """Aiosmtpd for one connection."""
    return SMTP(
        Keeper(log),
        hostname="localhost",
        enable_SMTPUTF8=False,
        tls_context=certificate() if tls == "starttls" else None,
        require_starttls=tls == "starttls",
        auth_required=auth,
        auth_require_tls=auth,
        authenticator=check_login if auth else None,
        loop=asyncio.get_running_loop(),
    )


async def main(options: dict[str, Any]) -> None:
    """Serve until the process is ended."""
    log, tls = Path(options["log"]), options.get("tls", "none")
    secure = certificate() if tls == "implicit" else None
    if "answers" in options:
        server = await asyncio.start_server(
            lambda reader, writer: Script(log, options["answers"]).talk(reader, writer), "127.0.0.1", 0, ssl=secure
        )
    else:
        loop, auth = asyncio.get_running_loop(), options.get("auth", False)
        server = await loop.create_server(lambda: real(log, tls, auth=auth), "127.0.0.1", 0, ssl=secure)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(json.loads(sys.argv[1])))

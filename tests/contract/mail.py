"""Starting the mail server's process, and reading what arrived there."""

import email
import json
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

from notifications.providers.smtp.send import SmtpSender, Tls
from tests.contract.mail_server import Script
from tests.contract.request import on_loopback
from tests.fork_server import run_module

CERTIFICATE = Path(__file__).with_name("localhost.pem")


@dataclass(frozen=True)
class Mailbox:
    """The receiving side: its own record of what arrived is the proof."""

    port: int
    log: Path

    def entries(self) -> list[dict[str, Any]]:
        """All that the server wrote down."""
        return [json.loads(line) for line in self.log.read_text().splitlines()] if self.log.exists() else []

    def arrived(self) -> list[dict[str, Any]]:
        """The messages that came with their final dot."""
        return [entry for entry in self.entries() if "message" in entry]

    def commands(self) -> list[str]:
        """What a scripted server was asked for."""
        return [entry["command"] for entry in self.entries() if "command" in entry]

    def lines(self) -> list[str]:
        """The same, as they were written."""
        return [entry["line"] for entry in self.entries() if "line" in entry]

    def messages(self) -> list[EmailMessage]:
        """The messages, read."""
        return [
            email.message_from_string(entry["message"].replace("\r\n", "\n"), policy=default)
            for entry in self.arrived()
        ]

    def sender(self, tls: Tls = "none", **changed: Any) -> SmtpSender:
        """What sends to this server."""
        usual: dict[str, Any] = {"host": "localhost", "port": self.port, "sender": "planwatch@example.org"}
        return SmtpSender(**usual | {"tls": tls, "trust": ssl.create_default_context(cafile=CERTIFICATE)} | changed)


@asynccontextmanager
async def scripted_mail_server(folder: Path, **answers: str) -> AsyncIterator[Mailbox]:
    """A mail server of this process, in clear, that answers each verb as it is told: see `mail_server.py`."""
    log = folder / "scripted.jsonl"
    async with on_loopback(lambda reader, writer: Script(log, answers).talk(reader, writer)) as port:
        yield Mailbox(port, log)


@asynccontextmanager
async def mail_server(folder: Path, **options: object) -> AsyncIterator[Mailbox]:
    """A mail server of its own process; see `mail_server.py` for the options."""
    log = folder / "mail.jsonl"
    process = await run_module("tests.contract.mail_server", json.dumps({"log": str(log), **options}))
    try:
        yield Mailbox(int(await process.stdout.readline()), log)
    finally:
        process.kill()
        await process.wait()

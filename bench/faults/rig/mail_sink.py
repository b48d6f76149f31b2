"""A mail server that only receives, in a process of its own: `python -m bench.faults.rig.mail_sink JOURNAL STALL PORT`.

It prints its port. A message is on disk before it is answered. With STALL `MIDDLE:20` or `DOT:20` it falls silent
there, once for each of the first 20 messages, and says so in its journal: in the middle of the body, or after the final
dot with the message kept.
"""

import asyncio
import re
import sys
import time
from pathlib import Path

from bench.faults.rig.journal import Journal

ANSWERS = {b"DATA": b"354 go on\r\n", b"QUIT": b"221 bye\r\n", b"EHLO": b"250 localhost\r\n"}
MESSAGE_ID = re.compile(rb"^Message-ID: <([^@>]+)@", re.MULTILINE)
# What a reader is told, and by what a case knows its message: both are looked for in the text as it came.
REFERENCE = re.compile(rb"\bP-\d+\b")
REPEATS = b"may repeat a message"


class MailSink:
    """Takes what comes; `stall`: where it falls silent the first time that a message gets there."""

    def __init__(self, journal: Journal, stall: str) -> None:
        self._journal = journal
        self._stall, _, most = stall.partition(":")
        self._most = int(most or 0)
        self._stalled: set[str] = set()

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, to its end."""
        try:
            writer.write(b"220 localhost ESMTP\r\n")
            to = ""
            while line := await reader.readline():
                verb = line[:4].upper()
                writer.write(ANSWERS.get(verb, b"250 fine\r\n"))
                if verb == b"RCPT":
                    to = line.decode().partition("<")[2].partition(">")[0]
                elif verb == b"DATA":
                    await self._message(to, reader, writer)
                elif verb == b"QUIT":
                    break
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _message(self, to: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        text = await reader.readuntil(b"\r\n.\r\n")
        match = MESSAGE_ID.search(text)
        identity = match[1].decode() if match else ""
        if self._falls_silent("MIDDLE", identity):
            await self._until_gone(reader)  # as if the rest had never come
        reference = REFERENCE.search(text.partition(b"\r\n\r\n")[2])
        self._journal.write(
            at=time.time(),
            channel="email",
            to=to,
            identity=identity,
            reference=reference[0].decode() if reference else "",
            repeats=REPEATS in text.replace(b"=\r\n", b"").replace(b"\r\n", b" "),
        )
        if self._falls_silent("DOT", identity):
            await self._until_gone(reader)
        writer.write(b"250 2.0.0 kept\r\n")

    def _falls_silent(self, where: str, identity: str) -> bool:
        if self._stall != where or identity in self._stalled or len(self._stalled) == self._most:
            return False
        self._stalled.add(identity)
        self._journal.write(stalled=where, identity=identity)
        return True

    async def _until_gone(self, reader: asyncio.StreamReader) -> None:
        await reader.read()
        raise ConnectionResetError


async def main(journal: str, stall: str, port: str) -> None:
    """Serve until the process is ended."""
    sink = MailSink(Journal(Path(journal)), stall)
    server = await asyncio.start_server(sink.talk, "127.0.0.1", int(port), backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:4]))

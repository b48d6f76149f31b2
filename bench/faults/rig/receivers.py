"""The receiving side: a mail server and an SMS provider, processes that outlive the senders, and what they got."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

from bench.faults.rig.journal import Reading
from bench.faults.rig.verdict import Arrival

ROOT = Path(__file__).parents[3]


class Receivers:
    """Where to send to, and the arrivals until now."""

    def __init__(self, folder: Path, smtp_port: int, http_port: int) -> None:
        self.smtp_port, self.http_port = smtp_port, http_port
        self.stalled = 0
        self.arrivals: dict[str, list[Arrival]] = {"email": [], "sms": []}
        self.entries: list[dict[str, Any]] = []
        self._readings = [Reading(folder / name) for name in ("mail.jsonl", "sms.jsonl")]

    def read(self) -> int:
        """Read what has come since; how many messages there are in all."""
        for entry in (entry for reading in self._readings for entry in reading.new()):
            if "stalled" in entry:
                self.stalled += 1
                continue
            self.entries.append(entry)
            identity = entry["identity"] if entry["channel"] == "email" else entry["reference"]
            arrival = Arrival(entry["reference"], identity, entry["at"], entry["repeats"])
            self.arrivals[entry["channel"]].append(arrival)
        return sum(len(arrivals) for arrivals in self.arrivals.values())


@asynccontextmanager
async def receivers(folder: Path, mail: str = "", sms: str = "") -> AsyncIterator[Receivers]:
    """Both, on free ports; `mail` and `sms`: how they misbehave."""
    async with AsyncExitStack() as stack:
        smtp = await stack.enter_async_context(_sink("mail_sink", folder / "mail.jsonl", mail))
        http = await stack.enter_async_context(_sink("sms_sink", folder / "sms.jsonl", sms))
        yield Receivers(folder, smtp, http)


@asynccontextmanager
async def _sink(module: str, journal: Path, stall: str) -> AsyncIterator[int]:
    command = [sys.executable, "-m", f"bench.faults.rig.{module}", str(journal), stall, "0"]
    process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdout=asyncio.subprocess.PIPE)
    try:
        assert process.stdout is not None
        yield int(await process.stdout.readline())
    finally:
        process.kill()
        await process.wait()

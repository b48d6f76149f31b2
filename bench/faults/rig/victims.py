"""Victims, one after the other: started, asked, killed at their point or by us."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass

from bench.faults.rig.receivers import ROOT
from bench.faults.rig.worker import Job


@dataclass
class Victims:
    """The process that makes them."""

    process: asyncio.subprocess.Process
    job: Job
    pid: int = 0
    port: int = 0

    async def start(self, work: str, point: str = "", **more: object) -> None:
        """Begin one; a service is ready when this is back."""
        assert self.process.stdin is not None
        order = {"what": work, "point": point, "job": asdict(self.job), **more}
        self.process.stdin.write(json.dumps(order).encode() + b"\n")
        self.pid = await self._hear("started")
        if work == "serve":
            self.port = await self._hear("port")

    async def ended(self) -> int:
        """Wait for its end; the status, negative for a signal."""
        return await self._hear("ended")

    async def dies(self, within: float) -> None:
        """Wait until it has killed itself; an error where it does not."""
        async with asyncio.timeout(within):
            status = await self.ended()
        assert status == -signal.SIGKILL, f"it ended with {status}"

    async def kill(self) -> None:
        """End it as a loss of power would."""
        os.kill(self.pid, signal.SIGKILL)
        await self.ended()

    async def _hear(self, word: str) -> int:
        assert self.process.stdout is not None
        line = (await self.process.stdout.readline()).decode().split()
        assert line[:1] == [word], f"expected {word!r}, and it said {line}"
        return int(line[1])


@asynccontextmanager
async def victims(job: Job) -> AsyncIterator[Victims]:
    """Whoever still lives at the end is killed."""
    command = [sys.executable, "-m", "bench.faults.rig.victim"]
    process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdin=-1, stdout=-1, process_group=0)
    try:
        yield Victims(process, job)
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        await process.wait()

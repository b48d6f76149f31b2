"""Worker processes that are killed, paused, and started again."""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bench.faults.rig.receivers import ROOT
from bench.faults.rig.worker import Job


class Crew:
    """So many workers on one job."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._workers: list[asyncio.subprocess.Process] = []

    async def start(self, number: int) -> None:
        """Start so many more."""
        command = [sys.executable, "-m", "bench.faults.rig.worker", self._job.to_json()]
        for _ in range(number):
            self._workers.append(await asyncio.create_subprocess_exec(*command, cwd=ROOT))

    async def replace(self, place: int) -> None:
        """End one as a loss of power would, and start another in its place."""
        worker = self._workers.pop(place % len(self._workers))
        worker.kill()
        await worker.wait()
        await self.start(1)

    async def pause(self, place: int, seconds: float) -> None:
        """Have one stand still for so long, in the middle of whatever it does."""
        worker = self._workers[place % len(self._workers)]
        worker.send_signal(signal.SIGSTOP)
        await asyncio.sleep(seconds)
        worker.send_signal(signal.SIGCONT)

    async def stop(self) -> None:
        """End all of them."""
        for worker in self._workers:
            if worker.returncode is None:
                worker.kill()
            await worker.wait()


@asynccontextmanager
async def crew(job: Job, number: int) -> AsyncIterator[Crew]:
    """So many workers, gone at the end."""
    workers = Crew(job)
    try:
        await workers.start(number)
        yield workers
    finally:
        await workers.stop()

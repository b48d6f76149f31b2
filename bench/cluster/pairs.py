"""Two pairs of planwatch, each of a process that serves and one that works, on a database address of its own."""

import asyncio
from pathlib import Path

import httpx2

from bench.cluster.children import Child, free_port
from bench.cluster.machines import until
from bench.faults.rig.receivers import Receivers
from bench.faults.rig.worker import Job
from bench.program import PROGRAM, environment_of
from config.settings import Settings


def job(url: str, receiving: Receivers) -> Job:
    """What says where to send to, by the machine's own clock."""
    return Job(url, receiving.smtp_port, receiving.http_port, 0.0, 1.0, 60.0)


class Pair:
    """One machine's planwatch."""

    def __init__(self, folder: Path, settings: Settings) -> None:
        """Start both processes in this folder, with these settings."""
        folder.mkdir()
        environment, port = environment_of(settings), free_port()
        self.url = f"http://127.0.0.1:{port}"
        run = [*PROGRAM, "run"]
        self._children = [
            Child([*run, "--web", "--port", str(port)], folder, "web", environment, user={}),
            Child([*run, "--work"], folder, "work", environment, user={}),
        ]

    async def ready(self) -> None:
        """Wait until it serves."""
        await until("an answer of planwatch", self._answers)

    @property
    def lives(self) -> bool:
        """Whether both processes have not ended."""
        return all(child.lives for child in self._children)

    async def stop(self) -> None:
        """End both in order."""
        for child in self._children:
            await asyncio.to_thread(child.stop)

    async def _answers(self) -> bool:
        async with httpx2.AsyncClient(timeout=5) as client:
            try:
                return (await client.get(f"{self.url}/readyz")).status_code == httpx2.codes.OK
            except httpx2.HTTPError:
                return False

"""At 300 events a second each event's plan is decided anew within 1 s; after a burst no alert waits behind the rest.

`python -m bench.burst [SECONDS] [EVENTS]`: the real program, in one process on SQLite; the clients, who have one token,
are this process. A plan is decided anew when its events are answered, or later, when it is due no more; one is seen as
due for up to a twentieth of a second too long. The time of an event runs from when it was to be sent.
"""

import asyncio
import json
import os
import re
import sqlite3
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, closing
from datetime import UTC, datetime
from itertools import count, islice
from pathlib import Path

import httpx2

from bench.faults.rig import caseload
from bench.faults.rig.receivers import Receivers, receivers
from bench.faults.rig.worker import Job
from bench.program import PROGRAM, environment_of
from config.settings import Settings
from service.app import open_service

PLANS, ALERTED = [f"P-{number:04}" for number in range(1_000)], "P-alert"
A_SECOND, AT_ONCE = 300, 10  # events; in one request
SECONDS, BURST, BATCH, CLIENTS = 20.0, 6_000, 100, 8
ANEW_WITHIN, ALERT_WITHIN = 1.0, 5.0  # seconds: the marks
_BETWEEN_QUESTIONS = 0.05  # seconds
_TYPE = {"Content-Type": "application/cloudevents-batch+json"}
_DUE = "SELECT count(*), min(next_look) FROM plan WHERE next_look <= ?"
Raw = caseload.Raw


async def main(seconds: float, burst: float) -> bool:
    """Fill, start, send, print; whether both marks are kept."""
    with tempfile.TemporaryDirectory(prefix="burst-") as folder:
        async with receivers(Path(folder)) as receiving:
            return await _measure(Path(folder), receiving, seconds, int(burst))


async def _measure(folder: Path, receiving: Receivers, seconds: float, burst: int) -> bool:
    file = folder / "planwatch.db"
    job = Job(f"sqlite+aiosqlite:///{file}", receiving.smtp_port, receiving.http_port, 0.0, 1.0, 60.0)
    headers = {"Authorization": f"Bearer {await _fill(job.settings)}"}
    async with (
        _program(job.settings, folder) as (address, pid),
        httpx2.AsyncClient(base_url=address, headers=headers, timeout=120) as client,
    ):
        watched = _Watched(file, client, receiving, pid)
        return await watched.steady(seconds) & await watched.burst(burst)


async def _fill(settings: Settings) -> str:
    service = await open_service(settings)
    try:
        return await caseload.fill(service, [*PLANS, ALERTED], datetime.now(UTC))
    finally:
        await service.close()


@asynccontextmanager
async def _program(settings: Settings, folder: Path) -> AsyncIterator[tuple[str, int]]:
    command = [*PROGRAM, "run", "--port", "0"]
    program = await asyncio.create_subprocess_exec(
        *command, env=environment_of(settings), cwd=folder, stderr=asyncio.subprocess.PIPE
    )
    assert program.stderr is not None
    async for line in program.stderr:
        if match := re.search(rb"http://127\.0\.0\.1:[0-9]+", line):
            yield match[0].decode(), program.pid
            break
    program.terminate()
    await program.wait()


def _visits() -> Iterator[Raw]:
    """Visits to all plans by turns, each made as it is asked for."""
    for number in count():
        plan = PLANS[number % len(PLANS)]
        yield caseload.event("visit.recorded", plan, f"visit-{number}", datetime.now(UTC), by="w-sw")


class _Watched:
    """Events that are sent, and what is seen of them meanwhile."""

    def __init__(self, file: Path, client: httpx2.AsyncClient, receiving: Receivers, pid: int) -> None:
        self._file, self._client, self._receiving, self._pid = file, client, receiving, pid
        self._visits = _visits()

    async def steady(self, seconds: float) -> bool:
        """Send so many a second, each request at its moment; whether every plan was decided anew in time."""
        began, worked = time.monotonic(), processor_of(self._pid)
        moments = [began + number * AT_ONCE / A_SECOND for number in range(int(seconds * A_SECOND / AT_ONCE))]
        watching = asyncio.create_task(self._until_nothing_is_due(moments[-1]))
        took = sorted(await asyncio.gather(*(self._post_at(moment) for moment in moments)))
        waited = await watching
        used = (processor_of(self._pid) - worked) / seconds
        print(
            f"{A_SECOND} events a second for {seconds:.0f} s: answered after {took[len(took) // 2]:.2f} s (half), "
            f"{took[len(took) * 99 // 100]:.2f} s (99 %), {took[-1]:.2f} s (longest); a plan was due for "
            f"{waited:.2f} s at most (mark {ANEW_WITHIN:g} s for each); {used:.2f} s of processor for each second"
        )
        return max(took[-1], waited) <= ANEW_WITHIN

    async def burst(self, number: int) -> bool:
        """Send many as fast as they are taken, and a bottom line in the middle; whether its alert came in time."""
        left, half_way = iter(range(number // BATCH, 0, -1)), asyncio.Event()

        async def send() -> None:
            for still_left in left:
                if still_left <= number // BATCH // 2:
                    half_way.set()
                await self._post(list(islice(self._visits, BATCH)))

        began = time.monotonic()
        sending = asyncio.gather(*(send() for _ in range(CLIENTS)))
        await half_way.wait()
        answered, told = await self._alert()
        await sending
        taken = time.monotonic() - began
        await self._until_nothing_is_due()
        print(
            f"a burst of {number:,} events: taken after {taken:.1f} s, all plans decided anew after "
            f"{time.monotonic() - began:.1f} s; a bottom line in its midst was answered after {answered:.2f} s, and "
            f"its first alert out after {told:.2f} s (mark {ALERT_WITHIN:g} s)"
        )
        return told <= ALERT_WITHIN

    async def _alert(self) -> tuple[float, float]:
        """The seconds until a bottom line is answered, and until the first message about it has come."""
        before, began = self._receiving.read(), time.monotonic()
        await self._post([caseload.breach(ALERTED, datetime.now(UTC))])
        answered = time.monotonic() - began
        while self._receiving.read() == before:  # noqa: ASYNC110 - another process's file
            await asyncio.sleep(0.01)
        return answered, time.monotonic() - began

    async def _post_at(self, moment: float) -> float:
        await asyncio.sleep(max(0.0, moment - time.monotonic()))
        await self._post(list(islice(self._visits, AT_ONCE)))
        return time.monotonic() - moment

    async def _post(self, raws: Sequence[Raw]) -> None:
        """Send until it is taken: where the service is busy, it says when to come again."""
        while True:
            answer = await self._client.post("/v1/events", content=json.dumps(raws), headers=_TYPE)
            if answer.status_code == 202:
                return
            await asyncio.sleep(float(answer.headers.get("Retry-After", "0.1")))

    async def _until_nothing_is_due(self, after: float = 0.0) -> float:
        """Wait for a moment, and until no plan is due; for how many seconds one was due at most."""
        longest = 0.0
        while (due := self._due())[0] or time.monotonic() < after:
            longest = max(longest, due[1])
            await asyncio.sleep(_BETWEEN_QUESTIONS)
        return longest

    def _due(self) -> tuple[int, float]:
        """How many plans are due, and for how many seconds the first of them has been."""
        now = datetime.now(UTC).replace(tzinfo=None)
        with closing(sqlite3.connect(self._file)) as connection:
            number, since = connection.execute(_DUE, [now.isoformat(" ")]).fetchone()
        return number, (now - datetime.fromisoformat(since)).total_seconds() if number else 0.0


def processor_of(pid: int) -> float:
    """The seconds of processor that a process has used, in both modes."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    given = [float(argument) for argument in sys.argv[1:]]
    sys.exit(0 if asyncio.run(main(*given, *(SECONDS, BURST)[len(given) :])) else 1)

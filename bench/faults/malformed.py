"""100,000 malformed requests and lines to the real thing: no 5xx, nothing half-stored, every valid neighbour in."""

import asyncio
import json
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import httpx2
from sqlalchemy import select

from bench.faults.rig import case
from bench.faults.rig.databases import database
from bench.faults.rig.progress import progress
from bench.faults.rig.verdict import Verdict
from config.database import make_engine, make_sessions, reading
from service.store.tables import event
from tests.hostile.mutations import Hostile, lines, request
from tests.integration.service_process import Places, Running, running, token_for_dudley

REQUESTS, LINES = 50_000, 50_000
CLIENTS = 4
_TRIES = 100
MOST_GROWTH = 50.0  # MB


@dataclass
class Tally:
    """What was answered, and what must be stored because of it."""

    asked: int = 0
    ours: int = 0  # answers that say it was our fault
    away: int = 0  # 503, sent again
    cut: int = 0  # connections that ended without an answer
    told: int = 0  # events that an answer said are stored
    valid: set[str] = field(default_factory=set)


async def malformed(name: str, folder: Path, requests: int = REQUESTS, wanted_lines: int = LINES) -> Verdict:
    """Send all of it to one process, then a file to the command, and count what is stored."""
    with database(name, folder) as db:
        places = Places(folder, more={"DATABASE_URL": db.url})
        token = await token_for_dudley(places)
        async with running(places) as service:
            # What they are about is never introduced: a plan of thousands of visits would measure the looks at it.
            await _flood(service, token, Tally(), requests // 50, 0)  # what it keeps for good, it has by then
            before, at_first = await _stored(db.url), _memory(service)
            tally = Tally()
            await _flood(service, token, tally, requests, 1)
            growth = _memory(service) - at_first
            new = await _stored(db.url) - before
        lost = len(tally.valid - new)
        half = len(new) - tally.told
        lines_lost, lines_odd = await _file(places, db.url, folder, wanted_lines)
    return Verdict(
        "malformed",
        db.name,
        f"{tally.asked:,} requests, {wanted_lines:,} lines",
        lost=lost + lines_lost,
        unexpected=abs(half) + lines_odd,
        more=(
            f"{tally.ours} answers of 5xx",
            f"{tally.away} of 503, sent again",
            f"{tally.cut} cut off",
            f"{len(tally.valid):,} valid neighbours",
            f"memory +{growth:.1f} MB",
        ),
        faults=tuple(
            words
            for words, missed in {
                "5xx": tally.ours,
                "valid neighbours lost": lost + lines_lost,
                "half-stored": half or lines_odd,
                "memory": growth > MOST_GROWTH,
            }.items()
            if missed
        ),
    )


async def _flood(service: Running, token: str, tally: Tally, requests: int, seed: int) -> None:
    with progress("malformed requests", requests) as show:
        clients = (
            _client(service, token, tally, requests // CLIENTS, seed * CLIENTS + n, show) for n in range(CLIENTS)
        )
        await asyncio.gather(*clients)


async def _client(
    service: Running, token: str, tally: Tally, requests: int, seed: int, show: Callable[[int], None]
) -> None:
    chance = random.Random(seed)
    async with httpx2.AsyncClient(timeout=60, headers={"Authorization": f"Bearer {token}"}) as client:
        for number in range(requests):
            sent = request(chance, f"{seed}-{number}")
            answer = await _answer(client, service, sent, tally)
            tally.asked += 1
            tally.ours += answer is not None and answer.status_code >= 500
            if answer is not None and answer.status_code == 202:
                tally.told += answer.json()["accepted"] + answer.json()["waiting"]
            tally.valid |= set(sent.valid)
            show(tally.asked)


async def _answer(client: httpx2.AsyncClient, service: Running, sent: Hostile, tally: Tally) -> httpx2.Response | None:
    """Send it; again where there was no answer, or one to come again, as whoever sends events does."""
    for _ in range(_TRIES):
        try:
            answer = await client.post(f"{service.url}/v1/events", content=sent.content, headers=dict(sent.headers))
        except httpx2.TransportError:  # a body that is refused is not read to its end
            tally.cut += 1
            if not sent.valid:
                return None
            continue
        if answer.status_code != 503:
            return answer
        tally.away += 1
        await asyncio.sleep(0.2)
    raise RuntimeError("not taken after so many tries")


async def _file(places: Places, url: str, folder: Path, number: int) -> tuple[int, int]:
    """Take a file of so many lines: valid ones that are not in; lines that are neither stored nor refused."""
    chance, content, valid = random.Random(5), list[bytes](), set[str]()
    while len(content) < number:
        batch, names = lines(chance, f"f{len(content)}")
        content += batch
        valid |= set(names)
    file = folder / "malformed.jsonl"
    file.write_bytes(b"".join(line + chance.choice((b"\n", b"\r\n", b"\r")) for line in content))
    before = await _stored(url)
    status, _, err = await places.run("ingest", str(file))
    assert status == 0, err
    new = await _stored(url) - before
    refused = (folder / "malformed.jsonl.rejected.jsonl").read_text().splitlines()
    unnamed = sum(1 for line in refused if not all(json.loads(line)[name] for name in ("line", "field", "detail")))
    missing = sum(1 for line in content if line.strip()) - len(new) - len(refused)
    return len(valid - new), abs(missing) + unnamed


async def _stored(url: str) -> set[str]:
    engine = make_engine(url)
    async with reading(make_sessions(engine)) as session:
        stored = set(await session.scalars(select(event.c.id)))
    await engine.dispose()
    return stored


def _memory(service: Running) -> float:
    """The memory that the process holds, in MB."""
    pages = int(Path(f"/proc/{service.process.pid}/statm").read_text().split()[1])
    return pages * 4096 / 1e6


if __name__ == "__main__":
    raise SystemExit(case.run(malformed, partial(malformed, requests=REQUESTS // 5, wanted_lines=LINES // 5)))

"""How many events a second the running service takes over HTTP: singly from 16 clients, and in batches of 100.

Each event is on disk and its plan looked at before the answer. Beside the rate stands what an event costs the service
in processor time, which other programs on the machine disturb least. `python -m bench.intake_http --help`.
"""

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2

from bench.program import PROGRAM, environment_in, port, token
from bench.slow_disk import fsync_ms, slow_disk

EVENTS = 1_000  # of each kind
PLANS, CLIENTS, BATCH = 200, 16, 100
SINGLY, IN_BATCHES = 200.0, 1_000.0  # events a second: the marks
_TICK = os.sysconf("SC_CLK_TCK")
_BATCHES = "application/cloudevents-batch+json"


def main(number: int = EVENTS, address: str = "", slower: float = 0.0) -> bool:
    """Start the program, send the events, print what was measured; whether both rates are kept."""
    with tempfile.TemporaryDirectory(prefix="intake-") as folder:
        environment = environment_in(Path(folder), address)
        print(f"an fsync takes {fsync_ms(Path(folder)):.2f} ms here, and the program's {slower:g} ms more")
        environment |= slow_disk(Path(folder), slower) if slower else {}
        secret = token(environment, "dudley")
        command = [*PROGRAM, "run", "--port", "0"]
        with subprocess.Popen(
            command, env=environment, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True
        ) as program:
            rates = asyncio.run(_measure(program, port(program), secret, number))
            program.terminate()
            program.communicate()
    return rates[0] >= SINGLY and rates[1] >= IN_BATCHES


async def _measure(program: subprocess.Popen[str], at_port: int, secret: str, number: int) -> tuple[float, float]:
    headers = {"Authorization": f"Bearer {secret}"}
    async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{at_port}", headers=headers, timeout=600) as client:
        plans = [raw for n in range(PLANS) for raw in _plan(n)]
        for start in range(0, len(plans), BATCH):
            await _post(client, plans[start : start + BATCH])
        await asyncio.sleep(2)  # what is left of the looks belongs to none of the measurements
        singles = [[visit] for visit in _visits(number, "single")]
        visits = list(_visits(number, "batch"))
        batches = [visits[start : start + BATCH] for start in range(0, number, BATCH)]
        singly = await _rate(program, client, "singly", singles, CLIENTS)
        return singly, await _rate(program, client, f"in batches of {BATCH}", batches, 2)


async def _rate(
    program: subprocess.Popen[str],
    client: httpx2.AsyncClient,
    words: str,
    bodies: Sequence[Sequence[object]],
    clients: int,
) -> float:
    left, events = iter(bodies), sum(map(len, bodies))

    async def send() -> None:
        for body in left:
            await _post(client, body)

    began, worked = time.monotonic(), _processor(program)
    await asyncio.gather(*(send() for _ in range(clients)))
    took, cost = time.monotonic() - began, _processor(program) - worked
    print(f"over HTTP {words}: {events / took:,.0f} events/s; {cost * 1000 / events:.2f} ms of processor an event")
    return events / took


async def _post(client: httpx2.AsyncClient, body: Sequence[object]) -> None:
    """Send until it is taken: where the service is busy, it says when to come again."""
    while True:
        answer = await client.post("/v1/events", content=json.dumps(body), headers={"Content-Type": _BATCHES})
        if answer.status_code == 202:
            return
        await asyncio.sleep(float(answer.headers.get("Retry-After", "0.1")))


def _processor(program: subprocess.Popen[str]) -> float:
    """The seconds of processor that the program has used, in both modes."""
    fields = Path(f"/proc/{program.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICK


def _plan(number: int) -> list[dict[str, object]]:
    opened = {"authority": "dudley", "child": {"ref": f"C-{number}", "initials": "AB"}, "route": "child_in_need"}
    worker = {"authority": "dudley", "name": "N", "kind": "worker"}
    return [
        _event("person.recorded", f"w-{number}", f"p-{number}", 40, worker),
        _event("plan.opened", f"P-{number}", f"o-{number}", 30, opened),
        _event("role.assigned", f"P-{number}", f"r-{number}", 30, {"role": "social_worker", "person": f"w-{number}"}),
    ]


def _visits(number: int, name: str) -> list[dict[str, object]]:
    places = ((n % PLANS, n // PLANS) for n in range(number))
    return [
        _event("visit.recorded", f"P-{plan}", f"{name}-{plan}-{turn}", 20 - turn, {"by": f"w-{plan}"})
        for plan, turn in places
    ]


def _event(kind: str, subject: str, name: str, days_ago: int, data: Mapping[str, object]) -> dict[str, object]:
    moment = datetime.now(UTC) - timedelta(days=days_ago)
    envelope = {"specversion": "1.0", "id": name, "source": "/dudley/bench", "type": kind, "subject": subject}
    return envelope | {"time": moment.isoformat(), "data": dict(data)}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m bench.intake_http", description=__doc__)
    parser.add_argument("events", nargs="?", type=int, default=EVENTS, help="how many of each kind")
    parser.add_argument("address", nargs="?", default="", help="of a database; none: SQLite in a folder of its own")
    parser.add_argument("--fsync", type=float, default=0.0, metavar="MS", help="have each take so much longer (SQLite)")
    given = parser.parse_args()
    sys.exit(0 if main(given.events, given.address, given.fsync) else 1)

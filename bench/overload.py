"""One token floods the service with 300 clients that ignore `Retry-After`; each event of another is taken within 5 s.

`python -m bench.overload [SECONDS] [ADDRESS]`: the real program, on SQLite or on the database of that address, in a
process of its own; the clients are one more process. Time runs from the first try, whatever comes after it.
"""

import asyncio
import json
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

from bench.program import PROGRAM, environment_in, port, token

CLIENTS = 300
SECONDS = 60.0
MARK = 5.0  # seconds to the 202
BETWEEN = 0.5  # seconds between two events of the token that does not flood
FLOOD, OTHER = "dudley", "bradford"


def main() -> bool:
    """Start the program and the flood, send the other's events, print what was measured; whether it kept the mark."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else SECONDS
    with tempfile.TemporaryDirectory(prefix="overload-") as folder:
        environment = environment_in(Path(folder), sys.argv[2] if len(sys.argv) > 2 else "")
        tokens = [token(environment, authority) for authority in (FLOOD, OTHER)]
        with subprocess.Popen(
            [*PROGRAM, "run", "--port", "0"], env=environment, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as program:
            at_port = port(program)
            flood = subprocess.Popen(
                [sys.executable, "-m", "bench.overload", "--flood", str(at_port), tokens[0], str(seconds)],
                stdout=subprocess.PIPE,
                text=True,
            )
            took, tries = asyncio.run(_others_events(at_port, tokens[1], seconds))
            answers = flood.communicate()[0].strip()
            program.terminate()
            program.communicate()
    took.sort()
    print(
        f"overload: {CLIENTS} clients of one token for {seconds:.0f} s ({answers}); {len(took)} events of another: "
        f"p50 {took[len(took) // 2]:.2f} s, p95 {took[len(took) * 95 // 100]:.2f} s, longest {took[-1]:.2f} s, "
        f"{tries - len(took)} tried again"
    )
    return took[-1] <= MARK


async def _others_events(port: int, token: str, seconds: float) -> tuple[list[float], int]:
    """Seconds that each event took to be answered with 202, and how often they were sent."""
    took, tries, end = list[float](), 0, time.monotonic() + seconds
    await asyncio.sleep(min(5.0, seconds / 4))  # until the flood has come
    for number in count():
        if time.monotonic() > end:
            return took, tries
        began, status = time.monotonic(), 0
        while status != 202:
            tries += 1
            status, wait = await _sent_once(port, token, OTHER, f"o-{number}")
            await asyncio.sleep(wait if status != 202 else 0)
        took.append(time.monotonic() - began)
        await asyncio.sleep(BETWEEN)
    raise AssertionError


async def _flood(port: int, token: str, seconds: float) -> None:
    answers, end, numbers = Counter[int](), time.monotonic() + seconds, count()

    async def client() -> None:
        while time.monotonic() < end:
            status, _ = await _sent_once(port, token, FLOOD, f"f-{next(numbers)}")
            answers[status] += 1

    async with asyncio.TaskGroup() as clients:
        for _ in range(CLIENTS):
            clients.create_task(client())
    print(", ".join(f"{number:,} times {status or 'no answer'}" for status, number in answers.most_common()))


async def _sent_once(port: int, token: str, authority: str, event_id: str) -> tuple[int, float]:
    """The status of one try on a connection of its own (0: none), and for how long the answer asks to wait."""
    body = json.dumps(_event(authority, event_id)).encode()
    head = (
        f"POST /v1/events HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: Bearer {token}\r\n"
        f"Content-Type: application/cloudevents+json\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            writer.write(head.encode() + body)
            answer = (await reader.read()).decode(errors="replace")
        finally:
            writer.close()
    except OSError:
        return 0, 0.1
    wait = re.search(r"retry-after: ([0-9]+)", answer, re.IGNORECASE)
    status = re.match(r"HTTP/1\.1 ([0-9]{3})", answer)
    return int(status[1]) if status else 0, float(wait[1]) if wait else 0.1


def _event(authority: str, event_id: str) -> dict[str, object]:
    """Somebody's plan is opened: work for the database, and for a look."""
    child = {"ref": f"C-{event_id}", "initials": "AB"}
    return {
        "specversion": "1.0", "id": event_id, "source": f"/{authority}/bench", "type": "plan.opened",
        "subject": f"P-{event_id}", "time": datetime.now(UTC).isoformat(),
        "data": {"authority": authority, "child": child, "route": "child_in_need"},
    }  # fmt: skip


if __name__ == "__main__":
    if "--flood" in sys.argv:
        asyncio.run(_flood(int(sys.argv[2]), sys.argv[3], float(sys.argv[4])))
    else:
        sys.exit(0 if main() else 1)

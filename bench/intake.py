"""How many events a second `planwatch ingest` takes: 500 at least, plans looked at included.

Beside it, in processor time, what an event and the look behind it cost: 0.4 ms an event at most.
"""

import asyncio
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from config.database import make_engine, make_sessions
from config.garbage import collect_seldom
from service.files.policy_files import load_policies
from service.store import schema
from service.use_cases.intake.receive_events import receive_events
from service.use_cases.looks.look_at_due import look_at_due

PLANS = 1_000
LIMIT = 500.0  # events a second
EVENT_MS = 0.4
BATCH, LOOKS = 500, 25
NOW = datetime(2026, 2, 2, 12, tzinfo=UTC)


def events() -> list[dict[str, object]]:
    """A caseload: staff, and for each plan its opening, its worker, meetings and visits, in order of time."""
    raws = [
        _event("person.recorded", f"w-{n}", 1, {"authority": "dudley", "name": "N", "kind": "worker"})
        for n in range(50)
    ]
    for n in range(PLANS):
        plan = f"P-{n:05}"
        child = {"ref": f"C-{n}", "initials": "AB", "date_of_birth": "2012-01-01"}
        raws.append(_event("plan.opened", plan, 2, {"authority": "dudley", "child": child, "route": "child_in_need"}))
        raws.append(_event("role.assigned", plan, 2, {"role": "social_worker", "person": f"w-{n % 50}"}))
        raws.append(_event("assessment.completed", plan, 3, {}))
        raws += [_event("visit.recorded", plan, day, {"by": f"w-{n % 50}"}) for day in (5, 12, 19, 26)]
    return sorted(raws, key=lambda event: str(event["time"]))


def _event(event_type: str, subject: str, day: int, data: dict[str, object]) -> dict[str, object]:
    name = f"{event_type}-{subject}-{day}"
    envelope = {"specversion": "1.0", "id": name, "source": "/bench", "type": event_type, "subject": subject}
    return envelope | {"time": f"2026-01-{day:02}T10:00:00+00:00", "data": data}


async def measure(folder: str) -> tuple[float, float]:
    """Milliseconds of processor for one event taken in, and for the look at one plan behind it."""
    engine = make_engine(f"sqlite+aiosqlite:///{folder}/parts.db")
    try:
        await schema.upgrade(engine)
        sessions, book, raws = make_sessions(engine), load_policies(), events()
        collect_seldom()  # as the command does
        began = time.process_time()
        for start in range(0, len(raws), BATCH):
            await receive_events(sessions, book, NOW, raws[start : start + BATCH], looks=0)
        taken = time.process_time()
        looked = 0
        while number := await look_at_due(sessions, book, NOW, LOOKS):
            looked += number
        return (taken - began) / len(raws) * 1000, (time.process_time() - taken) / looked * 1000
    finally:
        await engine.dispose()


def main() -> bool:
    """Write a file, take it, print the rate; whether it reaches the mark."""
    with tempfile.TemporaryDirectory() as folder:
        an_event, a_look = asyncio.run(measure(folder))
    print(f"an event taken in: {an_event:.2f} ms of processor; a look, {LOOKS} together: {a_look:.2f} ms")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "caseload.jsonl"
        lines = [json.dumps(event) for event in events()]
        file.write_text("\n".join(lines))
        environment = os.environ | {"PLANWATCH_DATABASE_URL": f"sqlite:///{folder}/bench.db"}
        began = time.perf_counter()
        command = [sys.executable, "-c", "from cli.main import main; main()", "ingest", str(file)]
        subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)
        taken = time.perf_counter() - began
    rate = len(lines) / taken
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(
        f"ingest {len(lines):,} events of {PLANS:,} plans: {taken:.1f} s, {rate:,.0f} events a second"
        f" ({used.ru_utime + used.ru_stime:.1f} s of processor)"
    )
    return rate >= LIMIT and an_event < EVENT_MS


if __name__ == "__main__":
    sys.exit(0 if main() else 1)

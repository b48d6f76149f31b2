"""How many events a second `planwatch ingest` takes: 500 at least, plans looked at included."""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PLANS = 1_000
LIMIT = 500.0  # events a second


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


def main() -> bool:
    """Write a file, take it, print the rate; whether it reaches the mark."""
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
    return rate >= LIMIT


if __name__ == "__main__":
    sys.exit(0 if main() else 1)

"""How long `planwatch simulate` takes for one plan's year, start of the process included: less than 0.7 s."""

import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

ROUNDS = 7
LIMIT = 0.7  # seconds
START = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)
STAFF = ("team_manager", "service_manager", "hub_team_manager", "hub_service_manager", "on_call_manager")
STARTED = "from cli.main import main; main()"


def events() -> list[dict[str, object]]:
    """One plan's year: visits every four weeks and sometimes late, a review a quarter, progress checks, actions."""
    child = {"ref": "C-1", "initials": "Q.Z."}
    person = {"authority": "dudley", "name": "N", "kind": "worker", "email": "n@example.org", "mobile": "+447700900123"}
    raws = [_event("person.recorded", f"w-{role}", 0, person) for role in ("social_worker", *STAFF)]
    held = [{"authority": "dudley", "role": role, "person": f"w-{role}"} for role in STAFF]
    raws += [_event("role.assigned", None, 0, data) for data in held]
    opened = {"authority": "dudley", "child": child, "route": "child_in_need", "risk": "medium"}
    raws.append(_event("plan.opened", "P-1", 0, opened))
    raws.append(_event("role.assigned", "P-1", 0, {"role": "social_worker", "person": "w-social_worker"}))
    raws.append(_event("assessment.completed", "P-1", 3, {}))
    raws.append(
        _event("meeting.held", "P-1", 14, {"meeting": "initial", "ref": "m0", "progress_check_every": "6 weeks"})
    )
    for number, day in enumerate(range(26, 360, 29)):
        raws.append(_event("visit.recorded", "P-1", day, {"by": "w-social_worker"}))
        due = f"{START + timedelta(days=day + 20):%Y-%m-%d}"
        raws.append(_event("action.agreed", "P-1", day, {"ref": f"a{number}", "what": "x", "due_on": due}))
        raws.append(_event("action.completed", "P-1", day + 18, {"ref": f"a{number}"}))
        raws.append(_event("meeting.held", "P-1", day + 9, {"meeting": "progress_check", "ref": f"p{number}"}))
        raws.append(_event("meeting.uploaded", "P-1", day + 10, {"ref": f"p{number}"}))
    for number, day in enumerate((100, 190, 280)):
        raws.append(
            _event("meeting.held", "P-1", day, {"meeting": "review", "ref": f"r{number}", "review_every": "3 months"})
        )
    return raws


def _event(kind: str, subject: str | None, day: int, data: Mapping[str, object]) -> dict[str, object]:
    name = f"{kind}-{subject}-{day}-{data.get('role', '')}{data.get('ref', '')}"
    envelope: dict[str, object] = {"specversion": "1.0", "id": name, "source": "/bench", "type": kind}
    envelope |= {"time": (START + timedelta(days=day)).isoformat(), "data": data}
    return envelope | ({"subject": subject} if subject else {})


def measure(file: Path) -> list[float]:
    """Seconds of each of several runs of the whole command, the interpreter's start included."""
    command = [sys.executable, "-c", STARTED, "simulate", str(file), "--until", "2027-01-05", "--format", "jsonl"]
    taken = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        done = subprocess.run(command, check=True, capture_output=True)
        taken.append(time.perf_counter() - began)
        assert b'"record": "message"' in done.stdout
    return taken


def main() -> bool:
    """Write a file, run, print; whether the median stays under the limit."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "year.jsonl"
        file.write_text("".join(json.dumps(event) + "\n" for event in events()))
        taken = measure(file)
        refused = list(Path(folder).glob("*.rejected.jsonl"))
        assert not refused
    median = statistics.median(taken)
    print(f"simulate one plan's year, start-up included: median {median:.2f} s, best {min(taken):.2f} s")
    return median < LIMIT


if __name__ == "__main__":
    sys.exit(0 if main() else 1)

"""What `planwatch simulate` costs for a plan's year, start of the process included: of an ordinary and of a busy one.

Processor time, in the best of some runs: beside other work a run takes longer. Wall time is printed with it.
"""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage

ROUNDS = 7
START = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)
STAFF = ("team_manager", "service_manager", "hub_team_manager", "hub_service_manager", "on_call_manager")
STARTED = "from cli.main import main; main()"
Raw = dict[str, object]


def ordinary() -> list[Raw]:
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


def _event(kind: str, subject: str | None, day: float, data: Mapping[str, object]) -> Raw:
    name = f"{kind}-{subject}-{day}-{data.get('role', '')}{data.get('ref', '')}"
    envelope: Raw = {"specversion": "1.0", "id": name, "source": "/bench", "type": kind}
    envelope |= {"time": (START + timedelta(days=day)).isoformat(), "data": data}
    return envelope | ({"subject": subject} if subject else {})


def busy() -> list[Raw]:
    """The same, with four actions a month, some never done, check-ins twice a week, and bottom lines crossed."""
    nan = {"authority": "dudley", "name": "N", "kind": "family", "mobile": "+447700900200"}
    agreed = {"people": ["f-nan"], "days": ["mon", "thu"], "at": "17:00"}
    return [
        *ordinary(),
        _event("person.recorded", "f-nan", 0, nan),
        _event("contact.decided", "f-nan", 0, {"decision": "allow", "decided_by": "w-social_worker"}),
        _event("role.assigned", "P-1", 1, {"role": "network_member", "person": "f-nan"}),
        _event("check_ins.started", "P-1", 1, agreed),
        *_replies(),
        *_actions(),
        *_breaches(),
    ]


def _replies() -> Iterator[Raw]:
    """An answer an hour after each text, but for one text in ten."""
    for number, day in enumerate(day for day in range(3, 364) if (START + timedelta(days=day)).weekday() in (0, 3)):
        if number % 10 != 9:
            yield _event("check_in.replied", "P-1", day + 6 / 24, {"person": "f-nan", "text": "1", "ref": f"c{number}"})


def _actions() -> Iterator[Raw]:
    for number, day in enumerate(range(5, 350, 7)):
        ref, due = f"b{number}", f"{START + timedelta(days=day + 14):%Y-%m-%d}"
        yield _event("action.agreed", "P-1", day, {"ref": ref, "what": "x", "who": "w-social_worker", "due_on": due})
        if number % 10:
            yield _event("action.completed", "P-1", day + 10 + number % 7, {"ref": ref})


def _breaches() -> Iterator[Raw]:
    for number, day in enumerate((90, 240)):
        ref, crossed = f"h{number}", START + timedelta(days=day)
        happened = {"bottom_line": "b", "at": crossed.isoformat(), "ref": ref}
        breach = _event("bottom_line.breached", "P-1", day, happened)
        yield breach
        answer = {"alert": breach["id"], "by": "w-team_manager"}
        yield _event("alert.acknowledged", "P-1", day + 10 / 1440, answer | {"ref": ref})
        yield _event("alert.closed", "P-1", day + 3 / 24, answer | {"outcome": "x", "ref": ref})


# An ordinary and a busy year, and how many seconds of processor each may cost.
YEARS = {"one plan's year": (ordinary, 0.5), "a busy plan's year": (busy, 0.6)}


def measure(file: Path) -> tuple[float, float]:
    """Seconds of processor and of wall time in the best of several runs of the command, the interpreter's included."""
    command = [sys.executable, "-c", STARTED, "simulate", str(file), "--until", "2027-01-05", "--format", "jsonl"]
    taken = []
    for _ in range(ROUNDS):
        began, before = time.perf_counter(), _spent_by_children()
        done = subprocess.run(command, check=True, capture_output=True)
        taken.append((_spent_by_children() - before, time.perf_counter() - began))
        assert b'"record": "message"' in done.stdout
    return min(taken)


def _spent_by_children() -> float:
    used = getrusage(RUSAGE_CHILDREN)  # to the microsecond, where os.times() counts hundredths of a second
    return used.ru_utime + used.ru_stime


def main() -> bool:
    """Write files, run, print; whether each stays under its limit."""
    kept = True
    for name, (events_of, limit) in YEARS.items():
        with tempfile.TemporaryDirectory() as folder:
            file, raws = Path(folder) / "year.jsonl", events_of()
            file.write_text("".join(json.dumps(event) + "\n" for event in raws))
            spent, wall = measure(file)
            assert not list(Path(folder).glob("*.rejected.jsonl"))
        print(f"simulate {name}, {len(raws)} events, start-up included: {spent:.3f} s of processor, {wall:.2f} s")
        kept = kept and spent < limit
    return kept


if __name__ == "__main__":
    sys.exit(0 if main() else 1)

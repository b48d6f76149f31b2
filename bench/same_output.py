"""Compares what this checkout tells with what an earlier commit told: over all scenarios and 200 random histories.

    python -m bench.same_output [COMMIT [FOLDER]]

The commit (by default the last one before the language of policies opened) is checked out in a temporary folder, and
both simulate the same events of the five councils. What differs is printed by what changed in each line, and written to
the folder as `NAME.diff`. At the end stands what a simulation costs, in turns, beside what it cost.
"""

import difflib
import json
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.integration.scenarios import events_of, load
from tests.properties.histories import COUNCILS, history

BEFORE = "594106c"
HISTORIES, TURNS, MOST = 200, 4, 1.05
AFTER = timedelta(days=40)  # long enough for lateness, escalation and weekly lists to follow a history of three weeks
ROOT = Path(__file__).resolve().parent.parent
_RUNNER = Path(__file__).resolve().with_name("told_by.py")
_GIT = shutil.which("git") or "git"
Told = Mapping[str, Sequence[str]]


def main(commit: str = BEFORE, folder: str = "") -> bool:
    """Compare, print; whether all is the same, and costs no more."""
    scenarios, others = [*_scenarios()], [*_random()]
    with _checked_out(commit) as earlier:
        before, _ = _told_by(earlier, [*scenarios, *others], 0)
        now, _ = _told_by(ROOT, [*scenarios, *others], 0)
        for title, group in {"scenarios": scenarios, "random histories": others}.items():
            names = [str(each["name"]) for each in group]
            _print_compared(title, [name for name in names if before[name] != now[name]], len(names))
        different = [name for name in now if before[name] != now[name]]
        _print_differences(before, now, different, folder)
        ratio = _cost(earlier, others)
    print(f"a simulation costs {ratio:.2f} times what it cost at {commit} (processor, median of {TURNS} turns)")
    return not different and ratio <= MOST


def _print_compared(title: str, different: Sequence[str], count: int) -> None:
    print(f"{title}: {count - len(different)} of {count} the same to the byte", flush=True)


def _print_differences(before: Told, now: Told, different: Sequence[str], folder: str) -> None:
    kinds: Counter[str] = Counter()
    for name in different:
        lines = [*difflib.unified_diff(before[name], now[name], "before", "now", n=0, lineterm="")][2:]
        kinds.update(_kind(line) for line in lines if not line.startswith("@@"))
        if folder:
            Path(folder).mkdir(parents=True, exist_ok=True)
            (Path(folder) / f"{name}.diff").write_text("\n".join([*lines, ""]), encoding="utf-8")
    for kind, count in kinds.most_common():
        print(f"  {count:>5}  {kind}")


def _kind(line: str) -> str:
    """What sort of line was added or taken away."""
    sign, text = line[0], line[1:]
    if not text.startswith("{"):
        return f"{sign} {text.partition(':')[0]}"
    record = json.loads(text)
    words = ("record", "kind", "status", "template", "purpose", "code", "reason")
    return f"{sign} {' '.join(str(record[word]) for word in words if word in record)}"


def _cost(earlier: Path, histories: Sequence[Mapping[str, Any]]) -> float:
    """What the simulations cost now beside what they cost: the median of turns in which one follows the other."""
    ratios = []
    for _ in range(TURNS):
        (before,), (now,) = (_told_by(where, histories, 1)[1] for where in (earlier, ROOT))
        ratios.append(now / before)
    return statistics.median(ratios)


def _told_by(where: Path, histories: Sequence[Mapping[str, Any]], rounds: int) -> tuple[Told, list[float]]:
    """What the code in a folder tells of each history, and the seconds that so many rounds take."""
    lines = "".join(f"{json.dumps(each)}\n" for each in histories)
    ran = subprocess.run(
        [sys.executable, str(_RUNNER), str(rounds)],
        input=lines, capture_output=True, text=True, cwd=where, env={**os.environ, "PYTHONPATH": str(where)},
        check=False,
    )  # fmt: skip
    if ran.returncode:
        raise SystemExit(f"{where}: {ran.stderr.strip()}")
    *told, last = map(json.loads, ran.stdout.splitlines())
    return {each["name"]: each["told"] for each in told}, last["seconds"]


@contextmanager
def _checked_out(commit: str) -> Iterator[Path]:
    """A commit of this repository in a temporary folder, which is gone afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        where = Path(folder) / "earlier"
        subprocess.run([_GIT, "worktree", "add", "--quiet", "--detach", where, commit], cwd=ROOT, check=True)
        try:
            yield where
        finally:
            subprocess.run([_GIT, "worktree", "remove", "--force", where], cwd=ROOT, check=True)


def _scenarios() -> Iterator[dict[str, Any]]:
    for name, case in load().items():
        if case["authority"] in COUNCILS:
            yield {"name": name, "until": case["until"], "events": events_of(case)}


def _random() -> Iterator[dict[str, Any]]:
    for seed in range(HISTORIES):
        events = history(random.Random(seed))
        last_day = max(datetime.fromisoformat(str(event["time"])) for event in events).date()
        yield {"name": f"history-{seed:03}", "until": date.isoformat(last_day + AFTER), "events": events}


if __name__ == "__main__":
    sys.exit(0 if main(*sys.argv[1:]) else 1)

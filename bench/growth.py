"""Watches what the hot path costs: each cost as a multiple of a fixed piece of work, beside the recorded one.

`python -m bench.growth` fails where a cost has grown past 1.5 times its record in bench/growth.json; with `--record` it
writes the record anew: the usual cost, beside which the best of some rounds is held. Both are processor time of one
process, taken in turn, so that neither a slow machine nor a busy one changes the multiple much; what seems too dear is
measured again before it counts.
"""

import hashlib
import json
import statistics
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from pathlib import Path

from bench.look import parsed, people, plan
from notifications.catalogue.render import render
from notifications.message import Channel
from service.domain.events.event import Event, parse_event
from service.domain.look import look
from service.domain.people.directory import Directory
from service.domain.telling.records import Ledger
from service.files.policy_files import load_policies
from service.simulation import Simulation
from tests.documents.samples import item

RECORD = Path(__file__).with_suffix(".json")
FACTOR = 1.5
_ROUNDS, _TRIES = 5, 4
Task = Callable[[], object]


def yardstick() -> None:
    """A fixed piece of work of the kinds that planwatch does: strings, dictionaries, JSON, hashes, sorting."""
    rows = [{"id": f"P-{number % 97}", "at": number * 7919 % 1009, "text": "a plan " * 4} for number in range(400)]
    for row in sorted(rows, key=lambda row: (row["at"], row["id"])):
        hashlib.sha256(json.dumps(json.loads(json.dumps(row))).encode()).hexdigest()


def tasks() -> Mapping[str, Task]:
    """What is watched."""
    book = load_policies()
    directory, raws = Directory.of(parsed(book, people())), list(plan(200))
    events = parsed(book, iter(raws))
    few, context = events[:50], {"plan": "P-1", "initials": "Q.Z.", "link": None, "items": [item(), item()]}
    year = parsed(book, iter([*people(), *plan(50, days=7)]))

    def look_at(of_plan: Sequence[Event]) -> Task:
        now = of_plan[-1].time + timedelta(days=1)
        ledger = look(book, of_plan, directory, Ledger(), now).ledger
        return lambda: look(book, of_plan, directory, ledger, now)

    def simulate() -> object:
        return list(Simulation(book).run(year, year[-1].time.date() + timedelta(days=30)))

    return {
        "a look at a plan of 50 events": look_at(few),
        "a look at a plan of 200 events": look_at(events),
        "200 events read": lambda: [parse_event(raw, book.authorities) for raw in raws],
        "a reminder rendered": lambda: render("reminder", Channel.EMAIL, {**context, "chair": False}),
        "a plan's year simulated": simulate,
    }


def multiples(task: Task) -> list[float]:
    """The processor time of a task as a multiple of the yardstick's, in some rounds of both."""
    return [_seconds(task) / _seconds(yardstick) for _ in range(_ROUNDS)]


def _seconds(task: Task) -> float:
    """For one time, over a quarter of a second or so."""
    times, began = 0, time.process_time()
    while (elapsed := time.process_time() - began) < 0.25:
        task()
        times += 1
    return elapsed / times


def grown(recorded: Mapping[str, float]) -> bool:
    """Print each cost beside its record; whether one has grown past what it may."""
    has_grown = False
    for name, task in tasks().items():
        least, limit = min(multiples(task)), recorded.get(name, float("inf")) * FACTOR
        for _ in range(_TRIES):
            least = min(least, *multiples(task)) if least > limit else least
        has_grown = has_grown or least > limit
        beside = f"{recorded[name]:8.3f} recorded" if name in recorded else "   not recorded"
        print(f"{name:<32} {least:8.3f} of the yardstick, {beside}{'  GROWN' if least > limit else ''}")
    return has_grown


def main(*, record: bool) -> int:
    """Compare, or record."""
    if record:
        usual = {name: round(statistics.median(multiples(task)), 4) for name, task in tasks().items()}
        RECORD.write_text(json.dumps(usual, indent=2) + "\n")
        return 0
    if grown(json.loads(RECORD.read_text())):
        print(
            f"Past {FACTOR} times its record. If the price is meant: python -m bench.growth --record", file=sys.stderr
        )
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(record="--record" in sys.argv[1:]))

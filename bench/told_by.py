"""Simulates histories from standard input with the code on PYTHONPATH, and prints what each tells: see same_output.py.

It is run with older code, too, so it names as little of it as it can. One line in, `{"name", "until", "events"}`, one
line out, `{"name", "told"}`; at the end the seconds of processor that the simulations took, as often as asked.
"""

import gc
import json
import sys
import time
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from service.domain.events.event import Event, EventFault, parse_event
from service.domain.policy import PolicyBook
from service.files.policy_files import load_policies
from service.simulation import Simulation

try:
    from cli.records import obligation_record
except ImportError:  # before that module came
    from cli.simulate import _obligation as obligation_record  # type: ignore[attr-defined, no-redef]
try:
    from cli.simulated import told_record
except ImportError:
    from cli.simulate import _record as told_record  # type: ignore[attr-defined, no-redef]


def main(rounds: int) -> None:
    """Print what each history tells, then take the time of so many rounds of all of them."""
    book = load_policies()
    histories = [json.loads(line) for line in sys.stdin]
    for history in histories:
        print(json.dumps({"name": history["name"], "told": _told(book, history)}), flush=True)
    gc.disable()
    print(json.dumps({"seconds": [_seconds(book, histories) for _ in range(rounds)]}))


def _told(book: PolicyBook, history: Mapping[str, Any]) -> list[str]:
    simulation = Simulation(book)
    timeline = list(simulation.run(_taken(book, history["events"]), date.fromisoformat(history["until"])))
    records = [*map(obligation_record, simulation.standing())]
    records += [told_record(entry, book) for entry in timeline]
    refused = [f"refused: {event.id} {why.field}: {why.detail}" for event, why in simulation.refused]
    return [*(json.dumps(record, ensure_ascii=False) for record in records), *refused]


def _seconds(book: PolicyBook, histories: Sequence[Mapping[str, Any]]) -> float:
    taken = 0.0
    for history in histories:
        events, until = _taken(book, history["events"]), date.fromisoformat(history["until"])
        began = time.process_time()
        list(Simulation(book).run(events, until))
        taken += time.process_time() - began
    return taken


def _taken(book: PolicyBook, raws: Sequence[dict[str, Any]]) -> list[Event]:
    events = []
    for raw in raws:
        try:
            events.append(parse_event(raw, book.authorities))
        except EventFault:
            continue
    return events


if __name__ == "__main__":
    main(int(sys.argv[1]))

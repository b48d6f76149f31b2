"""Prints a hash of all that `planwatch simulate` tells over the scenarios and 200 random histories.

Run it before and after a change that must change nothing for the five councils: the lines must be the same. Given a
folder, it writes there what it hashed, one file for each history, for `diff -r` to show what differs.
"""

import hashlib
import json
import random
import sys
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from cli.records import obligation_record
from cli.simulate import _record
from service.domain.admission import Rejected
from service.domain.calendar import local_day
from service.domain.events.event import Event, EventFault, parse_event
from service.files.policy_files import load_policies
from service.policy_tools.policy_page import as_text, policy_page
from service.simulation import Simulation
from tests.integration.scenarios import events_of, load
from tests.properties.histories import COUNCILS, history

HISTORIES = 200
AFTER = timedelta(days=40)  # long enough for lateness, escalation and weekly lists to follow a history of three weeks
BOOK = load_policies()


def main(folders: Sequence[str]) -> None:
    """Simulate, hash and print, group by group."""
    groups = {"scenarios": _scenarios(), "random histories": _random(), "policies read aloud": _read_aloud()}
    for group, texts in groups.items():
        together = hashlib.sha256()
        for name, text in texts:
            together.update(f"{name}\n{text}".encode())
            for folder in folders:
                Path(folder).mkdir(parents=True, exist_ok=True)
                (Path(folder) / f"{name}.jsonl").write_text(text, encoding="utf-8")
        print(f"{group}: {together.hexdigest()}", flush=True)


def _scenarios() -> Iterator[tuple[str, str]]:
    for name, case in load().items():
        yield name, _told(events_of(case), date.fromisoformat(case["until"]))


def _random() -> Iterator[tuple[str, str]]:
    for seed in range(HISTORIES):
        yield f"history-{seed:03}", _told(history(random.Random(seed)), None)


def _read_aloud() -> Iterator[tuple[str, str]]:
    for name in COUNCILS:
        yield name, as_text(policy_page(BOOK.versions(name)[-1]))


def _told(raws: Sequence[dict[str, Any]], until: date | None) -> str:
    events = list(_taken(raws))
    simulation = Simulation(BOOK)
    last_day = max(local_day(event.time) for event in events)
    timeline = list(simulation.run(events, until or last_day + AFTER))
    refused: list[tuple[Event, Rejected]] = simulation.refused
    records = [*map(obligation_record, simulation.standing()), *(_record(entry, BOOK) for entry in timeline)]
    lines = [json.dumps(record, ensure_ascii=False) for record in records]
    lines += [f"refused: {event.id} {why.field}: {why.detail}" for event, why in refused]
    return "".join(f"{line}\n" for line in lines)


def _taken(raws: Sequence[dict[str, Any]]) -> Iterator[Event]:
    for raw in raws:
        try:
            yield parse_event(raw, BOOK.authorities)
        except EventFault:
            continue


if __name__ == "__main__":
    main(sys.argv[1:])

"""`planwatch simulate --workers`: several processes print, byte for byte, what one prints."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from cli.simulate import simulate
from service.domain.events.event import parse_event
from service.simulation_shares import shares
from tests.integration.scenarios import events_of, load
from tests.unit.domain.builders import book

SCENARIOS = load()
Raw = dict[str, Any]
# Three councils, several plans each, the same ids of people, and numbers that all of them have.
TOGETHER = (
    "southglos-one-text-for-two-siblings", "southglos-stop-person-and-number", "wakefield-worker-who-left",
    "wakefield-passed-over-and-read-along", "dudley-actions",
)  # fmt: skip


def caseload() -> list[Raw]:
    """Their events in one file; every third names no authority, so that its home is looked for among all."""
    events = []
    for name in TOGETHER:
        for place, event in enumerate(events_of(SCENARIOS[name])):
            source = f"/{event['source'].split('/')[1]}/{name}" if place % 3 else f"/systems/{name}"
            events.append(event | {"source": source})
    stray = {"specversion": "1.0", "source": "/systems/x", "time": "2026-12-01T09:00:00+00:00", "type": "plan.signed"}
    events += [
        {**stray, "id": "nobodys", "subject": "P-0", "data": {"by": "f-nobody"}},
        {**stray, "id": "waits", "subject": "P-0", "source": "/dudley/x", "data": {"by": "f-nan"}},
        {**stray, "id": "waits", "subject": "P-0", "source": "/wakefield/x", "data": {"by": "f-nan"}},
        {**stray, "id": "late", "subject": "P-8601", "time": "2031-01-01T09:00:00+00:00", "data": {"by": "f-nan"}},
        {**events[5], "data": {**events[5]["data"], "note": "other words"}},  # a conflict
        events[7],  # a duplicate
    ]
    random.Random(7).shuffle(events)
    return events


def write(path: Path, events: Sequence[Raw]) -> Path:
    path.write_text("".join(json.dumps(event) + "\n" for event in events), encoding="utf-8")
    return path


@pytest.mark.parametrize("form", ["jsonl", "text"])
def test_several_processes_print_what_one_prints(form: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    printed, refused = [], []
    for workers in (1, 3):
        path = write(tmp_path / f"{workers}.jsonl", caseload())
        simulate([path], date(2027, 3, 1), form, workers=workers)
        printed.append(capsys.readouterr().out)
        refused.append((tmp_path / f"{workers}.jsonl.rejected.jsonl").read_text(encoding="utf-8"))
    assert printed[0] == printed[1]
    assert refused[0] == refused[1]
    assert "nobodys" in refused[0]
    assert len(printed[0].splitlines()) > 100


def test_events_that_name_no_authority_go_where_their_plan_is() -> None:
    parsed = [parse_event(raw, book().authorities) for raw in caseload()]
    parted = shares(parsed, book().authorities, date(2027, 3, 1))
    homes = {event.id: authority for authority, events in parted.of_each.items() for event in events}
    assert set(parted.of_each) == {"south_gloucestershire", "wakefield", "dudley"}
    assert homes["ci-b"] == "south_gloucestershire"
    assert "nobodys" not in homes
    assert "nobodys" in {event.id for event, _ in parted.refused}

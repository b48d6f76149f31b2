"""`simulate` promises what the service does: every history goes through both, and the same must come of it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from cli.simulate import simulate
from service.domain.policy import PolicyBook
from tests.databases.sqlite import copy_of
from tests.integration import sixth_history
from tests.integration.in_service import Record, in_service
from tests.integration.scenarios import events_of, load
from tests.integration.seam_histories import SEAM

Capture = pytest.CaptureFixture[str]
Events = Sequence[Mapping[str, Any]]

HISTORIES: dict[str, tuple[Events, str]] = {
    **{name: (events_of(scenario), scenario["until"]) for name, scenario in load().items()},
    **SEAM,
}
# Which letters tell the people on one phone apart is known in a text's claim alone, from everybody who is stored: what
# `simulate` prints is the text as it goes to a phone of one person.
LETTERS = re.compile(r"\b[FJKQZ][NRTX](?=[12]\b)")
# A code is drawn by chance for each person and alert.
CODES = re.compile(r"(?<=[Rr]eply )\d{6}\b|(?<=replying )\d{6}\b")


@pytest.fixture
def database(migrated_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A new file of SQLite: what is compared are decisions, and the databases are compared elsewhere."""
    monkeypatch.chdir(tmp_path)
    return copy_of(migrated_file, tmp_path)


def in_simulation(
    folder: Path, events: Events, until: str, capture: Capture, book: PolicyBook | None = None
) -> list[Record]:
    """What `planwatch simulate` prints, and what it refuses."""
    file = folder / "events.jsonl"
    file.write_text("".join(json.dumps(event) + "\n" for event in events), encoding="utf-8")
    simulate([file], date.fromisoformat(until), "jsonl", book)
    records = [json.loads(line) for line in capture.readouterr().out.splitlines()]
    refused = folder / "events.jsonl.rejected.jsonl"
    entries = [json.loads(line) for line in refused.read_text().splitlines()] if refused.exists() else []
    kept = ("id", "field", "detail")
    return records + [{"record": "refused"} | {name: entry[name] for name in kept} for entry in entries]


def in_order(records: Sequence[Record]) -> list[str]:
    """One line for each record: both have what the contract asks for, each in an order of its own."""
    return sorted(
        CODES.sub("CODE", LETTERS.sub("", json.dumps(record, sort_keys=True, ensure_ascii=False))) for record in records
    )


@pytest.mark.parametrize("name", HISTORIES)
async def test_a_history_comes_to_the_same_in_both(name: str, database: str, tmp_path: Path, capsys: Capture) -> None:
    events, until = HISTORIES[name]
    simulated = in_simulation(tmp_path, events, until, capsys)
    assert in_order(await in_service(database, events, until)) == in_order(simulated)
    assert simulated


async def test_a_history_of_declared_words_comes_to_the_same(database: str, tmp_path: Path, capsys: Capture) -> None:
    events, until, book = sixth_history.events(), sixth_history.UNTIL, sixth_history.book(tmp_path)
    simulated = in_simulation(tmp_path, events, until, capsys, book)
    assert in_order(await in_service(database, events, until, book)) == in_order(simulated)
    owed = {
        (record["rule"].split(".")[1], record["status"]) for record in simulated if record["record"] == "obligation"
    }
    assert owed == {
        ("on-the-file", "met_late"), ("on-the-file", "overdue"), ("supervision", "met"), ("supervision", "overdue"),
        ("core-group", "met"), ("core-group", "overdue"), ("return", "met"), ("return", "overdue"),
        ("report", "superseded"), ("report", "overdue"), ("seen-twice", "superseded"), ("seen-twice", "met"),
        ("third-visit", "overdue"), ("offer", "met_late"),
    }  # fmt: skip
    texts = [record for record in simulated if record["record"] == "message" and record["channel"] == "sms"]
    assert {record["at"][11:13] for record in texts} & {"22", "20", "23", "00", "02"}
    assert all(record["urgent"] for record in texts)

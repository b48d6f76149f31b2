"""`planwatch simulate` over files: scenarios, determinism, refused lines, and the two forms of output."""

from __future__ import annotations

import json
import random
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from cli.main import app
from cli.simulate import simulate
from tests.integration.scenarios import events_of, load, shortfalls

SCENARIOS = load()
OBLIGATION = [
    "record", "authority", "plan", "kind", "rule", "basis", "about", "from_event", "opened_on", "due_on", "act_by",
    "responsible_role", "responsible", "status", "met_on", "met_by",
]  # fmt: skip
MESSAGE = [
    "record", "at", "authority", "plan", "to", "role", "channel", "purpose", "urgent", "about", "template", "subject",
    "text",
]  # fmt: skip
EXAMPLE = SCENARIOS["dudley-learnt-late"]

Capture = pytest.CaptureFixture[str]


def write(folder: Path, events: list[dict[str, Any]], name: str = "events.jsonl") -> Path:
    path = folder / name
    path.write_text("".join(json.dumps(event) + "\n" for event in events), encoding="utf-8")
    return path


def output(capture: Capture, *files: Path, until: str, form: str = "jsonl") -> str:
    simulate(list(files), date.fromisoformat(until), form)
    return capture.readouterr().out


def records(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


@pytest.mark.parametrize("name", SCENARIOS)
def test_scenario(name: str, tmp_path: Path, capsys: Capture) -> None:
    scenario = SCENARIOS[name]
    found = records(output(capsys, write(tmp_path, events_of(scenario)), until=scenario["until"]))
    assert not (tmp_path / "events.jsonl.rejected.jsonl").exists()
    assert shortfalls(scenario, found) == []


@pytest.mark.parametrize("name", SCENARIOS)
def test_the_order_in_the_file_and_repeats_change_no_byte(name: str, tmp_path: Path, capsys: Capture) -> None:
    scenario = SCENARIOS[name]
    events = events_of(scenario)
    mixed = events + events[::3]
    random.Random(name).shuffle(mixed)
    first = output(capsys, write(tmp_path, events, "a.jsonl"), until=scenario["until"])
    assert output(capsys, write(tmp_path, mixed, "b.jsonl"), until=scenario["until"]) == first


def test_no_person_is_named_anywhere(tmp_path: Path, capsys: Capture) -> None:
    for number, scenario in enumerate(SCENARIOS.values()):
        said = output(capsys, write(tmp_path, events_of(scenario), f"{number}.jsonl"), until=scenario["until"])
        private = [part for who in scenario["cast"].values() for part in who["name"].split()]
        private += [who[key] for who in scenario["cast"].values() for key in ("email", "mobile") if key in who]
        assert [part for part in [*private, *scenario.get("canaries", [])] if part in said] == []


def test_records_have_the_contracts_fields_in_its_order(tmp_path: Path, capsys: Capture) -> None:
    found = records(output(capsys, write(tmp_path, events_of(EXAMPLE)), until=EXAMPLE["until"]))
    shapes = {record["record"]: list(record) for record in found}
    assert (shapes["obligation"], shapes["message"]) == (OBLIGATION, MESSAGE)


def test_obligations_come_first_in_order_then_the_rest_by_time(tmp_path: Path, capsys: Capture) -> None:
    scenario = SCENARIOS["dudley-actions"]
    found = records(output(capsys, write(tmp_path, events_of(scenario)), until=scenario["until"]))
    kinds = [record["record"] == "obligation" for record in found]
    assert kinds == sorted(kinds, reverse=True)
    owed = [(one["plan"], one["due_on"], one["kind"], one["about"] or "") for one in found if "due_on" in one]
    assert owed == sorted(owed)
    later = [record["at"] for record in found if "at" in record]
    assert later == sorted(later)


def test_two_files_are_one_history(tmp_path: Path, capsys: Capture) -> None:
    events = events_of(EXAMPLE)
    whole = output(capsys, write(tmp_path, events), until=EXAMPLE["until"])
    halves = [write(tmp_path, events[1::2], "a.jsonl"), write(tmp_path, events[::2], "b.jsonl")]
    assert output(capsys, *halves, until=EXAMPLE["until"]) == whole


def test_refused_lines_are_kept_beside_the_file_and_the_others_go_in(tmp_path: Path, capsys: Capture) -> None:
    events = events_of(EXAMPLE)
    path = write(tmp_path, [*events, {**events[0], "id": "bad-1", "type": "tea.made"}])
    path.write_text(path.read_text() + "not json at all\n", encoding="utf-8")
    (refused,) = simulate([path], date.fromisoformat(EXAMPLE["until"]), "jsonl")
    assert shortfalls(EXAMPLE, records(capsys.readouterr().out)) == []
    kept = records((tmp_path / "events.jsonl.rejected.jsonl").read_text())
    assert [(one["id"], one["field"]) for one in kept] == [("bad-1", "type"), (None, "line")]
    assert (refused.count, len(list(refused.summary()))) == (2, 3)


def test_the_same_name_with_other_content_is_refused(tmp_path: Path, capsys: Capture) -> None:
    events = events_of(EXAMPLE)
    other = {**events[-1], "data": {"on": "2026-11-10"}}
    found = records(output(capsys, write(tmp_path, [*events, other]), until=EXAMPLE["until"]))
    assert shortfalls(EXAMPLE, found) == []
    (kept,) = records((tmp_path / "events.jsonl.rejected.jsonl").read_text())
    assert (kept["id"], kept["field"]) == (other["id"], "id")


def test_a_spreadsheet_is_the_same_thing(tmp_path: Path, capsys: Capture) -> None:
    path = tmp_path / "events.csv"
    path.write_text(
        "id,time,source,type,subject,authority,name,kind,email,role,person,child.ref,child.initials,route,concerns,on\n"
        "1,2026-11-02T09:00:00+00:00,/d,person.recorded,w-1,dudley,N Oakes,worker,n@example.org,,,,,,,\n"
        "2,2026-11-02T12:00:00+00:00,/d,plan.opened,P-1,dudley,,,,,,C-1,Q.Z.,child_in_need,gangs;missing,2026-11-02\n"
        "3,2026-11-02T12:00:00+00:00,/d,role.assigned,P-1,,,,,social_worker,w-1,,,,,\n",
        encoding="utf-8",
    )
    (one, *told) = records(output(capsys, path, until="2026-11-30"))
    assert (one["kind"], one["due_on"], one["responsible"]) == ("visit_social_worker", "2026-11-30", "w-1")
    assert {record["to"] for record in told} == {"w-1"}


def test_without_an_end_it_runs_a_year_past_the_last_event(tmp_path: Path, capsys: Capture) -> None:
    simulate([write(tmp_path, events_of(EXAMPLE))], None, "jsonl")
    last = records(capsys.readouterr().out)[-1]["at"]
    assert "2027-11-25" < last[:10] <= "2027-12-04"


def test_nothing_comes_of_an_empty_file(tmp_path: Path, capsys: Capture) -> None:
    assert output(capsys, write(tmp_path, []), until="2026-12-31") == ""


def test_for_people_it_prints_text(tmp_path: Path, capsys: Capture) -> None:
    said = output(capsys, write(tmp_path, events_of(EXAMPLE)), until=EXAMPLE["until"], form="text")
    assert "P-7340" in said
    assert "initial_meeting" in said
    assert not said.startswith("{")


def test_the_usual_end_is_a_year_after_the_last_event_that_is_taken(tmp_path: Path, capsys: Capture) -> None:
    events = events_of(EXAMPLE)
    refused = events[-1] | {"time": "2031-06-01T09:00:00+01:00", "data": events[-1]["data"] | {"on": "2031-06-01"}}
    ends = []
    for name, lines in (("without.jsonl", events), ("with.jsonl", [*events, refused])):
        simulate([write(tmp_path, lines, name)], None, "jsonl")
        ends.append(capsys.readouterr().out)
    assert ends[0] == ends[1]


def test_policies_come_from_a_folder_or_from_one_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    child = {"ref": "C-1", "initials": "A.B."}
    opened = {"authority": "kent", "child": child, "route": "child_in_need", "on": "2026-01-05"}
    event = {"specversion": "1.0", "id": "1", "source": "/kent/x", "type": "plan.opened", "subject": "P-1"}
    file = write(tmp_path, [event | {"time": "2026-01-05T10:00:00+00:00", "data": opened}])
    folder = tmp_path / "policies"
    folder.mkdir()
    policy = folder / "kent.yaml"
    policy.write_text("extends: dudley\nauthority: kent\ntitle: Kent\n")
    ways: list[list[str]] = [["--policies", str(folder)], ["--policy", str(policy)], []]
    monkeypatch.delenv("PLANWATCH_POLICIES", raising=False)
    refused = CliRunner().invoke(app, ["simulate", str(file), "--format", "jsonl", "--strict"])
    assert refused.exit_code == 1
    for words in ways:
        if not words:
            monkeypatch.setenv("PLANWATCH_POLICIES", str(folder))
        ended = CliRunner().invoke(app, ["simulate", str(file), "--format", "jsonl", "--strict", *words])
        assert (ended.exit_code, '"rule": "kent.' in ended.stdout) == (0, True), ended.output
    monkeypatch.delenv("PLANWATCH_POLICIES")
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text(f"PLANWATCH_POLICIES={folder}\n")
    ended = CliRunner().invoke(app, ["simulate", str(file), "--format", "jsonl", "--strict"])
    assert (ended.exit_code, '"rule": "kent.' in ended.stdout) == (0, True), ended.output

"""What `ingest` says of lines that were taken: by file and line, each thing once."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cli.warned import WarnedLines, tell_warned
from service.domain.keys.ledger import PlanProblemKey
from service.domain.keys.problems import WaitingKey
from service.domain.telling.records import Problem
from service.files.event_files import read_events
from service.use_cases.intake.warned import Warned

NOW = datetime(2026, 11, 28, 9, tzinfo=UTC)


def event(event_id: str, **data: object) -> str:
    named = {"id": event_id, "source": "/dudley/x", "type": "visit.recorded", "subject": "P-1"}
    return json.dumps({"specversion": "1.0", **named, "time": "2026-11-27T09:00:00+00:00", "data": data})


def written(folder: Path, *lines: str) -> WarnedLines:
    path = folder / "events.jsonl"
    path.write_text("\n".join(lines))
    return WarnedLines(path)


def problem(key: object, code: str, detail: str) -> Problem:
    return Problem(str(key), NOW, "dudley", "P-1", code, detail)


def test_a_line_is_told_with_its_file_and_number_what_was_seen_later_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = written(tmp_path, event("a"), "", event("b"), event("c"))
    last = list(read_events(lines.source))[-1]
    lines.add(last, Warned("c", "data.on", "date_unlikely", "lies more than two years ahead"))
    late = problem(PlanProblemKey("P-1", "after_the_end", "/dudley/x#b"), "after_the_end", "visit.recorded b: too late")
    again = problem(PlanProblemKey("P-1", "date_unlikely", "/dudley/x#c"), "date_unlikely", "visit.recorded c: again")
    vacant = problem("problem|P-1|role_vacant|team_manager|2026", "role_vacant", "team_manager")
    tell_warned([lines], [late, again, vacant])
    assert capsys.readouterr().err.splitlines() == [
        f"{lines.source}: 2 warnings about what was taken",
        "  line 3: visit.recorded b: too late (after_the_end)",
        "  line 4: visit.recorded c: data.on lies more than two years ahead (date_unlikely)",
        "Problems that came of it besides: 1 × role_vacant. See: planwatch problems",
    ]


def test_what_waits_is_told_only_if_it_waits_in_the_end(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = written(tmp_path, event("a"), event("b"))
    for line, event_id in zip(read_events(lines.source), "ab", strict=True):
        lines.add(line, Warned(event_id, "subject", "not_introduced", "is not introduced yet"))
    tell_warned([lines], [problem(WaitingKey("/dudley/x#b"), "not_introduced", "visit.recorded b")])
    assert [line.split(" waits")[0] for line in capsys.readouterr().err.splitlines()[1:]] == [
        "  line 2: visit.recorded b"
    ]


def test_of_very_many_the_first_are_told_and_the_others_counted(tmp_path: Path) -> None:
    lines = written(tmp_path, *(event(f"e-{number}") for number in range(60)))
    for line in read_events(lines.source):
        lines.add(line, Warned("e", "data.x", "field_unknown", "is nearly a mark"))
    heading, *shown, more = lines.summary()
    assert (heading.split(": ")[1], len(shown), more) == ("60 warnings about what was taken", 50, "  and 10 more")


def test_where_nothing_is_wrong_nothing_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tell_warned([written(tmp_path, event("a"))], [])
    assert capsys.readouterr().err == ""

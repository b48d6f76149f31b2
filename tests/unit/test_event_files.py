"""Files of events: every line comes out, good or with the reason why not."""

import json
from pathlib import Path

import pytest

from service.files.event_files import read_events
from service.files.file_lines import EventFileError, ReadLine
from service.files.rejected_lines import RejectedLine, write_rejected
from service.files.strict_json import MAX_EVENT_BYTES


def read(path: Path, text: str | bytes) -> list[ReadLine]:
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return list(read_events(path))


def test_lines_are_read_with_their_numbers_and_blank_ones_passed_over(tmp_path: Path) -> None:
    lines = read(tmp_path / "e.jsonl", '{"id":"a"}\n\n{"id":"b"}\r\n')
    assert [(line.line_no, line.raw, line.fault) for line in lines] == [(1, {"id": "a"}, None), (3, {"id": "b"}, None)]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("{", "is not JSON"),
        ('{"a":1,"a":2}', "key stands twice"),
        ('{"a":NaN}', "NaN"),
        ('{"a":1e999}', "too large"),
        ('{"a":' + "9" * 5000 + "}", "too long"),
        ("[" * 40 + "]" * 40, "32 levels"),
        ("[" * 100_000, "32 levels"),
        ('{"a":"\\u0000"}', "cannot be stored"),
        ('{"a":"\\ud800"}', "cannot be stored"),
        (b'{"a":"\xff"}', "is not UTF-8"),
        ('{"a":"' + "x" * MAX_EVENT_BYTES + '"}', "longer than 256 KB"),
    ],
)
def test_a_line_that_is_no_good_says_why_and_its_neighbour_is_read(
    tmp_path: Path, text: str | bytes, fault: str
) -> None:
    bad = text.encode() if isinstance(text, str) else text
    lines = read(tmp_path / "e.jsonl", bad + b'\n{"id":"b"}')
    assert fault in (lines[0].fault or "")
    assert (lines[1].line_no, lines[1].raw) == (2, {"id": "b"})


def test_a_spreadsheet_says_the_same_as_json(tmp_path: Path) -> None:
    text = (
        "\ufeffid,time,source,type,subject,authority,child.ref,concerns,child_seen,version\r\n"
        "e-1,2026-01-05T09:00:00+00:00,/x,plan.opened,P-1,dudley,C-1,a; b,,\r\n"
        "e-2,2026-01-05T09:00:00+00:00,/x,visit.recorded,P-1,,,,FALSE,\r\n"
        "e-3,2026-01-05T09:00:00+00:00,/x,plan.agreed,P-1,,,,,2\r\n"
    )
    first, second, third = (line.raw for line in read(tmp_path / "e.csv", text))
    data = {"authority": "dudley", "child": {"ref": "C-1"}, "concerns": ["a", "b"]}
    assert first == {
        "specversion": "1.0", "id": "e-1", "time": "2026-01-05T09:00:00+00:00", "source": "/x",
        "type": "plan.opened", "subject": "P-1", "data": data,
    }  # fmt: skip
    assert isinstance(second, dict)
    assert isinstance(third, dict)
    assert (second["data"], third["data"]) == ({"child_seen": False}, {"version": 2})


def test_a_row_may_span_lines_and_keeps_its_text(tmp_path: Path) -> None:
    text = 'id,time,source,type,subject,why\ne-1,t,/x,plan.not_followed,P-1,"one\ntwo"\ne-2,t,/x,y,P-1,,,extra\n'
    first, second = read(tmp_path / "e.csv", text)
    assert (first.line_no, first.text, first.lines) == (2, 'e-1,t,/x,plan.not_followed,P-1,"one\ntwo"', 2)
    assert (second.line_no, second.fault) == (4, "has 8 cells, where the first line names 6 columns")


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ("id,time,type", "missing: source, subject"),
        ("id,time,source,type,subject,a,a", "contradict"),
        ("id,time,source,type,subject,child,child.ref", "contradict"),
    ],
)
def test_a_spreadsheet_without_the_header_is_refused_as_a_whole(tmp_path: Path, header: str, words: str) -> None:
    with pytest.raises(EventFileError, match=words):
        read(tmp_path / "e.csv", header + "\n1,2,3\n")


def test_a_file_that_cannot_be_read_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(EventFileError, match="save it as one of them"):
        list(read_events(tmp_path / "e.xlsx"))
    with pytest.raises(EventFileError, match="No such file"):
        list(read_events(tmp_path / "e.jsonl"))


def test_rejected_lines_are_kept_with_the_reason(tmp_path: Path) -> None:
    source = tmp_path / "e.jsonl"
    rejected = write_rejected(source, [RejectedLine(3, "e-3", "time", "has no offset", '{"id":"e-3"}')])
    assert (rejected.count, rejected.path.stat().st_mode & 0o777) == (1, 0o600)
    kept = json.loads((tmp_path / "e.jsonl.rejected.jsonl").read_text())
    assert kept == {"line": 3, "id": "e-3", "field": "time", "detail": "has no offset", "text": '{"id":"e-3"}'}


def test_lines_whose_moments_alone_differ_are_refused_for_one_reason(tmp_path: Path) -> None:
    words = [f"has no offset; write it as 2026-10-0{day}T16:20:00+01:00, if it is local time" for day in (5, 6)]
    lines = [RejectedLine(place, "e", "time", detail, "{}") for place, detail in enumerate([*words, "is missing"])]
    _, *reasons = write_rejected(tmp_path / "e.csv", lines).summary()
    assert reasons == [f"  2 × time: {words[0]}", "  1 × time: is missing"]


def test_nothing_rejected_makes_no_file(tmp_path: Path) -> None:
    assert write_rejected(tmp_path / "e.jsonl", []).count == 0
    assert not list(tmp_path.iterdir())


def test_a_run_leaves_its_own_rejected_lines_alone(tmp_path: Path) -> None:
    source, line = tmp_path / "e.jsonl", RejectedLine(3, "e-3", "time", "has no offset", "{}")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_text("kept")
    (tmp_path / "e.jsonl.rejected.jsonl").symlink_to(elsewhere)
    write_rejected(source, [line])
    assert (elsewhere.read_text(), "e-3" in (tmp_path / "e.jsonl.rejected.jsonl").read_text()) == ("kept", True)
    write_rejected(source, [])
    assert [path.name for path in tmp_path.iterdir()] == ["elsewhere"]


def test_a_place_that_cannot_be_written_is_said_and_the_reasons_remain(tmp_path: Path) -> None:
    line = RejectedLine(3, "e-3", "time", "has no offset", "{}")
    rejected = write_rejected(tmp_path / "no such folder" / "e.jsonl", [line, line])
    first, second = rejected.summary()
    assert "2 lines were refused" in first
    assert "cannot be written: No such file" in first
    assert second == "  2 × time: has no offset"

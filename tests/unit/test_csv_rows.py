"""Spreadsheets as councils save them: no line is swallowed, and what a person meant is understood."""

from __future__ import annotations

import string
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.files.event_files import read_events
from service.files.file_lines import EventFileError, ReadLine

HEADER = "id,time,source,type,subject,what,ref,due_on,child_seen,at"
AT = "2026-11-02T09:00:00+00:00"


def row(event_id: str, what: str = "", more: str = ",,") -> str:
    return f"{event_id},{AT},/dudley/x,action.agreed,P-1,{what},act-1,{more}"


def read(text: str | bytes, name: str = "e.csv") -> list[ReadLine]:
    with TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return list(read_events(path))


def ids(lines: list[ReadLine]) -> list[object]:
    """The id of each event that was read, and None for a refused line."""
    return [line.raw["id"] if isinstance(line.raw, dict) else None for line in lines]


@pytest.mark.parametrize(
    "what",
    [
        ('"ring them', "", 'she said "yes"'),  # closed further down, within a cell
        ('"ring them', "", "never again"),  # never closed
        ('"ring them', "", 'to the end",'),  # closed further down, in the wrong column
        ('"ring them', "", 'and close"'),  # closed further down, in the same column: as good as a pair
        ('"ring" them', "", ""),
        ('"ring them', '"and write', ""),
    ],
)
def test_an_open_quotation_mark_costs_its_own_line_and_swallows_no_other(what: tuple[str, str, str]) -> None:
    first, breach, last = what
    lines = read("\n".join([HEADER, row("a1", first), row("b1", breach), row("v1", last), row("v2")]))
    assert ids(lines)[0] is None
    assert "quotation mark" in str(lines[0].fault)
    assert [line.line_no for line in lines] == [2, 3, 4, 5]
    assert ids(lines)[-1] == "v2"
    if not breach:
        assert ids(lines)[1] == "b1"


def test_a_cell_may_hold_lines_quotation_marks_and_an_empty_line() -> None:
    text = "\n".join([HEADER, row("a1", '"say ""yes"",\n\nthen ring"'), row("a2", 'a 5" pipe'), row("a3")])
    first, second, third = read(text)
    assert isinstance(first.raw, dict)
    assert first.raw["data"]["what"] == 'say "yes",\n\nthen ring'
    assert (first.lines, second.line_no, ids([second, third])) == (3, 5, ["a2", "a3"])


@pytest.mark.parametrize("cells", ["a1", f"a1,{AT},/dudley/x,hub.consulted,P-1", row("a1") + ",,,one more"])
def test_a_wrong_number_of_cells_is_refused(cells: str) -> None:
    refused, taken = read(f"{HEADER}\n{cells}\n{row('a2')}\n")
    assert "where the first line names 10 columns" in str(refused.fault)
    assert ids([taken]) == ["a2"]


LETTERS = st.text(st.sampled_from(string.ascii_letters[:4] + '",;\t \n\r\u00e9'), max_size=40)


@given(st.lists(st.one_of(LETTERS, st.just(row("a1")), st.just(row("a2", '"x, y"'))), max_size=12))
def test_every_line_that_says_anything_comes_out_once(texts: list[str]) -> None:
    body = "\n".join(texts)
    lines = read(f"{HEADER}\n{body}".encode())
    covered = [line.line_no + place for line in lines for place in range(line.lines)]
    assert len(covered) == len(set(covered))
    numbered = enumerate(f"{HEADER}\n{body}".encode().splitlines(), start=1)
    saying = {number for number, text in numbered if number > 1 and any(letter.isalnum() for letter in text.decode())}
    assert saying <= set(covered)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_file_is_read_as_it_was_saved(encoding: str, delimiter: str, end: str) -> None:
    text = end.join([HEADER, row("a1", "Zo\u00eb\u2019s aunt"), row("a2")]).replace(",", delimiter)
    first, second = read(text.encode(encoding))
    assert isinstance(first.raw, dict)
    assert (first.raw["data"]["what"], ids([second])) == ("Zo\u00eb\u2019s aunt", ["a2"])


def test_bytes_of_no_known_encoding_and_a_workbook_are_said_for_what_they_are() -> None:
    first, second = read(f"{HEADER}\n{row('a1')}".encode() + b"\x81\xff\n" + row("a2").encode())
    assert first.fault == "is neither UTF-8 nor Windows-1252; save the file as CSV UTF-8"
    assert ids([second]) == ["a2"]
    with pytest.raises(EventFileError, match="is a workbook"):
        read(b"PK\x03\x04\x14\x00")


def test_what_excel_writes_for_itself_and_capitals_in_the_envelope_are_no_matter() -> None:
    (line,) = read(f"sep=;\r\nID;Time;Source;Type;Subject\r\na1;{AT};/dudley/x;hub.consulted;P-1\r\n")
    assert ids([line]) == ["a1"]


def test_capitals_in_a_column_are_no_matter_but_where_a_mark_protects_somebody() -> None:
    header = "Id;Time;Source;Type;Subject;Authority;Child.Ref;Role;Person;Poses_Risk"
    opened, assigned = read(
        f"{header}\r\na1;{AT};/dudley/x;plan.opened;P-1;dudley;C-1;;;\r\n"
        f"a2;{AT};/dudley/x;role.assigned;P-1;;;parent;m-1;Yes\r\n"
    )
    assert isinstance(opened.raw, dict)
    assert isinstance(assigned.raw, dict)
    assert opened.raw["data"] == {"authority": "dudley", "child": {"ref": "C-1"}}
    # It is told to a person that this is nearly `poses_risk`, and nobody takes it for one by chance.
    assert assigned.raw["data"] == {"role": "parent", "person": "m-1", "Poses_Risk": "Yes"}


@pytest.mark.parametrize(
    "day", ["05/11/2026", "5/11/2026", "05.11.2026", "5-Nov-2026", "5 November 2026", "2026-11-05"]
)
@pytest.mark.parametrize(("truth", "meant"), [("Yes", True), ("y", True), ("TRUE", True), ("No", False), ("0", False)])
def test_days_and_truth_are_taken_in_their_usual_spellings(day: str, truth: str, meant: bool) -> None:
    header = "id,time,source,type,subject,on,child_seen,by"
    (line,) = read(f"{header}\nv1,{AT},/dudley/x,visit.recorded,P-1,{day},{truth},w-1\n")
    assert isinstance(line.raw, dict)
    assert line.raw["data"] == {"on": "2026-11-05", "child_seen": meant, "by": "w-1"}


def test_a_word_of_a_list_is_taken_as_people_write_it_and_any_other_stays() -> None:
    rows = (
        f"a1,{AT},/dudley/x,plan.opened,P-1,Child in Need,Social-Care,,,",
        f"a2,{AT},/dudley/x,role.assigned,P-1,,,Team Manager,,",
        f"a3,{AT},/dudley/x,check_ins.started,P-1,,,,Mon; THU,Worker",
    )
    lines = read("id,time,source,type,subject,route,service,role,days,people\n" + "\n".join(rows) + "\n")
    assert [line.raw["data"] for line in lines if isinstance(line.raw, dict)] == [
        {"route": "child_in_need", "service": "social_care"},
        {"role": "team_manager"},
        {"days": ["mon", "thu"], "people": ["Worker"]},
    ]


@pytest.mark.parametrize("day", ["05/11/26", "31/02/2026", "11/25/2026", "tomorrow"])
def test_a_day_that_may_mean_two_days_is_left_for_the_event_to_refuse(day: str) -> None:
    (line,) = read(f"id,time,source,type,subject,on,by\nv1,{AT},/dudley/x,visit.recorded,P-1,{day},w-1\n")
    assert isinstance(line.raw, dict)
    assert line.raw["data"]["on"] == day


@pytest.mark.parametrize(("clock", "meant"), [("18:00:00", "18:00"), ("9:30", "09:30"), ("18:00", "18:00")])
def test_a_time_of_day_is_taken_as_a_spreadsheet_writes_it(clock: str, meant: str) -> None:
    header = "id,time,source,type,subject,people,days,at"
    (line,) = read(f"{header}\nc1,{AT},/dudley/x,check_ins.started,P-1,f-1; f-2,mon;thu,{clock}\n")
    assert isinstance(line.raw, dict)
    assert line.raw["data"] == {"people": ["f-1", "f-2"], "days": ["mon", "thu"], "at": meant}

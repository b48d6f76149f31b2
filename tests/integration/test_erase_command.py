"""`planwatch erase`: it says what would go, asks for the name once more, and leaves nothing in the file."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from tests.integration.service_process import ROOT, Places, caseload, event
from tests.integration.test_cli_commands import write


@pytest.fixture
async def places(tmp_path: Path) -> Places:
    """A database with one plan of Dudley's, and nobody at work on it."""
    places = Places(tmp_path).upgraded()
    status, _, err = await places.run("ingest", write(tmp_path / "e.jsonl", *caseload("P-1")))
    assert status == 0, err
    return places


async def test_without_an_answer_it_says_what_would_go_and_changes_nothing(places: Places) -> None:
    before = places.rows("SELECT count(*) FROM event")
    status, out, err = await places.run("erase", "dudley")
    assert (status, err) == (2, "planwatch: nothing was changed: nobody is there to be asked, say --yes\n")
    counts = {line.split("│")[1].strip(): line.split("│")[2].strip() for line in out.splitlines() if line[:1] == "│"}
    assert counts["event"] == str(before[0][0])
    assert counts["plan"] == "1"
    assert places.rows("SELECT count(*) FROM event") == before


async def test_it_leaves_neither_a_row_nor_a_word_in_the_file(places: Places) -> None:
    file = places.folder / "planwatch.db"
    assert b"P-1" in file.read_bytes()
    status, out, err = await places.run("erase", "dudley", "--yes")
    assert (status, out.splitlines()[-1].endswith("rows of dudley are erased.")) == (0, True)
    assert "Backups, logs, exported files and the providers keep what they have" in err
    assert "is built into planwatch" in err
    kept = b"".join(path.read_bytes() for path in file.parent.glob("planwatch.db*"))
    assert [word for word in (b"P-1", b"w-sw", b"/dudley/") if word in kept] == []
    assert await places.run("erase", "dudley", "--yes") == (
        2, "", "planwatch: nothing is stored of dudley: write it as `planwatch policy show` does\n"
    )  # fmt: skip


async def test_a_policy_file_that_would_come_back_is_taken_away_first(places: Places) -> None:
    folder = places.folder / "policies"
    folder.mkdir()
    shutil.copy(ROOT / "config" / "policies" / "dudley.yaml", folder)
    with_file = replace(places, more={"POLICIES": str(folder)})
    status, _, err = await with_file.run("erase", "dudley", "--yes")
    assert (status, "take the file away on every machine first" in err) == (2, True)
    assert places.rows("SELECT count(*) FROM plan") == [(1,)]


async def test_what_is_taken_in_afterwards_is_new(places: Places) -> None:
    [(highest,)] = places.rows("SELECT max(seq) FROM event")
    await places.run("erase", "dudley", "--yes")
    opened = event("person.recorded", "w-new", "n", authority="dudley", name="N", kind="worker")
    await places.run("ingest", write(places.folder / "n.jsonl", opened))
    assert places.rows("SELECT seq FROM event") == [(int(str(highest)) + 1,)]

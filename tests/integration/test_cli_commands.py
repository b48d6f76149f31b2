"""The commands, each as it is typed: what is printed, where, and with what status."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.integration.service_process import ROOT, Places, breach, caseload, event

COMMANDS = ("run", "ingest", "simulate", "explain", "policy check", "policy show", "token create", "token list",
            "token revoke", "db upgrade", "doctor", "backup", "erase", "export", "restore", "bounces",
            "hold", "pause", "release")  # fmt: skip


@pytest.fixture
def places(tmp_path: Path) -> Places:
    """A folder of its own, with a database that holds nothing."""
    return Places(tmp_path).upgraded()


def write(path: Path, *lines: object) -> str:
    path.write_text("\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines))
    return str(path)


def kept(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


async def test_ingest_takes_what_is_good_and_keeps_the_rest_with_the_reason(places: Places) -> None:
    bad = event("visit.recorded", "P-1", "bad", by=7)
    file = write(
        places.folder / "e.jsonl", *caseload("P-1"), "{oops", bad, event("visit.recorded", "P-9", "w", by="w-sw")
    )
    status, out, err = await places.run("ingest", file)
    assert (await places.run("ingest", file, "--strict"))[0] == 1
    rejected = kept(places.folder / "e.jsonl.rejected.jsonl")
    warned, waits, refused, *reasons = [line for line in err.splitlines() if not line.startswith("A new database")]
    assert warned == f"{file}: 1 warning about what was taken"
    assert waits.startswith("  line 10: visit.recorded w waits for a plan or person that nothing has introduced.")
    assert (status, refused) == (0, f"{file}: 2 lines were refused; see {file}.rejected.jsonl")
    assert [line.split(":")[0] for line in reasons] == ["  1 × line", "  1 × data.by"]
    assert [(one["line"], one["id"], one["field"]) for one in rejected] == [(8, None, "line"), (9, "bad", "data.by")]
    assert [cell.strip() for cell in out.splitlines()[-2].split("│")[2:6]] == ["7", "0", "1", "2"]


async def test_ingest_again_changes_nothing(places: Places) -> None:
    file = write(places.folder / "e.jsonl", *caseload("P-1"))
    await places.run("ingest", file)
    before = places.rows("SELECT count(*) FROM event")
    status, out, err = await places.run("ingest", file)
    assert (status, err, places.rows("SELECT count(*) FROM event")) == (0, "", before)
    assert [cell.strip() for cell in out.splitlines()[-2].split("│")[2:6]] == ["0", "7", "0", "0"]


async def test_a_spreadsheet_and_its_json_are_the_same_events(places: Places) -> None:
    names = "authority,name,kind,child.ref,child.initials,child.date_of_birth,route,concerns"
    rows = (f"id,time,source,type,subject,{names}",
            "a,2026-01-05T09:00:00+00:00,/x,person.recorded,w-1,dudley,N,worker,,,,,",
            "b,2026-01-05T09:00:00+00:00,/x,plan.opened,P-1,dudley,,,C,AB,2012-01-01,child_in_need,x;y")  # fmt: skip
    assert (await places.run("ingest", write(places.folder / "e.csv", *rows)))[0] == 0
    child = {"ref": "C", "initials": "AB", "date_of_birth": "2012-01-01"}
    data = {"authority": "dudley", "child": child, "route": "child_in_need", "concerns": ["x", "y"]}
    opened = {"specversion": "1.0", "id": "b", "source": "/x", "type": "plan.opened", "subject": "P-1"}
    same = opened | {"time": "2026-01-05T09:00:00+00:00", "data": data}
    _, out, _ = await places.run("ingest", write(places.folder / "e.jsonl", same))
    assert [cell.strip() for cell in out.splitlines()[-2].split("│")[2:4]] == ["0", "1"]


async def test_a_file_that_is_not_there_is_told_plainly(places: Places) -> None:
    status, _, err = await places.run("ingest", "nowhere.jsonl")
    assert (status, err) == (2, "planwatch: nowhere.jsonl: cannot be read (No such file or directory)\n")


async def test_tokens_are_made_listed_and_revoked(places: Places) -> None:
    create = ("token", "create", "--authority", "dudley", "--name", "case-system")
    _, made, said = await places.run(*create, "--until", "2199-12-31")
    assert said.split()[-1] == "case-system"
    listed = (await places.run("token", "list"))[1]
    assert ("case-system of dudley: good until 31 Dec 2199" in listed, "not used yet" in listed) == (True, True)
    assert made.strip() not in listed
    assert (await places.run("token", "revoke", "case-system"))[0] == 0
    status, _, err = await places.run("token", "revoke", "case-system")
    assert (status, "planwatch token list" in err) == (2, True)
    status, _, err = await places.run(*create)
    assert (status, "choose another name" in err) == (2, True)


async def test_the_database_is_brought_up_to_date_once(tmp_path: Path) -> None:
    places = Places(tmp_path)
    assert "from nothing to revision" in (await places.run("db", "upgrade"))[1]
    assert "is up to date" in (await places.run("db", "upgrade"))[1]
    # It will hold what is known of children: nobody else on this machine reads it.
    assert (tmp_path / "planwatch.db").stat().st_mode & 0o077 == 0


async def test_a_hold_is_begun_and_ended_by_somebody_and_for_a_reason(places: Places) -> None:
    assert "Nothing is sent any more" in (await places.run("hold", "--reason", "wrong list"))[1]
    assert "There is one already" in (await places.run("hold"))[1]
    assert "nothing is sent since" in (await places.run("doctor"))[1]
    _, out, _ = await places.run("release", "--yes")
    assert ("somebody wanted it: wrong list" in out, "It is ended" in out) == (True, True)
    [(by, ended_by, ended_at)] = places.rows('SELECT "by", ended_by, ended_at FROM interruption')
    assert (by, ended_at is None) == (ended_by, False)
    assert "neither a hold nor a pause" in (await places.run("release"))[1]


async def test_a_release_after_a_restore_says_what_is_taken_back(places: Places) -> None:
    await places.run("ingest", write(places.folder / "e.jsonl", *caseload("P-1"), breach("P-1")))
    await places.run("hold")
    places.write("UPDATE interruption SET cause = 'restored'")
    status, out, err = await places.run("release")
    assert (status, "nothing is repeated" in out, "--yes" in err) == (2, True, True)
    _, out, _ = await places.run("release", "--yes")
    assert "Withdrawn, whether they had gone or not: 4 alert." in out
    assert "BOTTOM LINE, plan P-1 of dudley: ask now" in out
    assert places.rows("SELECT state, reason FROM message WHERE urgent") == [("withdrawn", "restored")] * 4


async def test_a_release_asks_first_and_a_pause_says_how_long(places: Places) -> None:
    assert "bottom-line alerts go on" in (await places.run("pause", "--for", "90m"))[1]
    status, _, err = await places.run("release")
    assert (status, "--yes" in err) == (2, True)
    assert places.rows("SELECT ended_at FROM interruption") == [(None,)]
    status, _, err = await places.run("pause", "--for", "soon")
    assert (status, "30m, 2h or 1d" in err) == (2, True)


async def test_the_doctor_says_what_to_do(tmp_path: Path) -> None:
    status, out, _ = await Places(tmp_path).run("doctor")
    assert status == 1
    assert "do: planwatch db upgrade" in out
    assert "do: look at PLANWATCH_SMTP_HOST" in out
    assert "do: set PLANWATCH_BOUNCES" in out


async def test_a_wrong_setting_is_told_by_its_name(tmp_path: Path) -> None:
    status, _, err = await Places(tmp_path, more={"SMTP_HOTS": "x"}).run("run")
    assert status == 2
    assert "PLANWATCH_SMTP_HOTS" in err
    assert "PLANWATCH_SMTP_HOST" in err


async def test_without_any_channel_it_does_not_start(tmp_path: Path) -> None:
    nothing = {"SMTP_HOST": "", "MAIL_FROM": "", "TWILIO_ACCOUNT_SID": "", "TWILIO_AUTH_TOKEN": "", "TWILIO_FROM": ""}
    status, _, err = await Places(tmp_path, more=nothing).run("run", "--port", "0")
    assert status == 2
    assert "PLANWATCH_SMTP_HOST" in err
    assert "--demo" in err


@pytest.mark.parametrize("command", COMMANDS)
async def test_every_command_helps_with_an_example(places: Places, command: str) -> None:
    status, out, _ = await places.run(*command.split(), "--help")
    assert status == 0
    assert f"planwatch {command}" in " ".join(out.split())


LOADED = """
import atexit, sys
slow = {"sqlalchemy", "fastapi", "httpx2", "twilio", "jinja2", "rich", "holidays"}
atexit.register(lambda: print(*slow & sys.modules.keys(), file=sys.stderr))
from cli.main import main
main()
"""


def test_simulate_loads_no_database_and_no_settings() -> None:
    events = ROOT / "docs" / "examples" / "visit.jsonl"
    loaded = LOADED.replace('"jinja2"', '"pydantic_settings"')
    command = [sys.executable, "-c", loaded, "simulate", str(events)]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert ended.stderr.strip() == ""


def test_help_does_not_load_the_service() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", LOADED, "--help"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert all(command.split()[0] in ended.stdout for command in COMMANDS)
    assert ended.stderr.strip() == ""
    assert not [line for line in ended.stdout.splitlines()[2:] if line.endswith("...")], "a summary is cut off"


async def test_an_authoritys_events_come_out_as_they_went_in(places: Places) -> None:
    own, stray = caseload("P-1"), event("visit.recorded", "P-9", "w", by="w-sw")
    data = {"authority": "wakefield", "name": "N", "kind": "worker"}
    other = event("person.recorded", "w-1", "other") | {"source": "/wakefield/x", "data": data}
    await places.run("ingest", write(places.folder / "e.jsonl", *own, stray, other))
    status, out, err = await places.run("export", "dudley", "dudley.jsonl")
    assert (status, out, f"{len(own) + 1} events of dudley" in err) == (0, "", True)
    file = places.folder / "dudley.jsonl"
    assert kept(file) == [*own, stray]
    assert file.stat().st_mode & 0o077 == 0
    status, _, err = await places.run("export", "wakefield", "dudley.jsonl")
    assert (status, "is there already" in err, kept(file)) == (2, True, [*own, stray])
    status, _, err = await places.run("export", "dudlye", "nothing.jsonl")
    assert (status, "no events of dudlye" in err, (places.folder / "nothing.jsonl").exists()) == (2, True, False)

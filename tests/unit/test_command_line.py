"""What the command says to a newcomer's slips: a sentence and status 2, and no trace of the code."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from cli.doctor.machine import check_modes
from cli.doctor.settings import check_pages
from cli.main import app
from config.settings import Settings
from service.backups.package import BackupError
from service.backups.places import workplace
from tests.architecture.tree import ROOT


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in which nothing is."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PLANWATCH_DATABASE_URL", raising=False)
    return tmp_path


def command(*words: str) -> Result:
    return CliRunner().invoke(app, words, prog_name="planwatch")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("run --port 99999", "65535"),
        ("run --web --work", "leave both out"),
        ("run --speed 60", "add --demo"),
        ("token create --authority dudley", "planwatch db upgrade makes a new one"),
        ("token list", "there is no database at"),
        ("explain m-1", "there is no database at"),
    ],
)
def test_a_slip_gets_a_sentence(place: Path, words: str, says: str) -> None:
    answer = command(*words.split())
    assert answer.exit_code == 2
    assert says in " ".join(answer.output.split())
    assert "Traceback" not in answer.output
    assert list(place.iterdir()) == []


@pytest.mark.parametrize("words", ["docs messages", "policy show dudley"])
def test_a_reader_who_goes_is_no_fault(words: str) -> None:
    reads, writes = os.pipe()
    os.close(reads)
    program = [sys.executable, "-c", "from cli.main import main; main()", *words.split()]
    ended = subprocess.run(program, stdout=writes, stderr=subprocess.PIPE, cwd=ROOT, check=False)
    os.close(writes)
    assert (ended.returncode, ended.stderr) == (141, b"")


@pytest.mark.parametrize("address", ["postgresql://u:p@127.0.0.1:1/plans", "postgresql://u:p@nowhere.invalid/plans"])
def test_a_database_that_does_not_answer_is_said_in_a_sentence(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLANWATCH_DATABASE_URL", address)
    answer = command("token", "list")
    assert answer.exit_code == 2
    assert "the database does not answer" in answer.output


def test_db_upgrade_says_where_it_makes_a_new_database(place: Path) -> None:
    answer = command("db", "upgrade")
    assert answer.exit_code == 0
    assert f"A new database is made at {place / 'var' / 'planwatch.db'}" in answer.output.replace("\n", "")
    assert "new database" not in command("db", "upgrade").output


def test_the_version_is_told() -> None:
    assert command("--version").output.startswith("planwatch 0.")


def test_a_backup_does_not_make_the_folder_of_a_disk_that_is_not_mounted(place: Path) -> None:
    with pytest.raises(BackupError, match="is its disk mounted"), workplace(place / "mnt" / "backups" / "b.backup"):
        pass
    assert list(place.iterdir()) == []


async def test_the_doctor_sees_files_that_others_may_read(place: Path) -> None:
    database, env_file = place / "planwatch.db", place / ".env"
    for file in (database, env_file):
        file.touch(mode=0o600)
    settings = Settings(database_url=f"sqlite:///{database}")
    assert [result.remedy for result in await check_modes(settings, env_file)] == [None]
    env_file.chmod(0o640)
    assert [result.remedy for result in await check_modes(settings, env_file)] == [f"chmod 600 {env_file}"]


@pytest.mark.parametrize(
    ("address", "says"),
    [("https://plans.example.org", "people sign in over https"), ("http://127.0.0.1:8000", "on this machine alone")],
)
async def test_the_doctor_says_over_which_line_people_sign_in(address: str, says: str) -> None:
    (result,) = await check_pages(Settings(public_url=address))
    assert says in result.finding

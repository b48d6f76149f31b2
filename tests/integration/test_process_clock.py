"""The commands, by the machine's own clock: across the change of clocks, at the end of a year, and by night in summer.

The machine stands in London, so a moment that is taken from its local time is an hour wrong in summer.
"""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

import cli.policy  # noqa: F401 - its models are made before the clock is held, and know no date but the real one
from cli.doctor.machine import check_clock
from cli.main import app
from config.settings import Settings
from tests import northmere
from tests.databases import ON_SQLITE
from tests.machine_clock import LEFT_OUT, SUMMER_NIGHT, TWICE, YEARS_END, held, machine_in

Planwatch = Callable[..., str]


@pytest.fixture
def planwatch(database: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Planwatch]:
    """Runs a command at a moment, in this process and on a database of its own; what it prints."""
    monkeypatch.setenv("PLANWATCH_DATABASE_URL", database)

    def run(moment: datetime, *arguments: str) -> str:
        with held(moment):
            ended = CliRunner().invoke(app, arguments)
        assert ended.exit_code == 0, ended.output
        return ended.output

    with machine_in("Europe/London"):
        yield run


@ON_SQLITE
def test_tokens_of_the_hour_that_comes_twice_are_made_an_hour_apart(planwatch: Planwatch) -> None:
    for moment in TWICE:
        planwatch(moment, "token", "create", "--authority", "dudley")
    listed = planwatch(YEARS_END, "token", "list")
    assert [moment in listed for moment in ("2026-10-25 00:30 UTC", "2026-10-25 01:30 UTC")] == [True, True]


@ON_SQLITE
def test_a_token_is_revoked_in_the_last_second_of_the_year(planwatch: Planwatch) -> None:
    planwatch(SUMMER_NIGHT, "token", "create", "--authority", "dudley")
    [token_id] = re.findall(r"tok-\w+", planwatch(SUMMER_NIGHT, "token", "list"))
    planwatch(YEARS_END.replace(year=2027), "token", "revoke", token_id)
    listed = planwatch(YEARS_END.replace(year=2028), "token", "list")
    assert [moment in listed for moment in ("2027-06-30 23:30 UTC", "2027-12-31 23:59 UTC")] == [True, True]


@ON_SQLITE
@pytest.mark.parametrize(
    ("moment", "end"),
    [
        (TWICE[0], "Sun 25 Oct 2026 01:30"),
        (LEFT_OUT, "Sun 28 Mar 2027 02:30"),
        (YEARS_END, "Fri 01 Jan 2027 00:59"),
        (SUMMER_NIGHT, "Thu 01 Jul 2027 01:30"),
    ],
)
def test_a_pause_of_an_hour_lasts_an_hour(planwatch: Planwatch, moment: datetime, end: str) -> None:
    assert f"until {end}" in planwatch(moment, "pause", "--for", "1h")
    assert "There is one already" in planwatch(moment + timedelta(minutes=59), "pause")
    assert "neither a hold nor a pause" in planwatch(moment + timedelta(hours=1), "release")


@ON_SQLITE
def test_backups_of_the_hour_that_comes_twice_are_two_and_the_older_goes_first(
    planwatch: Planwatch, tmp_path: Path
) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    for moment in (*TWICE, YEARS_END, YEARS_END + timedelta(seconds=2)):
        planwatch(moment, "backup", "--keep", "3", str(folder))
    assert sorted(file.name for file in folder.iterdir()) == [
        "planwatch-20261025T013000Z.backup", "planwatch-20261231T235959Z.backup", "planwatch-20270101T000001Z.backup",
    ]  # fmt: skip


@ON_SQLITE
@pytest.mark.parametrize(
    ("last_moment", "review_by"),
    [
        (SUMMER_NIGHT.replace(hour=22), "2027-06-30"),
        (YEARS_END, "2026-12-31"),
        (datetime(2026, 10, 25, 23, 59, tzinfo=UTC), "2026-10-25"),
        (datetime(2027, 3, 28, 22, 59, tzinfo=UTC), "2027-03-28"),
    ],
)
def test_a_document_is_current_until_its_day_is_over_in_london(
    planwatch: Planwatch, tmp_path: Path, last_moment: datetime, review_by: str
) -> None:
    northmere.changed(tmp_path, document={"review_by": review_by})
    check = ("policy", "check", str(tmp_path / "config" / "policies" / "changed.yaml"))
    assert "which has passed" not in planwatch(last_moment, *check)
    assert "which has passed" in planwatch(last_moment + timedelta(hours=1), *check)


@pytest.mark.parametrize(
    ("moment", "hour"),
    [
        (TWICE[0], "Sun 25 Oct 2026 01:30"),
        (TWICE[1], "Sun 25 Oct 2026 01:30"),
        (LEFT_OUT + timedelta(hours=1), "Sun 28 Mar 2027 02:30"),
        (YEARS_END, "Thu 31 Dec 2026 23:59"),
        (SUMMER_NIGHT, "Thu 01 Jul 2027 00:30"),
    ],
)
async def test_the_doctor_tells_the_hour_of_london(moment: datetime, hour: str) -> None:
    with machine_in("America/New_York"), held(moment):
        [checked] = await check_clock(Settings(_env_file=None))
    assert checked.finding == f"{hour} in London"

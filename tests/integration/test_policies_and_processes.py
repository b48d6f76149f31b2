"""Real processes on one database: a policy file is changed while they run, and none decides by another version."""

import signal
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from service.domain.calendar import local_day
from tests.integration.service_process import Places, caseload, event, running, token_for_dudley
from tests.waiting import until

VISIT = "SELECT plan, due_on FROM obligation WHERE kind = 'visit_social_worker'"
DECIDES_BY = "SELECT policies FROM process WHERE kind <> 'sentinel'"
NEWEST = "SELECT max(number) FROM policy"
FAULTS = "SELECT policy_faults FROM process WHERE kind <> 'sentinel' AND policy_faults IS NOT NULL"


def write(folder: Path, days: int) -> None:
    """Say in a folder how often Dudley's social workers visit."""
    folder.mkdir(exist_ok=True)
    rule = f"{{rule: four-weekly-visit, due: {{every: {days} days}}}}"
    (folder / "dudley.yaml").write_text(f"extends: dudley\nrules: [{rule}]\n", encoding="utf-8")


def all_decide_by_the_newest(places: Places, processes: int) -> bool:
    """Whether so many processes live, and each says that it decides by what was put in force last."""
    return places.rows(DECIDES_BY) == places.rows(NEWEST) * processes


def visits(places: Places) -> dict[str, date]:
    """By plan, the day by which its visit is due."""
    return {str(plan): date.fromisoformat(str(due)) for plan, due in places.rows(VISIT)}


@pytest.mark.both_databases
async def test_processes_switch_together_and_none_takes_it_back(tmp_path: Path, database: str) -> None:
    ours, theirs, today = tmp_path / "ours", tmp_path / "theirs", local_day(datetime.now(UTC))
    write(ours, 20)
    write(theirs, 20)
    places = Places(tmp_path, more={"POLICIES": str(ours)}, database=database)
    token = await token_for_dudley(places)
    elsewhere = Places(tmp_path, more={"POLICIES": str(theirs)}, database=database)
    async with running(places, "--work") as worker, running(elsewhere, "--web") as web:
        await web.post(token, *caseload("P-1", "P-2"))
        assert set(visits(places).values()) == {today + timedelta(days=20)}

        write(ours, 10)
        worker.process.send_signal(signal.SIGHUP)
        await until(lambda: all_decide_by_the_newest(places, 2) and len(set(visits(places).values())) == 1)
        await until(lambda: set(visits(places).values()) == {today + timedelta(days=10)})
        # The other machine still has the older file: a plan that it opens, and its next start, go by what is in force.
        await web.post(token, *caseload("P-3"))
        assert visits(places)["P-3"] == today + timedelta(days=10)
        web.process.send_signal(signal.SIGHUP)
        await until(lambda: places.rows(FAULTS) != [])
        async with running(Places(tmp_path, database=database), "--web") as third:  # a machine without any folder
            await third.post(token, event("visit.recorded", "P-2", "v-2", by="w-sw", on=today.isoformat()))
            await until(lambda: all_decide_by_the_newest(places, 3))
        assert set(visits(places).values()) == {today + timedelta(days=10)}

        newest = places.rows(NEWEST)
        (ours / "dudley.yaml").write_text("extends: dudley\nrules: [{rule: four-weekly-visit, due: {evry: 5 days}}]\n")
        worker.process.send_signal(signal.SIGHUP)
        await until(lambda: any("evry" in str(row) for row in places.rows(FAULTS)))
        assert places.rows(NEWEST) == newest
        assert [await worker.stop(), await web.stop()] == [0, 0]

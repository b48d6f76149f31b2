"""Workers that are killed, paused, many: what arrived at the other end is counted."""

from pathlib import Path

import pytest

from bench.faults.many_processes import many_processes
from bench.faults.paused import paused
from bench.faults.random_kills import random_kills
from bench.faults.rig.case import DATABASES
from bench.faults.rig.shift import Shift

pytestmark = pytest.mark.faults
HANGS = 600.0  # seconds: it takes some, and ten times as many on a busy machine
ON_POSTGRESQL_IN_SMALL = [
    pytest.param(name, marks=[pytest.mark.faults_small] if name == "postgres" else []) for name in DATABASES
]


@pytest.mark.parametrize("database", DATABASES)
async def test_killed_workers_lose_nothing_and_repeat_only_what_cannot_be_asked_for(
    tmp_path: Path, database: str
) -> None:
    shift = Shift(120, workers=2, speed=100, lease=6, limit=HANGS)
    verdict = await random_kills(database, tmp_path, shift, kills=3)
    assert verdict.good, verdict.line()


@pytest.mark.parametrize("database", ON_POSTGRESQL_IN_SMALL)
async def test_several_processes_hand_over_each_message_once(tmp_path: Path, database: str) -> None:
    verdict = await many_processes(database, tmp_path, Shift(150, workers=3, speed=1, lease=60, limit=HANGS))
    assert verdict.good, verdict.line()


@pytest.mark.parametrize("database", DATABASES)
async def test_a_worker_that_slept_past_its_lease_repeats_nothing(tmp_path: Path, database: str) -> None:
    verdict = await paused(database, tmp_path, Shift(80, workers=2, speed=5, lease=2, limit=HANGS), pauses=2)
    assert verdict.good, verdict.line()

"""Killed at a named point, in small: every point once, on both databases by turns."""

from pathlib import Path

import pytest

from bench.faults.crash_points import POINTS, crash_points
from bench.faults.intake_points import POINTS as INTAKE
from bench.faults.intake_points import intake_points
from bench.faults.migration_killed import migration_killed
from bench.faults.rig.case import DATABASES

pytestmark = pytest.mark.timeout(180)  # it takes seconds, where the machine has nothing else to do


def turn(place: int) -> str:
    """One database after the other: all points on both is for the case at full size."""
    return DATABASES[place % len(DATABASES)]


@pytest.mark.parametrize("place", range(0, len(POINTS), 3))
async def test_killed_while_handing_over_nothing_is_lost_and_no_text_comes_twice(tmp_path: Path, place: int) -> None:
    verdict = await crash_points(turn(place), tmp_path, kills=1, points=POINTS[place : place + 1], speed=300)
    assert verdict.good, verdict.line()


@pytest.mark.parametrize("place", range(len(INTAKE)))
async def test_killed_while_taking_something_in_it_is_told_once(tmp_path: Path, place: int) -> None:
    verdict = await intake_points(turn(place), tmp_path, kills=1, faults=[INTAKE[place][0]])
    assert verdict.good, verdict.line()


@pytest.mark.parametrize("database", DATABASES)
async def test_killed_in_a_migration_the_next_start_finishes_it(tmp_path: Path, database: str) -> None:
    verdict = await migration_killed(database, tmp_path, kills=3)
    assert verdict.good, verdict.line()

"""Killed at a named point, in small: every point once, on both databases by turns."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest
from _pytest.mark import ParameterSet

from bench.faults.crash_points import POINTS, crash_points
from bench.faults.intake_points import POINTS as INTAKE
from bench.faults.intake_points import intake_points
from bench.faults.migration_killed import migration_killed
from bench.faults.rig.case import DATABASES

pytestmark = pytest.mark.faults


def turn(place: int) -> str:
    """One database after the other: all points on both is for the case at full size."""
    return DATABASES[place % len(DATABASES)]


def in_small(places: Iterable[int], point: str, points: Sequence[tuple[object, ...]]) -> list[ParameterSet]:
    """These places, the one of this point among those that every change must pass."""
    small = {place for place in places if points[place][1] == point}
    assert small
    return [pytest.param(place, marks=[pytest.mark.faults_small] if place in small else []) for place in places]


@pytest.mark.parametrize("place", in_small(range(0, len(POINTS), 3), "fifth answered, not recorded", POINTS))
async def test_killed_while_handing_over_nothing_is_lost_and_no_text_comes_twice(tmp_path: Path, place: int) -> None:
    verdict = await crash_points(turn(place), tmp_path, kills=1, points=POINTS[place : place + 1], speed=300)
    assert verdict.good, verdict.line()


@pytest.mark.parametrize("place", in_small(range(len(INTAKE)), "looked, nothing in the outbox", INTAKE))
async def test_killed_while_taking_something_in_it_is_told_once(tmp_path: Path, place: int) -> None:
    verdict = await intake_points(turn(place), tmp_path, kills=1, faults=[INTAKE[place][0]])
    assert verdict.good, verdict.line()


@pytest.mark.parametrize("database", DATABASES)
async def test_killed_in_a_migration_the_next_start_finishes_it(tmp_path: Path, database: str) -> None:
    verdict = await migration_killed(database, tmp_path, kills=3)
    assert verdict.good, verdict.line()

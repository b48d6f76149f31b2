"""Nobody reaches us for two days, and nothing of ours runs for two days, in small: the cases of `bench/faults`."""

from pathlib import Path

import pytest

from bench.faults.asleep import asleep
from bench.faults.rig.case import DATABASES
from bench.faults.two_days_down import two_days_down

pytestmark = pytest.mark.faults


@pytest.mark.parametrize("database", DATABASES)
async def test_no_answer_that_only_the_provider_got_is_lost_and_nobody_is_wronged(
    tmp_path: Path, database: str
) -> None:
    verdict = await two_days_down(database, tmp_path, answers=40)
    assert verdict.good, verdict.line()


@pytest.mark.parametrize("database", DATABASES)
async def test_after_two_days_asleep_alerts_come_at_once_and_the_rest_once(tmp_path: Path, database: str) -> None:
    verdict = await asleep(database, tmp_path, number=12)
    assert verdict.good, verdict.line()

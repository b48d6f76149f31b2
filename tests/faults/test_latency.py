"""How soon a breach is handed over, in small: the mark at full size is bench/faults/latency.py's."""

from pathlib import Path

import pytest

from bench.faults.latency import Load, latency
from bench.faults.rig.case import DATABASES

FEW = Load(seconds=3, rate=4, breach_every=4, queued=200, faster=())


@pytest.mark.faults
@pytest.mark.parametrize("database", DATABASES)
async def test_alerts_pass_a_backlog(tmp_path: Path, database: str) -> None:
    verdict = await latency(database, tmp_path, FEW)
    assert verdict.lost == 0, verdict.line()

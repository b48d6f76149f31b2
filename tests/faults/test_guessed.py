"""Guesses at passwords, codes, tokens and links, in small: nobody gets in, and the owner takes her alert."""

from pathlib import Path

import pytest

from bench.faults.guessed import guessed

GUESSES, HASHED = 150, 15


@pytest.mark.faults
async def test_a_guess_lets_nobody_in_and_keeps_nobody_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    verdict = await guessed("sqlite", tmp_path, GUESSES, HASHED)
    assert (verdict.unexpected, verdict.faults) == (0, ())

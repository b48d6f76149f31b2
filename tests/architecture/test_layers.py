"""Who may import whom: a change stays where it belongs only as long as nothing reaches across."""

import logging

import pytest
from importlinter.cli import lint_imports

from tests.architecture.tree import PACKAGES, ROOT


def test_every_contract_between_the_rooms_holds(capsys: pytest.CaptureFixture[str]) -> None:
    # The contracts, each with its sentence, stand in pyproject.toml.
    broken = lint_imports(config_filename=str(ROOT / "pyproject.toml"), no_cache=True)
    # It sets up logging for itself, and with that silences every logger that was there.
    for logger in logging.getLogger().manager.loggerDict.values():
        if isinstance(logger, logging.Logger):
            logger.disabled = False
    assert not broken, capsys.readouterr().out


def test_each_package_says_that_it_is_typed() -> None:
    assert [name for name in (*PACKAGES, "planwatch") if not (ROOT / name / "py.typed").exists()] == []

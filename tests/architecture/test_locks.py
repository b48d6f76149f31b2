"""The locks: they hold all that the project asks for, agree with each other, and work with any index."""

import re
import tomllib
from typing import Any

import pytest

from tests.architecture.tree import ROOT

LOCKS = ("requirements.lock", "requirements-dev.lock", "requirements-bench.lock")


def project() -> dict[str, Any]:
    """What pyproject.toml says."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


def locked(name: str) -> dict[str, str]:
    """Each package of a lock with its version."""
    return dict(re.findall(r"^([a-z0-9._-]+)==(\S+)", (ROOT / name).read_text(), re.MULTILINE))


def names(requirements: list[str]) -> set[str]:
    """The bare names in a list of requirements."""
    return {re.split(r"[\[<>=!~ ;]", requirement)[0].lower().replace("_", "-") for requirement in requirements}


def test_whatever_is_asked_for_is_locked() -> None:
    extras = project()["project"]["optional-dependencies"]
    needed = names([*project()["project"]["dependencies"], *extras["postgres"]])
    assert needed - set(locked("requirements.lock")) == set(), "make lock"
    assert names(extras["dev"]) - set(locked("requirements-dev.lock")) == set(), "make lock"
    assert names(extras["bench"]) - set(locked("requirements-bench.lock")) == set(), "make lock"


@pytest.mark.parametrize("name", LOCKS[1:])
def test_what_is_tested_and_measured_is_what_is_run(name: str) -> None:
    proved = locked(name)
    assert {package: proved.get(package) for package in locked("requirements.lock")} == locked("requirements.lock")


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_holds_hashes_and_no_address(name: str) -> None:
    text = (ROOT / name).read_text()
    assert "://" not in text
    assert "index-url" not in text
    assert text.count(" \\\n    --hash=sha256:") >= len(locked(name))

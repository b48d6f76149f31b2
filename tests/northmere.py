"""The council that does not exist: the examples of docs/policies.md, as files and as policies."""

import re
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from service.domain.policy import Policy
from service.files.policy_files import load_policy
from tests.architecture.tree import ROOT

DOCUMENT = ROOT / "docs" / "policies.md"
POLICY = "config/policies/northmere.yaml"
SECOND = "config/policies/northmere-2.yaml"
THIRD = "config/policies/northmere-3.yaml"
THIRD_TABLE = "config/policies/northmere-3.test.yaml"
COVERAGE = "config/policies/coverage/northmere.yaml"
TEST = "tests/journeys/test_northmere.py"


@cache
def text() -> str:
    """The document."""
    return DOCUMENT.read_text(encoding="utf-8")


@cache
def example(name: str) -> str:
    """The block of code that follows the first mention of a file in the document."""
    after = text()[text().index(f"`{name}`") :]
    found = re.search(r"^```\w+\n(.*?)^```$", after, re.MULTILINE | re.DOTALL)
    assert found is not None
    return found[1]


def write(folder: Path, *names: str) -> Path:
    """Write examples below a folder, each where the document says that it stands; the first one's path."""
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(example(name), encoding="utf-8")
    return folder / names[0]


def changed(folder: Path, **changes: Any) -> Policy:
    """Northmere's policy with other fields, or (by their names with `_` for `-`) other fields in its rules."""
    own = {name: value for name, value in changes.items() if name in Policy.model_fields}
    rules = [{"rule": name.replace("_", "-"), **change} for name, change in changes.items() if name not in own]
    write(folder, POLICY)
    path = folder / "config" / "policies" / "changed.yaml"
    path.write_text(yaml.safe_dump({"extends": "northmere.yaml", **own, "rules": rules}), encoding="utf-8")
    return load_policy(path)

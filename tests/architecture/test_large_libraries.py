"""A large library is loaded where somebody uses it: with every process it would take megabytes and a second."""

import ast
from collections.abc import Iterator

import pytest

from tests.architecture.tree import PACKAGES, modules

LARGE = {"authlib", "icalendar", "joserfc", "webauthn"}


@pytest.mark.parametrize("start", ["cli.run", "service.web.routes"])
def test_no_process_loads_what_only_a_passkey_an_issuer_or_a_calendar_needs(start: str) -> None:
    assert {name.partition(".")[0] for name in loaded_with(start)} & LARGE == set()


def test_a_worker_loads_no_pages() -> None:
    assert "service.web.routes" not in loaded_with("cli.run")


def loaded_with(start: str) -> set[str]:
    """The names of all that is imported with a module of ours, by it or by what it imports, before anything runs."""
    trees = {".".join(module.path.with_suffix("").parts): module.tree for module in modules(*PACKAGES)}
    loaded, to_read = set[str](), [start]
    while to_read:
        names = set(imported(trees[to_read.pop()])) - loaded
        loaded |= names
        to_read += names & set(trees)
    return loaded


def imported(tree: ast.Module) -> Iterator[str]:
    """What a module imports at once, each name with and without what is taken from it."""
    for statement in tree.body:
        if isinstance(statement, ast.Import):
            yield from (alias.name for alias in statement.names)
        elif isinstance(statement, ast.ImportFrom) and statement.module is not None:
            yield statement.module
            yield from (f"{statement.module}.{alias.name}" for alias in statement.names)

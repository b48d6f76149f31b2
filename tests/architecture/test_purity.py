"""The core gives the same answer to the same facts, always: it asks nobody for the time, for chance, or for a file."""

import ast
import sys
from collections.abc import Iterable, Iterator

import pytest

from tests.architecture.tree import PACKAGES, Module, modules

IMPURE_FUNCTIONS = {"open", "print", "input", "exec", "eval", "breakpoint", "__import__"}
IMPURE_MODULES = {"random", "uuid", "secrets", "os", "asyncio", "logging", "socket", "subprocess", "threading"}
PRESENT = {"now", "utcnow", "today"}
WALL_CLOCK = {"time.time", "time.time_ns", "time.localtime", "time.gmtime", "time.ctime"}


def calls(module: Module) -> Iterator[tuple[str, str]]:
    """Each call in a module: the dotted name of what is called, and where."""
    for node in module.nodes:
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute):
            yield ast.unparse(node.func), module.at(node)


def impure(module: Module) -> list[str]:
    """The calls that make the answer hang on more than the arguments."""
    return [
        f"{where}: {name}()"
        for name, where in calls(module)
        if name in IMPURE_FUNCTIONS or name.rpartition(".")[0] in IMPURE_MODULES or asks_for_the_present(name)
    ]


def imported(module: Module) -> set[str]:
    """The packages from which a module imports."""
    statements = [node for node in module.nodes if isinstance(node, ast.Import | ast.ImportFrom)]
    named = [node.module or "" if isinstance(node, ast.ImportFrom) else node.names[0].name for node in statements]
    return {name.split(".")[0] for name in named}


def asks_for_the_present(name: str) -> bool:
    """Whether a call by this name reads the machine's clock: `datetime.now`, `date.today`, `time.time` …"""
    owner, _, method = name.rpartition(".")
    return name in WALL_CLOCK or (owner.split(".")[-1] in {"datetime", "date"} and method in PRESENT)


def readers_of_the_wall_clock(found: Iterable[Module]) -> list[str]:
    """Where the machine's clock is read."""
    return [f"{where}: {name}()" for module in found for name, where in calls(module) if asks_for_the_present(name)]


def test_the_domain_calls_nothing_impure() -> None:
    # What it may import is held by a contract in pyproject.toml; this finds what needs no import to be impure.
    assert [fault for module in modules("service/domain") for fault in impure(module)] == []


def test_the_words_shared_with_the_outbox_are_as_pure() -> None:
    # The domain may import these and nothing else of another room: what they imported, it would.
    paths = {"notifications/message.py", "notifications/channels/spec.py"}
    shared = [module for module in modules("notifications") if str(module.path) in paths]
    assert len(shared) == len(paths)
    for module in shared:
        assert impure(module) == []
        assert imported(module) - {"notifications"} <= sys.stdlib_module_names - IMPURE_MODULES


def test_time_is_read_in_one_place() -> None:
    # Whoever reads the machine's clock by himself cannot be simulated, nor tested in time.
    others = [module for module in modules(*PACKAGES) if str(module.path) != "config/clock.py"]
    assert readers_of_the_wall_clock(others) == []


def test_the_environment_is_read_in_one_place() -> None:
    # A setting that is read elsewhere is in no list, and its faults are not told at the start.
    readers = {"os.getenv", "os.environ.get", "environ.get", "getenv"}
    others = [module for module in modules(*PACKAGES) if str(module.path) != "config/settings.py"]
    assert [where for module in others for name, where in calls(module) if name in readers] == []


@pytest.mark.parametrize(
    "code",
    [
        "datetime.now(UTC)",
        "datetime.datetime.utcnow()",
        "date.today()",
        "time.time()",
        "random.choice([1])",
        "uuid.uuid4()",
        "open('f')",
        "print(1)",
    ],
)
def test_each_of_these_would_be_found(code: str) -> None:
    assert impure(Module.of(code)) == [f"service/domain/example.py:1: {code.split('(')[0]}()"]


def test_what_only_sounds_like_it_is_left_alone() -> None:
    assert (
        impure(
            Module.of(
                "clock.now(); plan.open(); datetime(2026, 1, 1); time(8, 30); time.fromisoformat(t); timeline.time()"
            )
        )
        == []
    )

"""What is known by type of event stands in its row, and in no list elsewhere that a new type would be missing from."""

import ast
from collections.abc import Iterator

from service.domain.events.event_types import EVENT_TYPES
from tests.architecture.tree import PACKAGES, Module, modules

# Two types may stand side by side, where one undoes the other. Three are a kind of event, and that belongs in the rows.
MOST = 2
# Tests are left out: they say by hand what they are about, and what the rows must hold.


def listed(node: ast.AST) -> Iterator[list[ast.expr]]:
    """The expressions that stand side by side in a collection: its items, or the keys or the values of a dictionary."""
    if isinstance(node, ast.Set | ast.List | ast.Tuple):
        yield node.elts
    elif isinstance(node, ast.Dict):
        yield [key for key in node.keys if key is not None]
        yield node.values


def lists_of_types(module: Module) -> list[str]:
    """Where a module lists types of events."""
    return [
        f"{module.path}:{getattr(node, 'lineno', 0)}"
        for node in module.nodes
        for items in listed(node)
        if len({item.value for item in items if isinstance(item, ast.Constant)} & EVENT_TYPES.keys()) > MOST
    ]


def test_types_of_events_are_listed_in_their_table_alone() -> None:
    assert [where for module in modules(*PACKAGES, "bench") for where in lists_of_types(module)] == []


def test_a_list_is_found_in_a_set_in_keys_and_in_values() -> None:
    types = ("visit.recorded", "visit.shared", "visit.planned")
    texts = [f"a = {set(types)}", f"a = {dict.fromkeys(types, 1)}", f"a = {dict(enumerate(types))}", f"a = {types[:2]}"]
    assert [len(lists_of_types(Module.of(text))) for text in texts] == [1, 1, 1, 0]

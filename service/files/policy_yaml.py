"""The YAML of policies: plain and safe, with the line of each part; bounded, so that no file keeps a process busy."""

from __future__ import annotations

import re
from typing import Any

import yaml

try:
    from yaml import CSafeLoader as Loader
except ImportError:  # PyYAML may be built without its C part; the slower loader reads the same
    from yaml import SafeLoader as Loader  # type: ignore[assignment]

# No policy that a person writes comes near these.
_LONGEST, _DEEPEST, _MOST_PARTS = 2_000_000, 40, 200_000


class UnfitYamlError(ValueError):
    """A text that is YAML, and that no policy looks like. `line` is where."""

    def __init__(self, line: int, detail: str) -> None:
        super().__init__(detail)
        self.line = line


def parsed(text: str) -> tuple[Any, Any]:
    """The nodes of a text, which know their lines, and the data that they hold; None and None for an empty one.

    Raises a YAMLError where it is no YAML, an UnfitYamlError where it is nested too deep or too large.
    """
    if len(text) > _LONGEST:
        raise UnfitYamlError(1, f"is longer than any policy: it has {len(text):,} letters")
    _check_depth(text)
    loader = _PlainLoader(text)
    node = loader.get_single_node()
    if node is None:
        return None, None
    if _size(node, {}, frozenset()) > _MOST_PARTS:
        detail = "has an alias (*) within what it names, or too many; write out what they stand for"
        raise UnfitYamlError(node.start_mark.line + 1, detail)
    return node, loader.construct_document(node)


def _check_depth(text: str) -> None:
    # Nodes are made as deep as the text goes, which may end the process: so this is asked before.
    depth = 0
    for event in yaml.parse(text, Loader=Loader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > _DEEPEST:
            line = event.start_mark.line + 1 if event.start_mark is not None else 1
            raise UnfitYamlError(line, "is nested deeper than any policy; look for a stray bracket")


def _size(node: Any, sizes: dict[int, int], within: frozenset[int]) -> int:
    """How many parts a node has, once each alias stands for what it names."""
    if id(node) in within:
        return _MOST_PARTS + 1
    if id(node) not in sizes:
        inner = within | {id(node)}
        children = [part for pair in node.value for part in pair] if isinstance(node, yaml.MappingNode) else []
        children += node.value if isinstance(node, yaml.SequenceNode) else []
        sizes[id(node)] = 1 + sum(_size(child, sizes, inner) for child in children)
    return sizes[id(node)]


class _PlainLoader(Loader):
    """Safe YAML in which dates stay text. Only true and false are booleans: `on`, `off`, `yes` and `no` are words."""


_PlainLoader.yaml_implicit_resolvers = {
    initial: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith((":timestamp", ":bool"))]
    for initial, resolvers in Loader.yaml_implicit_resolvers.items()
}
_PlainLoader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("true|false"), ["t", "f"])

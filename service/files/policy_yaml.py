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
_TEXT, _LIST, _MAPPING = (f"tag:yaml.org,2002:{name}" for name in ("str", "seq", "map"))


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
    return (None, None) if node is None else (node, _Reader(loader).data(node))


def _check_depth(text: str) -> None:
    # Nodes are made as deep as the text goes, which may end the process: so this is asked before.
    depth, parser = 0, Loader(text)
    while (event := parser.get_event()) is not None:
        if isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        elif isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > _DEEPEST:
                line = event.start_mark.line + 1 if event.start_mark is not None else 1
                raise UnfitYamlError(line, "is nested deeper than any policy; look for a stray bracket")


class _Reader:
    """Reads the data that nodes hold in one pass, and counts its parts, each alias standing for what it names.

    PyYAML's own constructor takes three times as long, and is asked only for what is no text, list or mapping.
    """

    def __init__(self, loader: _PlainLoader) -> None:
        self._loader, self._parts = loader, 0
        self._read: dict[int, tuple[Any, int]] = {}  # by node: its data, and how many parts it has
        self._within: set[int] = set()

    def data(self, node: Any) -> Any:
        """The data of a node. Raises an UnfitYamlError where it holds itself, or too much."""
        if isinstance(node, yaml.ScalarNode):
            self._count(node, 1)
            return node.value if node.tag == _TEXT else self._loader.construct_object(node)
        if id(node) in self._read:
            data, parts = self._read[id(node)]
            self._count(node, parts)
            return data
        before = self._parts
        self._count(node, _MOST_PARTS if id(node) in self._within else 1)
        self._within.add(id(node))
        data = self._collection(node)
        self._within.discard(id(node))
        self._read[id(node)] = (data, self._parts - before)
        return data

    def _collection(self, node: Any) -> Any:
        if node.tag == _LIST and isinstance(node, yaml.SequenceNode):
            return [self.data(item) for item in node.value]
        if node.tag != _MAPPING or not isinstance(node, yaml.MappingNode):
            raise UnfitYamlError(node.start_mark.line + 1, f"has a tag that no policy needs; leave out {node.tag}")
        self._loader.flatten_mapping(node)
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise UnfitYamlError(key.start_mark.line + 1, "has a list or a mapping for a name; write a text")
        return {self.data(key): self.data(value) for key, value in node.value}

    def _count(self, node: Any, parts: int) -> None:
        self._parts += parts
        if self._parts > _MOST_PARTS:
            detail = "has an alias (*) within what it names, or too many; write out what they stand for"
            raise UnfitYamlError(node.start_mark.line + 1, detail)


class _PlainLoader(Loader):
    """Safe YAML in which dates stay text. Only true and false are booleans: `on`, `off`, `yes` and `no` are words."""


_PlainLoader.yaml_implicit_resolvers = {
    initial: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith((":timestamp", ":bool"))]
    for initial, resolvers in Loader.yaml_implicit_resolvers.items()
}
_PlainLoader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("true|false"), ["t", "f"])

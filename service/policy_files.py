"""Policies from YAML files, with file, line and what was expected in every complaint."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from service.domain.policy import Policy, PolicyBook

try:
    from yaml import CSafeLoader as Loader
except ImportError:  # PyYAML may be built without its C part; the slower loader reads the same
    from yaml import SafeLoader as Loader  # type: ignore[assignment]

POLICIES = Path(__file__).resolve().parent.parent / "config" / "policies"


@dataclass(frozen=True, slots=True)
class PolicyFault:
    """One thing that is wrong in a policy file."""

    file: str
    line: int
    field: str
    detail: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.field}: {self.detail}"


class PolicyFileError(ValueError):
    """A policy file that cannot be used; `faults` holds everything that is wrong with it."""

    def __init__(self, faults: Sequence[PolicyFault]) -> None:
        super().__init__("\n".join(str(fault) for fault in faults))
        self.faults = tuple(faults)


def load_policies(folder: Path | None = None) -> PolicyBook:
    """Read every `*.yaml` of a folder; the built-in policies, where none is given. PolicyFileError tells all faults."""
    faults: list[PolicyFault] = []
    policies: list[Policy] = []
    for path in sorted((folder or POLICIES).glob("*.yaml")):
        try:
            policies.append(load_policy(path))
        except PolicyFileError as error:
            faults.extend(error.faults)
    if faults:
        raise PolicyFileError(faults)
    return PolicyBook(policies)


def load_policy(path: Path) -> Policy:
    """Read one policy file. PolicyFileError tells all its faults, each with its line."""
    try:
        text = path.read_text(encoding="utf-8")
        node = yaml.compose(text, Loader)
        data = yaml.load(text, _PlainLoader)  # noqa: S506 - a safe loader, less the dates
    except (yaml.YAMLError, UnicodeDecodeError, OSError) as error:
        raise PolicyFileError([_unreadable(path, error)]) from None
    if not isinstance(data, dict):
        expected = "must hold a policy: 'authority:', 'rules:' and so on"
        raise PolicyFileError([PolicyFault(path.name, 1, "file", expected)])
    try:
        return Policy.model_validate(data)
    except ValidationError as error:
        raise PolicyFileError([_fault(path, node, detail) for detail in error.errors(include_url=False)]) from None


class _PlainLoader(Loader):
    """Safe YAML in which dates stay text, and `on`, `off`, `yes`, `no` are words: only true and false are booleans."""


_PlainLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith((":timestamp", ":bool"))]
    for first, resolvers in Loader.yaml_implicit_resolvers.items()
}
_PlainLoader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("true|false"), ["t", "f"])


def _unreadable(path: Path, error: Exception) -> PolicyFault:
    mark = getattr(error, "problem_mark", None)
    line = mark.line + 1 if mark else 1
    detail = getattr(error, "problem", None) or "cannot be read as UTF-8 text"
    return PolicyFault(path.name, line, "YAML", str(detail))


def _fault(path: Path, node: Any, error: Any) -> PolicyFault:
    where = [part for part in error["loc"] if not str(part).startswith("function-")]
    message = error["msg"].removeprefix("Value error, ")
    if error["type"] == "extra_forbidden":
        message = "is not a word of the policy language here; see docs/policies.md"
    field = ".".join(str(part) for part in where) or "policy"
    return PolicyFault(path.name, _line(node, where), field, message)


def _line(node: Any, where: Iterable[object]) -> int:
    """The line of the innermost part of a path that the file has."""
    line: int = node.start_mark.line
    for part in where:
        child = _child(node, part)
        if child is None:
            break
        key, node = child
        line = key.start_mark.line
    return line + 1


def _child(node: Any, part: object) -> tuple[Any, Any] | None:
    if isinstance(node, yaml.MappingNode):
        return next(((key, value) for key, value in node.value if key.value == str(part)), None)
    if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
        return node.value[part], node.value[part]
    return None

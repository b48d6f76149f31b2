"""Policies from YAML files. Every fault names the file, the line and what was expected."""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from service.domain.language.base import Vocabulary
from service.domain.policy import Policy, PolicyBook
from service.files.extends import extended, own_place, with_defaults
from service.files.policy_faults import keys_given_twice, no_yaml, once_each
from service.files.policy_places import POLICIES, SUFFIXES, is_table, named_policy, names_to_take_from
from service.files.policy_yaml import UnfitYamlError, parsed
from service.files.taken_rules import ExtendsError

_DEFAULTS = POLICIES.parent / "policy_defaults.yaml"


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
    """A policy file cannot be used. `faults` holds everything that is wrong with it."""

    def __init__(self, faults: Sequence[PolicyFault]) -> None:
        super().__init__("\n".join(str(fault) for fault in faults))
        self.faults = tuple(faults)


def load_policies(folder: Path | None = None) -> PolicyBook:
    """The built-in policies, and above them those of a folder. Raises a PolicyFileError with all faults."""
    loaded, faults = load_each(policy_paths(folder))
    if faults:
        raise PolicyFileError(faults)
    return PolicyBook(loaded.values())


def policy_paths(folder: Path | None = None) -> list[Path]:
    """The files of all policies. A file of the folder stands above the built-in one of its name; others are added.

    Raises a PolicyFileError where the folder cannot be read.
    """
    built_in = sorted(POLICIES.glob("*.yaml"))
    if folder is None:
        return built_in
    try:
        outside = sorted(path for path in folder.iterdir() if path.suffix in SUFFIXES and not is_table(path))
    except OSError as error:
        detail = f"cannot be read: {error.strerror or type(error).__name__}"
        raise PolicyFileError([PolicyFault(str(folder), 1, "folder", detail)]) from None
    covered = {path.stem for path in outside}
    return [*(path for path in built_in if path.stem not in covered), *outside]


def load_each(paths: Iterable[Path]) -> tuple[dict[Path, Policy], list[PolicyFault]]:
    """The policies of these files that are sound, by file, and what is wrong with the others."""
    policies: dict[Path, Policy] = {}
    faults: list[PolicyFault] = []
    for path in paths:
        try:
            policy = load_policy(path)
        except PolicyFileError as error:
            faults.extend(error.faults)
            continue
        clash = _clash(path, policy, policies)
        faults += [clash] if clash is not None else []
        policies |= {path: policy} if clash is None else {}
    return policies, faults


def _clash(path: Path, policy: Policy, loaded: Mapping[Path, Policy]) -> PolicyFault | None:
    """What is wrong with a policy beside the others, which came before it."""
    if path.stem != policy.authority and (POLICIES / f"{path.stem}.yaml").is_file() and path.parent != POLICIES:
        detail = f"'{path.stem}' is a built-in authority, and this file stands in place of its policy; rename the file"
        return PolicyFault(path.name, line_in(path, ["authority"]), "authority", detail)
    for other_path, other in loaded.items():
        same = [word for word in ("version", "in_force_from") if getattr(other, word) == getattr(policy, word)]
        if other.authority == policy.authority and same:
            detail = (
                f"is the same as in {other_path.name}; a further version has its own. To put this file in the place of "
                f"that one, name it {other_path.name}"
            )
            return PolicyFault(path.name, line_in(path, same[:1]), same[0], detail)
    return None


def load_policy(path: Path) -> Policy:
    """Read one policy file, and what it extends or takes. Raises a PolicyFileError with all faults and their lines."""
    return _built_in(path) if path.parent == POLICIES else _load(path)


@cache
def _built_in(path: Path) -> Policy:
    """A policy that comes with the program, and so does not change while it runs: it is read once."""
    return _load(path)


def _load(path: Path) -> Policy:
    with _garbage_left():
        return _read_whole(path)


@contextmanager
def _garbage_left() -> Iterator[None]:
    """Collects no garbage meanwhile: among the many parts of a large file that takes as long as reading it."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _read_whole(path: Path) -> Policy:
    node, own = _read(path)
    whole = with_defaults(_whole(path, node, own, (path.resolve(),)), _defaults())
    try:
        return policy_of(whole)
    except ValidationError as error:
        faults = [_fault(path, node, place, own, whole) for place in once_each(error.errors(include_url=False))]
        raise PolicyFileError(faults) from None


def policy_of(whole: Mapping[str, object]) -> Policy:
    """The policy that a file says, or that was stored. Raises a ValidationError."""
    return Policy.model_validate(whole, context=Vocabulary.of(whole))


def data_of(path: Path) -> dict[str, object]:
    """What a file in the YAML of policies holds. Raises a PolicyFileError where it cannot be read."""
    return _read(path)[1]


def line_in(path: Path, where: Sequence[object]) -> int:
    """The line of the innermost part of a path (`("rules", 3, "due")`) that a policy file has; at least its first."""
    return _line(_read(path)[0], where)


def place_in(path: Path, where: Sequence[object]) -> tuple[object, ...]:
    """The path in the file for a place of the whole policy. The two differ in a file that extends another."""
    node, own = _read(path)
    return own_place(own, _whole(path, node, own, (path.resolve(),)), where)


@cache
def _defaults() -> dict[str, Any]:
    return _read(_DEFAULTS)[1]


def _read(path: Path) -> tuple[Any, dict[str, Any]]:
    text = ""
    try:
        text = path.read_text(encoding="utf-8")
        node, data = parsed(text)
    except yaml.MarkedYAMLError as error:
        raise PolicyFileError([PolicyFault(path.name, *no_yaml(text, error))]) from None
    except (UnfitYamlError, yaml.YAMLError, UnicodeDecodeError, OSError) as error:
        raise PolicyFileError([_unreadable(path, error)]) from None
    named = data if isinstance(data, dict) else {}
    twice = [(line, _by_name(named, where), detail) for line, where, detail in keys_given_twice(node)]
    if twice:
        raise PolicyFileError([PolicyFault(path.name, line, _dotted(where), detail) for line, where, detail in twice])
    if not isinstance(data, dict):
        expected = "must hold a policy: 'authority:', 'rules:' and so on"
        raise PolicyFileError([PolicyFault(path.name, 1, "file", expected)])
    return node, data


def _whole(path: Path, node: Any, own: dict[str, Any], seen: tuple[Path, ...]) -> dict[str, object]:
    """The policy together with all policies that it extends or takes rules from, directly or not."""

    def load_base(name: str) -> dict[str, object]:
        base = named_policy(name, path.parent)
        word = ["extends"] if own.get("extends") == name else ["rules_from", name]
        if base is None:
            nearest = get_close_matches(name, names_to_take_from(path.parent), n=1)
            hint = f"; did you mean {nearest[0]}?" if nearest else ""
            raise ExtendsError(word, f"'{name}' is neither a built-in policy nor a file beside this one{hint}")
        if base.resolve() in seen:
            raise ExtendsError(word, f"'{name}' is made from this policy itself")
        return _whole(base, *_read(base), (*seen, base.resolve()))

    try:
        return extended(own, load_base)
    except ExtendsError as fault:
        place = PolicyFault(path.name, _line(node, fault.where), _dotted(fault.where), fault.detail)
        raise PolicyFileError([place]) from None


def _unreadable(path: Path, error: Exception) -> PolicyFault:
    mark = getattr(error, "problem_mark", None)
    line = mark.line + 1 if mark else 1
    if isinstance(error, OSError):
        return PolicyFault(path.name, line, "file", f"cannot be read: {error.strerror or type(error).__name__}")
    if isinstance(error, UnfitYamlError):
        return PolicyFault(path.name, error.line, "YAML", str(error))
    if isinstance(error, yaml.reader.ReaderError):
        return PolicyFault(path.name, line, "YAML", f"holds a sign that is no text: {error.reason}; delete it")
    return PolicyFault(path.name, line, "YAML", "is not UTF-8 text; save it as UTF-8, in your editor's Save As")


def _fault(
    path: Path, node: Any, fault: tuple[Sequence[object], str], own: dict[str, Any], whole: dict[str, object]
) -> PolicyFault:
    where, detail = fault
    place = own_place(own, whole, where)
    field = _dotted(_by_name(whole, where)) or "policy"
    return PolicyFault(path.name, _line(node, place), field, detail)


def _by_name(whole: Mapping[str, object], place: Sequence[object]) -> Sequence[object]:
    """A place as a person names it: a rule by its name; a list of one that is written without the list as it stands."""
    rules = whole.get("rules")
    if len(place) < 2 or place[0] != "rules" or not isinstance(rules, list) or not isinstance(place[1], int):
        return place
    rule = rules[place[1]] if place[1] < len(rules) else None
    if not isinstance(rule, dict) or not isinstance(rule.get("rule"), str):
        return place
    unlisted = len(place) > 3 and place[3] == 0 and not isinstance(rule.get(str(place[2])), list)
    return [rule["rule"], *place[2:3], *place[4 if unlisted else 3 :]]


def _dotted(where: Iterable[object]) -> str:
    return ".".join(str(part) for part in where)


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

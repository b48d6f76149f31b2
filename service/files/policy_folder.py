"""The policies that one process has as files: built in, and above them those of a folder. A faulty one costs no other.

An authority's files belong together: where one of them is faulty, none of them is proposed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from service.domain.harm_words import named_harms
from service.domain.policy import Policy, PolicyBook
from service.files.policy_files import (
    PolicyFault,
    PolicyFileError,
    line_in,
    load_each,
    place_in,
    policy_paths,
)
from service.files.policy_places import POLICIES, named_policy

_AUTHORITY = re.compile(r"""^authority:\s*["']?([a-z0-9_]+)""", re.MULTILINE)
_EXTENDS = re.compile(r"""^extends:\s*["']?([\w./-]+)""", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class PolicyFiles:
    """What the files of a process say.

    `book`: the sound policies, the built-in one where the file above it is faulty. `outside`: the authorities of which
    the folder says something. `refused`: those whose files are faulty. `unread`: the folder itself cannot be read, so
    nobody knows what it would say.
    """

    book: PolicyBook
    outside: frozenset[str] = frozenset()
    refused: frozenset[str] = frozenset()
    faults: tuple[PolicyFault, ...] = ()
    unread: bool = False


def read_policies(folder: Path | None = None) -> PolicyFiles:
    """Read all policies of a process. What is faulty is left out, and told in `faults`."""
    try:
        paths = policy_paths(folder)
    except PolicyFileError as error:
        built_in, _ = load_each(policy_paths())
        return PolicyFiles(PolicyBook(built_in.values()), faults=error.faults, unread=True)
    loaded, faults = load_each(paths)
    harms = {path: _harms(path, policy) for path, policy in loaded.items()}
    refused = frozenset(_authority_of(path) for path in paths if path not in loaded or harms[path])
    outside = frozenset(_authority_of(path) for path in paths if path.parent != POLICIES)
    policies = [policy for policy in loaded.values() if policy.authority not in refused]
    every_fault = (*faults, *(fault for faults_of_file in harms.values() for fault in faults_of_file))
    return PolicyFiles(PolicyBook([*policies, *_instead(refused)]), outside, refused, every_fault)


def _harms(path: Path, policy: Policy) -> list[PolicyFault]:
    """Words that name a harm, in a file from outside: those that are built in were looked at."""
    if path.parent == POLICIES:
        return []
    return [
        PolicyFault(path.name, line_in(path, place_in(path, harm.where)), harm.field, harm.detail)
        for harm in named_harms(policy)
    ]


def _authority_of(path: Path, seen: frozenset[Path] = frozenset()) -> str:
    """Whose policy a file holds, as far as a faulty one says: else it goes by its name."""
    try:
        text = path.read_text(encoding="utf-8-sig", errors="replace")
    except OSError:
        return path.stem
    if (named := _AUTHORITY.search(text)) is not None:
        return named[1]
    base = _EXTENDS.search(text)
    other = named_policy(base[1], path.parent) if base is not None else None
    return path.stem if other is None or path in seen else _authority_of(other, seen | {path})


def _instead(refused: Iterable[str]) -> Iterator[Policy]:
    """The built-in policies of authorities whose files from outside are faulty."""
    built_in, _ = load_each(policy_paths())
    yield from (policy for policy in built_in.values() if policy.authority in set(refused))

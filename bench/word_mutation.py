"""Changes planwatch's defaults for policies and the recipes for clocks, bit by bit: a test must notice each change.

A change of the defaults is noticed when a council's line or scenario fails, and a change of a recipe when its history
owes or tells something else. A recipe loses each of its words in turn. What is refused is noticed, too.
"""

from __future__ import annotations

import copy
import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from service.domain.policy import PolicyBook
from service.files.extends import with_defaults
from service.files.policy_files import PolicyFileError, data_of, policy_of
from service.files.policy_places import POLICIES
from tests import sixth
from tests.unit.language import test_recipes

DEFAULTS = POLICIES.parent / "policy_defaults.yaml"
# What in a line of the defaults is exchanged, and for what.
EXCHANGES: Sequence[tuple[str, Sequence[str]]] = (
    (r'"08:00"', ('"08:10"',)),
    (r'"18:00"', ('"17:30"',)),
    (r'"08:30"', ('"08:40"',)),
    (r'"09:00"', ('"09:10"',)),
    (r'"15:00"', ('"15:10"',)),
    (r"first morning, ", ("", "at opening, ")),
    (r", on the morning", ("", ", in the afternoon")),
    (r", in the afternoon", ("",)),
    (r"at: next morning", ("at: once",)),
    (r"\[owner, team_manager\]", ("[owner]", "[team_manager]")),
    (r"to: \[service_manager\]", ("to: [head_of_service]",)),
    (r", as: escalation", ("",)),
    (r"\[team_manager, configuration_owner\]", ("[configuration_owner]", "[team_manager]")),
    (r"lead: social_worker", ("lead: team_manager",)),
    (r"then: \[team_manager\]", ("then: [service_manager]",)),
)
_NUMBER = re.compile(r"(?<=[\[ ])\d+(?= working days)|(?<=running: )\d+")
# What a recipe says of its rule in words for people, and what any rule has.
_OF_PEOPLE = frozenset({"rule", "kind", "label", "milestones", "kinds"})


def default_changes() -> Iterator[tuple[str, str]]:
    """Every change of a line of the defaults: what it is, and the whole text with it."""
    lines = DEFAULTS.read_text(encoding="utf-8").splitlines(keepends=True)
    for index, line in enumerate(lines):
        if line.lstrip().startswith("#"):
            continue
        for start, end, new in _changes_of(line):
            changed = f"{line[:start]}{new}{line[end:]}"
            text = "".join([*lines[:index], changed, *lines[index + 1 :]])
            yield f"{DEFAULTS.name}:{index + 1}: {line.strip()} -> {changed.strip()}", text


def _changes_of(line: str) -> Iterator[tuple[int, int, str]]:
    for match in _NUMBER.finditer(line):
        yield from ((match.start(), match.end(), str(int(match[0]) + step)) for step in (1, -1))
    for pattern, others in EXCHANGES:
        for match in re.finditer(pattern, line):
            yield from ((match.start(), match.end(), other) for other in others)


def book_with(defaults: str) -> PolicyBook | None:
    """The built-in policies on other defaults; None where one of them is refused."""
    words = yaml.safe_load(defaults)
    try:
        return PolicyBook(policy_of(with_defaults(data_of(path), words)) for path in sorted(POLICIES.glob("*.yaml")))
    except ValidationError:
        return None


def recipe_changes() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Each recipe without one of its words: the recipe's name, the word, and what is left."""
    for name, text in test_recipes.recipes().items():
        whole = test_recipes.typed(yaml.load(text, Loader=yaml.BaseLoader))  # noqa: S506 - texts alone
        for path in _places(whole):
            if _at(whole, path) == sixth.USUAL.get(str(path[-1])):  # it goes without saying in these tests
                continue
            yield name, ".".join(map(str, path)), _without(whole, path)


def _places(part: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    inner: Iterator[tuple[str | int, Any]] = iter(())
    if isinstance(part, dict):
        inner = ((name, value) for name, value in part.items() if name not in _OF_PEOPLE)
    elif isinstance(part, list):
        inner = iter(enumerate(part))
    for name, value in inner:
        yield (*path, name)
        yield from _places(value, (*path, name))


def _at(whole: Mapping[str, Any], path: Sequence[str | int]) -> Any:
    part: Any = whole
    for name in path:
        part = part[name]
    return part


def _without(whole: Mapping[str, Any], path: Sequence[str | int]) -> dict[str, Any]:
    changed = copy.deepcopy(dict(whole))
    part: Any = changed
    for name in path[:-1]:
        part = part[name]
    del part[path[-1]]
    return changed


def outcome(name: str, words: Mapping[str, Any], folder: Path) -> object:
    """What a recipe's history owes and tells, or that its policy is refused."""
    rules = words.get("rules", [])
    rest = {word: value for word, value in words.items() if word != "rules"}
    try:
        policy = sixth.policy(folder, *(sixth.rule(**rule) for rule in rules), **rest)
    except PolicyFileError:
        return "refused"
    outcomes = []
    for tried in (test_recipes.TRIED, test_recipes.TRIED_TOO):
        history, until, _ = tried.get(name, test_recipes.TRIED[name])
        ran = sixth.run(policy, sixth.opened(), history, until=until)
        told = [(message.person, message.channel, message.template, message.at) for message in ran.messages]
        outcomes.append((sorted(ran.dues), {duty.about for duty in ran.obligations}, told))
    return outcomes


def unnoticed_in_recipes() -> tuple[int, list[str]]:
    """How many changes of recipes there are, and which of them nothing notices."""
    number, left = 0, []
    with tempfile.TemporaryDirectory() as folder:
        for name, word, changed in recipe_changes():
            number += 1
            whole = test_recipes.typed(yaml.load(test_recipes.recipes()[name], Loader=yaml.BaseLoader))  # noqa: S506
            if outcome(name, changed, Path(folder)) == outcome(name, whole, Path(folder)):
                left.append(f"recipe '{name}' without {word}")
    return number, left

"""Nothing left out in silence: for each sentence of a guidance, what answers it, or why nothing here does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from service.domain.policy import Policy, PolicyBook
from service.files.policy_files import POLICIES
from service.policy_tools.safeguards import SAFEGUARDS

COVERAGE = POLICIES / "coverage"


def _one_or_more(value: object) -> object:
    return value if isinstance(value, list) else [value]


class Entry(BaseModel):
    """One sentence of a guidance that asks something: its number, and what answers it beside the rules that cite it."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    id: Annotated[str, Field(pattern=r"^[A-Z]{2,5}-\d{2,3}$")]
    title: Annotated[str, Field(min_length=3)]
    safety: Annotated[list[str], BeforeValidator(_one_or_more)] = Field(default_factory=list)
    not_ours: str | None = None


class Coverage(BaseModel):
    """All sentences of one authority's guidance, in its order."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    authority: str
    entries: list[Entry]


class CoverageFileError(ValueError):
    """A coverage file that cannot be used: which, where in it, and what is wrong."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What answers one sentence. All three empty: nothing does, which is a fault."""

    entry: Entry
    rules: tuple[str, ...]

    @property
    def text(self) -> str:
        """The answer as a policy lead reads it."""
        found = [f"rule {', '.join(f'`{name}`' for name in self.rules)}"] if self.rules else []
        found += [f"safeguard `{name}`" for name in self.entry.safety]
        found += [f"not ours: {self.entry.not_ours}"] if self.entry.not_ours else []
        return "; ".join(found) or "NO ANSWER"


def load_coverage(folder: Path | None = None) -> dict[str, Coverage]:
    """Every coverage file of a folder (the built-in ones, where none is given) by authority. CoverageFileError."""
    found = (_load(path) for path in sorted((folder or COVERAGE).glob("*.yaml")))
    return {one.authority: one for one in found}


def answers(coverage: Coverage, policies: Sequence[Policy]) -> list[Answer]:
    """What answers each sentence, in the guidance's order, by the rules of the newest version of the policy."""
    citing = _citing(policies[-1:])
    return [Answer(entry, tuple(citing.get(entry.id, ()))) for entry in coverage.entries]


def coverage_faults(coverages: Mapping[str, Coverage], book: PolicyBook) -> list[str]:
    """Sentences without an answer or with two that contradict, unknown names, rules that cite what does not exist."""
    found: list[str] = []
    for name, coverage in coverages.items():
        if name in book.authorities:
            found += [f"{name}: {fault}" for fault in _faults(coverage, book.versions(name))]
        else:
            found.append(f"{name}: has a coverage file, and no policy")
    return found


def _faults(coverage: Coverage, policies: Sequence[Policy]) -> Iterator[str]:
    ids = [entry.id for entry in coverage.entries]
    yield from (f"{twice} is listed twice" for twice in sorted({one for one in ids if ids.count(one) > 1}))
    for cited, rules in _citing(policies).items():
        if cited not in ids:
            yield f"rule '{rules[0]}' cites {cited}, which is no entry of the coverage file"
    for answer in answers(coverage, policies):
        entry = answer.entry
        if not (answer.rules or entry.safety or entry.not_ours):
            ways = "cite it in a rule, name a safeguard, or say why it is not ours"
            yield f"{entry.id} ({entry.title}) has no answer: {ways}"
        if answer.rules and entry.not_ours:
            yield f"{entry.id} is cited by rule '{answer.rules[0]}', and said to be not ours"
        yield from (f"{entry.id}: '{name}' is no safeguard" for name in entry.safety if name not in SAFEGUARDS)


def _citing(policies: Sequence[Policy]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for policy in policies:
        for rule in policy.rules:
            for cited in rule.source.answers:
                found.setdefault(cited, []).append(rule.rule)
    return found


def _load(path: Path) -> Coverage:
    try:
        return Coverage.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (yaml.YAMLError, UnicodeDecodeError, OSError) as error:
        raise CoverageFileError(f"{path.name}: cannot be read: {error}") from None
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise CoverageFileError(f"{path.name}: {where}: {first['msg']}") from None

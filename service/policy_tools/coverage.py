"""The coverage of a guidance: for each of its sentences, what answers it, or why nothing here does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from service.domain.policy import Policy, PolicyBook
from service.files.policy_files import load_policy
from service.files.policy_places import POLICIES, shared_paths
from service.policy_tools.safeguards import SAFEGUARDS

COVERAGE = POLICIES / "coverage"


def _one_or_more(value: object) -> object:
    return value if isinstance(value, list) else [value]


class GuidanceEntry(BaseModel):
    """One sentence of a guidance that asks for something: its number, and its answers apart from rules that cite it."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    id: Annotated[str, Field(pattern=r"^[A-Z]{2,5}-\d{2,3}$")]
    title: Annotated[str, Field(min_length=3)]
    safety: Annotated[list[str], BeforeValidator(_one_or_more)] = Field(default_factory=list)
    not_ours: str | None = None
    # What it rests on that planwatch does not have yet: nothing answers it until then.
    still_open: str | None = None


class Coverage(BaseModel):
    """All sentences of one authority's guidance, in the guidance's order."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    authority: str
    entries: list[GuidanceEntry]


class CoverageFileError(ValueError):
    """A coverage file cannot be used; the words name the file, the place in it and the fault."""


@dataclass(frozen=True, slots=True)
class CoverageAnswer:
    """The answer to one sentence: rules, safeguards, why it is not ours, or what is missing until it is answered.

    If all are empty, that is a fault.
    """

    entry: GuidanceEntry
    rules: tuple[str, ...]

    @property
    def text(self) -> str:
        """The answer in words for a policy lead."""
        parts = [f"rule {', '.join(f'`{name}`' for name in self.rules)}"] if self.rules else []
        parts += [f"safeguard `{name}`" for name in self.entry.safety]
        parts += [f"not ours: {self.entry.not_ours}"] if self.entry.not_ours else []
        parts += [f"still open: {self.entry.still_open}"] if self.entry.still_open else []
        return "; ".join(parts) or "NO ANSWER"


def load_coverage(folder: Path | None = None) -> dict[str, Coverage]:
    """Load the coverage files of a folder (None: the built-in ones), by authority; may raise `CoverageFileError`."""
    coverages = (_load(path) for path in sorted((folder or COVERAGE).glob("*.yaml")))
    return {coverage.authority: coverage for coverage in coverages}


def answers(coverage: Coverage, policies: Sequence[Policy]) -> list[CoverageAnswer]:
    """The answers to all sentences, in the guidance's order, by the rules of the newest version of the policy."""
    citing = _citing(policies[-1:])
    return [CoverageAnswer(entry, tuple(citing.get(entry.id, ()))) for entry in coverage.entries]


def coverage_faults(coverages: Mapping[str, Coverage], book: PolicyBook) -> list[str]:
    """The faults: sentences with no answer or two that contradict, unknown names, rules that cite a missing entry."""
    faults: list[str] = []
    for name, coverage in coverages.items():
        if name in book.authorities:
            faults += [f"{name}: {fault}" for fault in _faults(coverage, book.versions(name))]
        else:
            faults.append(f"{name}: has a coverage file, and no policy")
    return faults


def _faults(coverage: Coverage, policies: Sequence[Policy]) -> Iterator[str]:
    ids = [entry.id for entry in coverage.entries]
    yield from (f"{twice} is listed twice" for twice in sorted({id_ for id_ in ids if ids.count(id_) > 1}))
    for cited, rules in _citing(policies).items():
        if cited not in ids and cited not in _answered_by_shared_rules():
            yield f"rule '{rules[0]}' cites {cited}, which is no entry of the coverage file"
    for answer in answers(coverage, policies):
        yield from _faults_of(answer)


def _faults_of(answer: CoverageAnswer) -> Iterator[str]:
    entry = answer.entry
    if not (answer.rules or entry.safety or entry.not_ours or entry.still_open):
        ways = "cite it in a rule, name a safeguard, say why it is not ours, or what it waits for (still_open)"
        yield f"{entry.id} ({entry.title}) has no answer: {ways}"
    if answer.rules and entry.not_ours:
        yield f"{entry.id} is cited by rule '{answer.rules[0]}', and said to be not ours"
    if entry.still_open and entry.not_ours:
        yield f"{entry.id} is said to be still open, and to be not ours"
    yield from (f"{entry.id}: '{name}' is no safeguard" for name in entry.safety if name not in SAFEGUARDS)


def _citing(policies: Sequence[Policy]) -> dict[str, list[str]]:
    citing: dict[str, list[str]] = {}
    for policy in policies:
        for rule in policy.rules:
            for cited in rule.source.answers:
                citing.setdefault(cited, []).append(rule.rule)
    return citing


@cache
def _answered_by_shared_rules() -> frozenset[str]:
    """What the built-in shared rules answer: the law's duties, which are in no council's own guidance."""
    return frozenset(
        cited for path in shared_paths() for rule in load_policy(path).rules for cited in rule.source.answers
    )


def _load(path: Path) -> Coverage:
    try:
        return Coverage.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (yaml.YAMLError, UnicodeDecodeError, OSError) as error:
        raise CoverageFileError(f"{path.name}: cannot be read: {error}") from None
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in fault["loc"])
        raise CoverageFileError(f"{path.name}: {place}: {fault['msg']}") from None

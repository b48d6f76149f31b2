"""A sixth council, which does not exist: policies of a few lines, and what a simulated history owes and tells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from notifications.message import Message
from service.domain.events.event import parse_event
from service.domain.obligations.obligation import Obligation
from service.domain.policy import Policy, PolicyBook
from service.domain.telling.records import Problem
from service.files.policy_files import load_policy
from service.simulation import Simulation, Told
from tests.unit.domain.builders import Raw, clock, fact, flat

AUTHORITY = "eastmere"
WORKERS = {
    "w-lead": "social_worker", "w-tm": "team_manager", "w-sm": "service_manager", "w-head": "head_of_service",
    "w-oncall": "on_call_manager", "w-config": "configuration_owner",
}  # fmt: skip
HEAD: Mapping[str, Any] = {
    "authority": AUTHORITY, "title": "Eastmere", "version": 1, "in_force_from": "2026-01-01",
    "document": {"title": "Working alongside", "issued": "2026", "review_by": "none stated", "file": "eastmere.txt"},
    "bottom_line": {"alert": ["team_manager"]},
}  # fmt: skip
USUAL: Mapping[str, Any] = {
    "rule": "duty", "kind": "review", "label": "something to be done", "asks": "It is done.",
    "done_when": "It is recorded.", "source": {"section": "1", "answers": ["EAS-01"], "basis": "guidance"},
    "owed_by": "social_worker", "ladder": "short",
}  # fmt: skip


def rule(**words: Any) -> dict[str, Any]:
    """A rule with the usual words, and these."""
    return {**USUAL, **words}


def write(folder: Path, *rules: Mapping[str, Any], **words: Any) -> Path:
    """A policy file of these rules."""
    path = folder / f"{AUTHORITY}.yaml"
    path.write_text(yaml.safe_dump({**HEAD, **words, "rules": list(rules)}, sort_keys=False), encoding="utf-8")
    return path


def policy(folder: Path, *rules: Mapping[str, Any], **words: Any) -> Policy:
    """A policy of these rules."""
    return load_policy(write(folder, *rules, **words))


def people(roles: Mapping[str, str] = WORKERS) -> list[Raw]:
    """Everybody who works there, in a role for the whole authority."""
    known: list[Raw] = []
    for number, (who, role) in enumerate(roles.items()):
        reach = {"email": f"{who}@example.org", "mobile": f"+4477009008{number:02}"}
        data = {"authority": AUTHORITY, "name": "Nym", "kind": "worker", **reach}
        known.append(fact("2026-01-02", "person.recorded", who, **data))
        known.append(fact("2026-01-02", "role.assigned", None, authority=AUTHORITY, role=role, person=who))
    return known


def opened(when: str = "2026-11-02T09:00", **data: object) -> Raw:
    """A plan opened at a moment."""
    child = {"ref": "C-1", "initials": "Q.Z."}
    usual: dict[str, object] = {"authority": AUTHORITY, "child": child, "route": "child_in_need"}
    return fact(when, "plan.opened", "P-1", **{**usual, **data})


def reached(when: str, milestone: str, **data: object) -> Raw:
    """A milestone reached at a moment, or on a day (`on`)."""
    return fact(when, "milestone.reached", "P-1", milestone=milestone, **data)


def scheduled(when: str, milestone: str, **data: object) -> Raw:
    """A milestone put in the diary at a moment."""
    return fact(when, "milestone.scheduled", "P-1", milestone=milestone, **data)


@dataclass(frozen=True)
class Run:
    """What a simulated history left standing, and what it told."""

    obligations: list[Obligation]
    told: list[Told]

    @property
    def dues(self) -> list[tuple[str, str]]:
        """The due day, and the moment if there is one, and the status of each duty."""
        return [(_due(duty), duty.status.value) for duty in self.obligations]

    @property
    def messages(self) -> list[Message]:
        """All messages, in order."""
        return [entry for entry in self.told if isinstance(entry, Message)]

    def moments(self, person: str) -> list[str]:
        """When a person is told, and what: `2026-11-03 08:30 email digest`."""
        mine = (entry for entry in self.messages if entry.person == person)
        return [f"{clock(entry.at)} {entry.channel.value} {entry.template}" for entry in mine]

    def problems(self, code: str) -> list[Problem]:
        """The problems of a kind."""
        return [entry for entry in self.told if isinstance(entry, Problem) and entry.code == code]


def _due(duty: Obligation) -> str:
    return duty.due_on.isoformat() if duty.due_at is None else clock(duty.due_at)


def run(
    policy: Policy, *history: Any, until: str, roles: Mapping[str, str] = WORKERS, later: Sequence[Policy] = ()
) -> Run:
    """Simulate a history under the policy and its later versions, to the end of a local day."""
    book = PolicyBook([policy, *later])
    events = [parse_event(raw, book.authorities) for raw in flat(people(roles), *history)]
    simulation = Simulation(book)
    told = list(simulation.run(events, date.fromisoformat(until)))
    return Run(simulation.standing(), told)

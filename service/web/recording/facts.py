"""What can be recorded on pages: the facts of a plan, by the names that they have in addresses, and their forms."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache

from service.domain.events.event_type import EventType, SubjectKind
from service.domain.events.event_types import EVENT_TYPES
from service.domain.events.payloads.alerts import AlertAcknowledged, AlertClosed
from service.domain.events.payloads.check_ins import CheckInReplied
from service.domain.events.payloads.plans import PlanOpened
from service.domain.language.milestones import Milestone
from service.domain.language.patterns import Pattern
from service.domain.policy import Policy, Rule
from service.web.recording.fields import FormField, fields_of
from service.web.recording.labels import OWN_LABELS, WHEN

_REACHED, _SCHEDULED = "milestone.reached", "milestone.scheduled"
# What comes from the case system, as a text, or on the page of an alert.
_ELSEWHERE = (PlanOpened, CheckInReplied, AlertAcknowledged, AlertClosed)
_AHEAD = frozenset({"meeting.scheduled", "visit.planned", _SCHEDULED})
_AHEAD_HINTS = {False: "Like tomorrow, Friday 14:30 or 5/12.", True: "With the hour, like tomorrow 14:30."}
_GROUPS: Sequence[tuple[str, str]] = (
    ("visits", "Visits"),
    ("meetings", "Meetings and network"),
    ("plans", "The plan"),
    ("base", "Assessment and steps"),
    ("actions", "Actions"),
    ("risks", "Risk, flags and incidents"),
    ("alerts", "Bottom lines"),
    ("check_ins", "Check-ins"),
    ("milestones", "Milestones of this council’s guidance"),
)


@dataclass(frozen=True, slots=True)
class RecordableFact:
    """A fact that can be recorded. `name` stands in the address; `preset` is what its name says of its data already."""

    name: str
    event_type: EventType
    title: str
    group: str
    preset: Mapping[str, str]
    milestone: Milestone | None = None

    @property
    def fields(self) -> tuple[FormField, ...]:
        """The questions of its form."""
        questions = fields_of(self.event_type.model, ahead=self.event_type.name in _AHEAD)
        open_questions = tuple(_said_so(field, self) for field in questions if field.name not in self.preset)
        return open_questions if self.milestone is None else _as_declared(open_questions, self.milestone)


def _as_declared(questions: Sequence[FormField], milestone: Milestone) -> tuple[FormField, ...]:
    """The questions that the policy wants for a milestone, in its order: always when; by whom, where that counts."""
    if milestone.by:
        questions = [
            replace(field, required=True, held_by=tuple(milestone.by)) if field.name == "by" else field
            for field in questions
        ]
    if not milestone.form:
        return tuple(questions)
    by_name = {"on" if field.name == WHEN else field.name: field for field in questions}
    names = milestone.form if "on" in milestone.form else ["on", *milestone.form]
    return tuple(replace(by_name[name], at_once=True) for name in names)


def _said_so(field: FormField, fact: RecordableFact) -> FormField:
    """A question in the words of its fact."""
    label = OWN_LABELS.get((fact.event_type.name, field.name), field.label)
    if field.is_ahead and field.name == "when":
        return replace(field, label="When is it?", hint=_AHEAD_HINTS[field.needs_clock], required=True)
    if field.name == "by" and fact.event_type.name in _AHEAD:
        return replace(field, label="Who is to do it?")
    return replace(field, label=label)


def recordable(policy: Policy) -> dict[str, RecordableFact]:
    """Every fact of a plan that people record, by name: those of the contract, and the policy's milestones."""
    facts = [*_of_every_policy()]
    for name, milestone in policy.milestones.items():
        types = [_REACHED, *([_SCHEDULED] if milestone.scheduled else [])]
        facts += [_of_milestone(type_name, name, milestone) for type_name in types]
    return {fact.name: fact for fact in facts}


def grouped(facts: Mapping[str, RecordableFact]) -> list[tuple[str, list[RecordableFact]]]:
    """The facts under headings, in the order in which people look for them."""
    groups = [(title, [fact for fact in facts.values() if fact.group == group]) for group, title in _GROUPS]
    return [(title, members) for title, members in groups if members]


def ways_to_meet(rule: Rule, facts: Mapping[str, RecordableFact]) -> list[RecordableFact]:
    """The facts that can meet a duty, the plainest first; each with what the rule asks of its data."""
    return [fact for pattern in rule.met if (fact := _way(pattern, facts)) is not None]


def _way(pattern: Pattern, facts: Mapping[str, RecordableFact]) -> RecordableFact | None:
    milestone = pattern.where.get("milestone")
    first_milestone = milestone[0] if isinstance(milestone, list) else milestone
    name = f"{pattern.when}.{first_milestone}" if first_milestone else pattern.when
    return facts.get(name)


def asked_by(rule: Rule, fact: RecordableFact) -> dict[str, str]:
    """What a fact has to say so that it meets a rule, as it is typed into its form."""
    for pattern in rule.met:
        if pattern.when == fact.event_type.name:
            return {name: _typed(value) for name, value in pattern.where.items() if name not in fact.preset}
    return {}


def _typed(value: object) -> str:
    if isinstance(value, list):
        value = value[0] if len(value) == 1 else ""  # of several the one who records says which it was
    return {True: "yes", False: "no"}.get(value, str(value)) if isinstance(value, bool) else str(value)


def _is_recorded(row: EventType) -> bool:
    return row.subject is SubjectKind.PLAN and row.model not in _ELSEWHERE and not row.name.startswith("milestone.")


@cache
def _of_every_policy() -> Sequence[RecordableFact]:
    """The facts of the contract: a page with many duties asks for them once for each."""
    return [_of_type(row) for row in EVENT_TYPES.values() if _is_recorded(row)]


def _of_type(row: EventType) -> RecordableFact:
    return RecordableFact(row.name, row, title_of(row), row.model.__module__.rpartition(".")[2], {})


def _of_milestone(type_name: str, name: str, milestone: Milestone) -> RecordableFact:
    title = milestone.label[:1].upper() + milestone.label[1:]
    preset, row, address = {"milestone": name}, EVENT_TYPES[type_name], f"{type_name}.{name}"
    if type_name == _SCHEDULED:
        return RecordableFact(address, row, f"{title}: put in the diary", "milestones", preset)
    return RecordableFact(address, row, title, "milestones", preset, milestone)


def title_of(row: EventType) -> str:
    """What happened, without whom and when."""
    plain = re.sub(r"(?:[:,][^{]*| by | to | for | of )\{.*$", "", row.on_pages)
    words = re.sub(r"\{(\w+)\}", lambda match: _stands_for(match[1], row), plain)
    return words[:1].upper() + words[1:]


def _stands_for(name: str, row: EventType) -> str:
    """What stands in a title for a field: somebody, one of two values, or what the field is."""
    if name in row.persons:
        return "somebody"
    field = next((field for field in fields_of(row.model) if field.name == name), None)
    values = [value for value, _ in field.choices] if field else []
    return " or ".join(values) if 0 < len(values) <= _FEW else name


_FEW = 2

"""What a plan offers for the questions of its forms: whom and what its facts tell of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from service.domain.events.event_types import EVENT_TYPES
from service.domain.events.payloads.actions import ActionAgreed
from service.domain.events.payloads.base import Names
from service.domain.events.payloads.meetings import MeetingHeld, MeetingScheduled
from service.domain.events.payloads.milestones import MilestoneScheduled
from service.domain.events.payloads.visits import VisitPlanned, VisitRecorded
from service.domain.events.vocabulary import SHARED_ROLES, SINGLE_ROLES
from service.domain.fact import Fact
from service.domain.facts import Facts
from service.domain.obligations.obligation import Obligation
from service.domain.policy import Policy, Rule
from service.domain.telling.wording import role_text
from service.web import words
from service.web.recording.answers import Choices, Offered
from service.web.recording.facts import RecordableFact, asked_by
from service.web.recording.fields import AnswerKind, FormField, in_words
from service.web.recording.labels import WHEN

_SHORT = 80
_PREFIXES = {"action": "A", "meeting": "M", "visit": "V", "milestone": "S"}


def offered(facts: Facts, names: Mapping[str, str], policy: Policy) -> Offered:
    """What the forms of a plan offer to choose from, the newest first."""
    roles = sorted({*SINGLE_ROLES, *SHARED_ROLES, *policy.roles}, key=role_text)
    people = [(name, _person(name, facts, names)) for name in facts.directory.persons]
    references = {
        Names.MEETING: [*_of(facts, "meeting.held", MeetingHeld), *_of(facts, "meeting.scheduled", MeetingScheduled)],
        Names.PLANNED_VISIT: _of(facts, "visit.planned", VisitPlanned),
        Names.ACTION: _of(facts, "action.agreed", ActionAgreed),
        Names.VISIT: [(fact.id, _visit(fact, names)) for fact in _newest(facts, "visit.recorded")],
        Names.ALERT: [(fact.id, f"Bottom line crossed {_at(fact)}") for fact in _newest(facts, "bottom_line.breached")],
        Names.EVENT: [(fact.id, _any(fact)) for fact in reversed(facts.everything)][:_SHORT],
    }
    references[Names.ANYTHING] = [*people, *references[Names.ACTION], *references[Names.MEETING]]
    by_name = sorted(people, key=lambda choice: choice[1].casefold())
    named = {role for milestone in policy.milestones.values() for role in milestone.by}
    held = {role: _ever_acted_as(role, facts) for role in named}
    return Offered(by_name, [(role, in_words(role)) for role in roles], references, held)


def proposed(
    fact: RecordableFact, facts: Facts, viewer: str, duty: Obligation | None, rule: Rule | None
) -> dict[str, list[str]]:
    """What stands in a form before anything is typed: today, the viewer, and what the duty asks that it is to meet."""
    answers: dict[str, list[str]] = {}
    for question in fact.fields:
        if question.name == WHEN and not question.is_ahead:
            answers[WHEN] = ["now" if question.needs_clock else "today"]
        elif question.name == "ref" and question.answer is AnswerKind.LINE:
            answers["ref"] = [_new_reference(fact, facts)]
        elif question.name == "by" and viewer in facts.directory.persons and _may_say(question, viewer, facts):
            answers["by"] = [viewer]
        elif question.answer is AnswerKind.YES_NO and question.default is False:
            answers[question.name] = ["no"]
    return answers if duty is None or rule is None else answers | _asked_by_duty(fact, duty, rule)


def _asked_by_duty(fact: RecordableFact, duty: Obligation, rule: Rule) -> dict[str, list[str]]:
    yes_or_no = {question.name for question in fact.fields if question.answer is AnswerKind.YES_NO}
    answers = {name: [value] for name, value in asked_by(rule, fact).items() if value and name not in yes_or_no}
    return answers | _about(fact, duty, rule)


def _ever_acted_as(role: str, facts: Facts) -> frozenset[str]:
    """Everybody who has held a role, or is named to stand in for one of them."""
    holders = facts.ever_held(role)
    recorded = [person for holder in holders if (person := facts.directory.persons.get(holder)) is not None]
    covers = {absence.cover for person in recorded for absence in person.absences if absence.cover is not None}
    return frozenset({*holders, *covers})


def _may_say(question: FormField, viewer: str, facts: Facts) -> bool:
    return not question.held_by or any(viewer in _ever_acted_as(role, facts) for role in question.held_by)


def _about(fact: RecordableFact, duty: Obligation, rule: Rule) -> dict[str, list[str]]:
    """What a fact must have in common with the duty that it is to meet."""
    pattern = next((pattern for pattern in rule.met if pattern.when == fact.event_type.name), None)
    values = {"about": duty.about, "opening": duty.from_event, "version": None}
    same = pattern.same.items() if pattern else ()
    return {name: [value] for name, same_as in same if (value := values[same_as]) is not None}


def _new_reference(fact: RecordableFact, facts: Facts) -> str:
    """A short reference that the plan has not used."""
    prefix = _PREFIXES.get(fact.event_type.name.partition(".")[0], "R")
    used = {str(fact_so_far.get("ref")) for fact_so_far in facts.everything}
    return next(name for number in range(1, len(used) + 2) if (name := f"{prefix}-{number}") not in used)


def _newest(facts: Facts, name: str) -> Iterator[Fact]:
    return iter(sorted(facts.ever(name), key=lambda fact: (fact.day, fact.time), reverse=True))


def _of(facts: Facts, name: str, model: type) -> Choices:
    """What events of a type gave a reference to, each once."""
    by_ref: dict[str, str] = {}
    for fact in _newest(facts, name):
        ref = fact.get("ref")
        if isinstance(fact.data, model) and isinstance(ref, str):
            by_ref.setdefault(ref, _referred(fact, ref))
    return list(by_ref.items())


def _referred(fact: Fact, ref: str) -> str:
    match fact.data:
        case ActionAgreed(what=what):
            return f"{ref}: {what if len(what) <= _SHORT else what[:_SHORT] + '…'}"
        case MeetingHeld(meeting=meeting) | MeetingScheduled(meeting=meeting):
            return f"{words.MEETING.get(meeting, in_words(meeting))}, {words.day(fact.day)} ({ref})"
        case VisitPlanned() | MilestoneScheduled():
            return f"{_at(fact)} ({ref})"
    return ref


def _visit(fact: Fact, names: Mapping[str, str]) -> str:
    by = fact.data.by if isinstance(fact.data, VisitRecorded) else ""
    return f"Visit of {words.day(fact.day)}, by {names.get(by, by)}"


def _any(fact: Fact) -> str:
    return f"{EVENT_TYPES[fact.type].on_pages.partition('{')[0].strip(' ,:') or fact.type}, {words.day(fact.day)}"


def _at(fact: Fact) -> str:
    return words.moment(fact.moment) if fact.moment else words.day(fact.day)


def _person(name: str, facts: Facts, names: Mapping[str, str]) -> str:
    latest = max((fact.time for fact in facts.everything), default=None)
    role = facts.role_on_plan(name, latest) if latest else None
    return f"{names.get(name, name)}{f', {role_text(role)}' if role else ''}"

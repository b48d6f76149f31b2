"""What was typed into a form, read into the data of an event; what was understood, and what could not be."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time

from service.domain.calendar import Interval, local_day
from service.domain.events.payloads.base import Names
from service.web.recording.days import TypedTime, read_clock, read_time, spoken
from service.web.recording.facts import RecordableFact
from service.web.recording.fields import AnswerKind, FormField
from service.web.recording.labels import WHEN

Choices = Sequence[tuple[str, str]]
Typed = Mapping[str, Sequence[str]]  # by the name of a field, what was typed or chosen
_INTERVALS = {"weekly": "1 week", "fortnightly": "2 weeks", "fortnight": "2 weeks", "monthly": "1 month"}
_LONGEST = 20_000


@dataclass(frozen=True, slots=True)
class Offered:
    """What a plan offers for the questions of its forms: its people, roles, and what other events tell of."""

    people: Choices = ()
    roles: Choices = ()
    references: Mapping[Names, Choices] = field(default_factory=dict)
    held: Mapping[str, Collection[str]] = field(default_factory=dict)  # by role, who has had it or stood in

    def choices(self, question: FormField) -> Choices:
        """The choices of a question, with their words; none where it is answered in one's own."""
        if question.answer in (AnswerKind.PERSON, AnswerKind.PEOPLE):
            holders = {person for role in question.held_by for person in self.held.get(role, ())}
            return [choice for choice in self.people if choice[0] in holders] if question.held_by else self.people
        if question.answer is AnswerKind.ROLE:
            return self.roles
        if question.refers_to is not None:
            return self.references.get(question.refers_to, ())
        return question.choices


@dataclass(frozen=True, slots=True)
class Answers:
    """The data for an event, what is wrong with what was typed (by field), and what was understood (by field)."""

    data: Mapping[str, object]
    errors: Mapping[str, str]
    understood: Sequence[tuple[FormField, str]]


def read_answers(fact: RecordableFact, typed: Typed, offered: Offered, now: datetime) -> Answers:
    """Read a form that was sent. What was left empty is absent from the data."""
    data: dict[str, object] = dict(fact.preset)
    errors: dict[str, str] = {}
    understood: list[tuple[FormField, str]] = []
    for question in fact.fields:
        values = [value.strip()[:_LONGEST] for value in typed.get(question.name, ()) if value.strip()]
        if not values:
            if question.required or question.must_be_said or (question.name == WHEN and question.is_ahead):
                errors[question.name] = _missing(question)
            continue
        try:
            read, words = _READERS[question.answer](question, values, offered, now)
        except ValueError as fault:
            errors[question.name] = str(fault)
            continue
        data |= read if isinstance(read, dict) else {question.name: read}
        understood.append((question, words))
    return Answers(data, errors, understood)


_Reader = Callable[[FormField, list[str], Offered, datetime], tuple[object, str]]


def _missing(question: FormField) -> str:
    by_kind = {
        AnswerKind.WHEN: f"Say when, like {'tomorrow' if question.is_ahead else 'today'} or 5/12",
        AnswerKind.DAY: "Say the day, like 5/12 or in 4 weeks",
        AnswerKind.CLOCK: "Say the hour, like 18:00",
        AnswerKind.PERSON: "Choose who it is",
        AnswerKind.PEOPLE: "Choose at least one person",
        AnswerKind.INTERVAL: "Say how often, like 2 weeks",
        AnswerKind.LINE: f"Write an answer to “{question.label}”",
        AnswerKind.TEXT: f"Write an answer to “{question.label}”",
        AnswerKind.CHOICE: f"Choose an answer to “{question.label}”",
        AnswerKind.REFERENCE: f"Choose an answer to “{question.label}”",
        AnswerKind.ROLE: f"Choose an answer to “{question.label}”",
    }
    return by_kind.get(question.answer, f"Answer “{question.label}”")


def _when(question: FormField, values: list[str], offered: Offered, now: datetime) -> tuple[object, str]:
    del offered
    typed = read_time(values[0], now, ahead=question.is_ahead)
    if question.needs_clock and typed.clock is None:
        raise ValueError("Say the hour, too, like today 14:30")
    if not question.takes_clock:
        typed = TypedTime(typed.day)
    return typed.data(), spoken(typed, local_day(now))


def _day(question: FormField, values: list[str], offered: Offered, now: datetime) -> tuple[object, str]:
    del offered
    typed = TypedTime(read_time(values[0], now, ahead=question.is_ahead).day)
    return typed.day.isoformat(), spoken(typed, local_day(now))


def _clock(question: FormField, values: list[str], offered: Offered, now: datetime) -> tuple[object, str]:
    del question, offered, now
    clock: time = read_clock(values[0])
    return f"{clock:%H:%M}", f"{clock:%H:%M}"


def _yes_no(question: FormField, values: list[str], offered: Offered, now: datetime) -> tuple[object, str]:
    del offered, now
    if values[0] not in ("yes", "no"):
        raise ValueError(f"Answer “{question.label}” with yes or no")
    return values[0] == "yes", values[0].capitalize()


def _one(question: FormField, values: list[str], offered: Offered, now: datetime) -> tuple[object, str]:
    del now
    return values[0], _chosen(question, values, offered)[0]


def _several(question: FormField, values: list[str], offered: Offered, now: datetime) -> tuple[object, str]:
    del now
    return values, ", ".join(_chosen(question, values, offered))


def _chosen(question: FormField, values: list[str], offered: Offered) -> list[str]:
    words = dict(offered.choices(question))
    if any(value not in words for value in values):
        raise ValueError(f"Choose one of the answers to “{question.label}”")
    return [words[value] for value in values]


def _number(question: FormField, values: list[str], offered: Offered, now: datetime) -> tuple[object, str]:
    del offered, now
    if not values[0].isascii() or not values[0].isdigit() or len(values[0]) > 6:
        raise ValueError(f"Answer “{question.label}” with a whole number")
    return int(values[0]), str(int(values[0]))


def _interval(question: FormField, values: list[str], offered: Offered, now: datetime) -> tuple[object, str]:
    del question, offered, now
    plain = values[0].casefold().removeprefix("every ").strip()
    plain = f"1 {plain}" if plain in ("day", "week", "month") else _INTERVALS.get(plain, plain)
    try:
        interval = Interval.parse(plain)
    except ValueError:
        raise ValueError("Say how often, like 2 weeks, 3 months or 10 working days") from None
    return str(interval), f"every {interval}"


def _text(question: FormField, values: list[str], offered: Offered, now: datetime) -> tuple[object, str]:
    del question, offered, now
    return values[0], values[0]


_READERS: Mapping[AnswerKind, _Reader] = {
    AnswerKind.WHEN: _when,
    AnswerKind.DAY: _day,
    AnswerKind.CLOCK: _clock,
    AnswerKind.YES_NO: _yes_no,
    AnswerKind.CHOICE: _one,
    AnswerKind.CHOICES: _several,
    AnswerKind.PERSON: _one,
    AnswerKind.PEOPLE: _several,
    AnswerKind.ROLE: _one,
    AnswerKind.REFERENCE: _one,
    AnswerKind.NUMBER: _number,
    AnswerKind.INTERVAL: _interval,
    AnswerKind.LINE: _text,
    AnswerKind.TEXT: _text,
}

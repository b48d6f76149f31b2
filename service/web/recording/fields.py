"""The fields of a form, made from the class that holds an event's data: one question for each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from enum import Enum, auto
from functools import cache
from types import UnionType
from typing import Literal, Union, get_args, get_origin

from annotated_types import MaxLen
from pydantic.fields import FieldInfo

from service.domain.calendar import Interval
from service.domain.events.payloads.base import Names, Payload
from service.domain.events.vocabulary import Role
from service.domain.telling.wording import role_text
from service.web.recording.labels import LABELS, WHEN

_LONG_TEXT = 1000  # letters: more is free text, and has an area of its own
_ROLE = get_args(Role)[1]


class AnswerKind(Enum):
    """How a field is answer for."""

    WHEN = auto()  # a day, with its hour where that is known
    DAY = auto()
    CLOCK = auto()
    YES_NO = auto()
    CHOICE = auto()  # one of few
    CHOICES = auto()  # several of few
    PERSON = auto()
    PEOPLE = auto()
    ROLE = auto()
    REFERENCE = auto()  # to what another event tells of
    NUMBER = auto()
    INTERVAL = auto()
    LINE = auto()
    TEXT = auto()


@dataclass(frozen=True, slots=True)
class FormField:
    """A question of a form. `name` is the field's in the contract, and `choices` are values with their words."""

    name: str
    answer: AnswerKind
    label: str
    hint: str
    required: bool
    default: object = None
    choices: tuple[tuple[str, str], ...] = ()
    refers_to: Names | None = None
    is_ahead: bool = False  # a day that lies in the future, as a rule
    needs_clock: bool = False
    takes_clock: bool = True
    held_by: tuple[str, ...] = ()  # the roles of which a person is to have held one
    at_once: bool = False  # the policy wants it asked

    @property
    def must_be_said(self) -> bool:
        """Whether nobody answers it for whoever records: a yes by default says that a child was seen."""
        return self.answer is AnswerKind.YES_NO and self.default is True

    @property
    def is_needed(self) -> bool:
        """Whether it is answered at once: it is required, or what most people know and others count on."""
        return self.required or self.at_once or self.must_be_said or self.is_ahead or self.name in _AT_ONCE


# What to type, and where an hour is needed.
_HINTS = {False: "Like today, yesterday 14:30 or 5/12.", True: "With the hour, like today 14:30."}
# What is chosen from a list says what it is; of the others these say how they are typed.
_CHOSEN = frozenset({AnswerKind.CHOICE, AnswerKind.CHOICES, AnswerKind.REFERENCE, AnswerKind.ROLE})
_SAID_BY_LABEL = frozenset({AnswerKind.YES_NO, AnswerKind.PERSON, AnswerKind.PEOPLE, AnswerKind.TEXT})
_TYPED: Mapping[AnswerKind, str] = {
    AnswerKind.DAY: "Like Friday, 5/12 or in 6 weeks.",
    AnswerKind.CLOCK: "Like 18:30. A text waits until its reader may be texted.",
    AnswerKind.INTERVAL: "Like 2 weeks or 3 months.",
}
_NEW_REFERENCE = "A short name for it. Keep this one, or write your own."
_WORDS: Mapping[str, str] = {"up": "It has risen", "down": "It has fallen", "dash": "DASH"}
_AT_ONCE = frozenset({"who", "after", "days", "per_week"})
_AHEAD = frozenset(
    {"next_review_on", "progress_check_on", "review_on", "end_on", "ends_on", "next_on", "due_on", "start_by"}
)


def fields_of(model: type[Payload], *, ahead: bool = False) -> tuple[FormField, ...]:
    """The questions for the data of an event. `ahead`: it is about something that is still to come."""
    return tuple(
        replace(field, is_ahead=True) if ahead and field.answer is AnswerKind.WHEN else field for field in _of(model)
    )


@cache
def _of(model: type[Payload]) -> tuple[FormField, ...]:
    fields = model.model_fields
    dated = "on" in fields and fields["on"].annotation is not None
    moment = _plain(fields["at"].annotation)[0] is datetime if "at" in fields else False
    questions: list[FormField] = []
    if dated or moment:
        needed = moment and fields["at"].is_required()
        questions.append(
            FormField(WHEN, AnswerKind.WHEN, LABELS[WHEN], _HINTS[needed], True, needs_clock=needed, takes_clock=moment)
        )
    skipped = {"on"} | ({"at"} if moment else set())
    questions += [_field(name, info) for name, info in fields.items() if name not in skipped]
    required_first = [field for field in questions if field.required or field.answer is AnswerKind.WHEN]
    return (*required_first, *(field for field in questions if field not in required_first))


def _field(attribute: str, info: FieldInfo) -> FormField:
    name = info.alias or attribute
    kind, many = _plain(info.annotation)
    marks = [*info.metadata, *_metadata(info.annotation)]
    names = next((mark for mark in reversed(marks) if isinstance(mark, Names)), None)  # the narrowest comes last
    answer, choices = _asked(kind, many, marks, names)
    default = None if info.is_required() or info.default_factory is not None else info.default
    return FormField(
        name=name,
        answer=answer,
        label=LABELS.get(name, f"{name.replace('_', ' ').capitalize()}?"),
        hint=_NEW_REFERENCE if _names_it(name, answer, info) else _hint(info.description or "", answer),
        required=info.is_required(),
        default=default,
        choices=choices,
        refers_to=names,
        is_ahead=name in _AHEAD,
    )


def _names_it(name: str, answer: AnswerKind, info: FieldInfo) -> bool:
    """Whether the answer is a new name, by which later events speak of what is recorded."""
    return name == "ref" and answer is AnswerKind.LINE and info.is_required()


def _hint(description: str, answer: AnswerKind) -> str:
    """What helps to answer. Of some the first sentence of the description says again what is asked."""
    if answer in _CHOSEN:
        return ""
    if answer in _TYPED:
        return _TYPED[answer]
    text = description.split(" Absent:")[0].split(" Default:")[0].replace(", in free text", "").replace("`", "")
    return text.partition(". ")[2] if answer in _SAID_BY_LABEL and ", and who " not in text else text


def _asked(
    kind: object, many: bool, marks: Sequence[object], names: Names | None
) -> tuple[AnswerKind, tuple[tuple[str, str], ...]]:
    if get_origin(kind) is Literal:
        choices = tuple((str(value), in_words(str(value))) for value in get_args(kind))
        return (AnswerKind.CHOICES if many else AnswerKind.CHOICE), choices
    if names is Names.PERSON:
        return (AnswerKind.PEOPLE if many else AnswerKind.PERSON), ()
    if names is not None:
        return AnswerKind.REFERENCE, ()
    if _ROLE in marks:
        return AnswerKind.ROLE, ()
    if kind is str and any(isinstance(mark, MaxLen) and mark.max_length > _LONG_TEXT for mark in marks):
        return AnswerKind.TEXT, ()
    by_kind = {
        bool: AnswerKind.YES_NO,
        date: AnswerKind.DAY,
        time: AnswerKind.CLOCK,
        int: AnswerKind.NUMBER,
        Interval: AnswerKind.INTERVAL,
    }
    return (by_kind.get(kind, AnswerKind.LINE) if isinstance(kind, type) else AnswerKind.LINE), ()


def in_words(value: str) -> str:
    """A value of a closed list as people read it."""
    return _WORDS.get(value) or role_text(value)[:1].upper() + role_text(value)[1:]


def _plain(annotation: object) -> tuple[object, bool]:
    """The type behind an annotation, and whether it is a list of it."""
    if get_origin(annotation) in (Union, UnionType):
        return _plain(next(part for part in get_args(annotation) if part is not type(None)))
    if hasattr(annotation, "__metadata__"):
        return _plain(get_args(annotation)[0])
    if get_origin(annotation) is list:
        return _plain(get_args(annotation)[0])[0], True
    return annotation, False


def _metadata(annotation: object) -> Iterator[object]:
    for mark in getattr(annotation, "__metadata__", ()):
        yield mark
        yield from getattr(mark, "metadata", ())  # a Field inside an Annotated
    for part in get_args(annotation):
        yield from _metadata(part)

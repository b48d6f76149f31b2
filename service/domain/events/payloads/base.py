"""What the payloads of events have in common: their field types, and the models that others build on."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from functools import cache
from typing import Annotated, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from service.domain.events.vocabulary import Day, Moment, one_line


class Names(Enum):
    """What the id in a field is the name of, where it names something else that events tell of."""

    PERSON = "person"
    EVENT = "event"
    ALERT = "alert"  # the event that raised it
    VISIT = "visit"  # the event that recorded it
    PLANNED_VISIT = "planned visit"
    MEETING = "meeting"
    ACTION = "action"
    ANYTHING = "person or reference"


Id = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(one_line)]
PersonId = Annotated[Id, Names.PERSON]
PersonIds = Annotated[list[PersonId], Field(max_length=200)]
EventId = Annotated[Id, Names.EVENT]
AlertId = Annotated[EventId, Names.ALERT]
VisitId = Annotated[EventId, Names.VISIT]
# References of what another event put in the diary or agreed.
PlannedVisitRef = Annotated[Id, Names.PLANNED_VISIT]
MeetingRef = Annotated[Id, Names.MEETING]
ActionRef = Annotated[Id, Names.ACTION]
PersonOrRef = Annotated[Id, Names.ANYTHING]
Text = Annotated[str, Field(max_length=20_000)]
Count = Annotated[int, Field(ge=0, le=10_000)]
# Ten years of weeks, each of which may be an obligation of its own.
Week = Annotated[int, Field(ge=0, le=520)]


class Payload(BaseModel):
    """The data of an event. Types are strict and never guessed. Unlisted fields are kept in the event, and ignored."""

    # Models are built at their first use: a run that sees five types does not pay for fifty.
    # A field is glossed by `description=`, not by a docstring: pydantic reads docstrings back from the source file at
    # every start, which costs more than all models together.
    model_config = ConfigDict(strict=True, extra="ignore", frozen=True, defer_build=True, populate_by_name=True)


class Dated(Payload):
    """Something happened on a day. Where neither `on` nor `at` is given, the day is the local day of `time`."""

    on: Day | None = Field(default=None, description="The day on which it happened, by the clocks in London.")
    at: Moment | None = Field(
        default=None,
        description="The moment at which it happened, with an offset. Where `on` is given too, `on` is the day.",
    )


class Versioned(Dated):
    """Something was done with one version of the plan."""

    version: Count | None = Field(
        default=None,
        description="The version of the plan that it is about: 1, 2, … Absent: the newest one agreed by that day.",
    )


def in_order(begins: object, ends: object) -> bool:
    """Whether a range runs forwards: two values of one kind, of which either may be absent."""
    return begins is None or ends is None or begins <= ends  # type: ignore[operator]


@cache
def attributes_naming(model: type[Payload], named: Names) -> tuple[str, ...]:
    """The attributes of a model that hold ids of persons, or of events: one id, or a list of them."""
    return tuple(
        name
        for name, field in model.model_fields.items()
        if named in field.metadata or named in _metadata(field.annotation)
    )


@cache
def references_in(model: type[Payload]) -> tuple[tuple[str, Names], ...]:
    """The attributes of a model that refer to something, and to what."""
    return tuple((attribute, named) for named in Names for attribute in attributes_naming(model, named))


def _metadata(annotation: object) -> Iterator[object]:
    yield from getattr(annotation, "__metadata__", ())
    for part in get_args(annotation):
        yield from _metadata(part)

"""Slips: what is accepted and has no effect, or looks like a mistake. Each is a problem that a person is told of."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache, lru_cache

from service.domain.calendar import Calendar, Interval, Unit, local_day
from service.domain.events.addresses import takes_texts
from service.domain.events.event import Event, names_authority
from service.domain.events.event_types import EVENT_TYPES
from service.domain.events.payloads.base import Payload
from service.domain.events.payloads.people import ContactDecided, PersonRecorded, RoleAssigned

FIELD_UNKNOWN = "field_unknown"
DATE_UNLIKELY = "date_unlikely"
AUTHORITY_DIFFERS = "authority_differs"
NUMBER_TAKES_NO_TEXTS = "number_takes_no_texts"
REFERS_TO_NOTHING = "refers_to_nothing"
UNDECLARED_MILESTONE = "undeclared_milestone"
MILESTONE_NOT_COUNTED = "milestone_not_counted"
OPENED_TWICE = "opened_twice"
OTHER_CHILD = "other_child"
NOT_ASKED_FOR = "not_asked_for"
AFTER_THE_END = "after_the_end"
ENDS_NOTHING = "ends_nothing"
MANY_EVENTS = "many_events"
NOT_INTRODUCED = "not_introduced"

# What protects somebody, where an assignment of a role says so.
MARKS = ("poses_risk", "victim", "parental_responsibility")
_LONGEST_AHEAD = Interval(24, Unit.MONTHS)


@dataclass(frozen=True, slots=True)
class Slip:
    """One thing that is wrong with an event: the field, and what it is, in words that name nobody."""

    code: str
    event: Event
    field: str
    detail: str
    # Whether the event would have protected somebody, so that a person is told at once.
    at_once: bool = False

    @property
    def words(self) -> str:
        """What is wrong with which event, for the record."""
        return f"{self.event.type} {self.event.id}: {self.field} {self.detail}"


def plain_slips(event: Event) -> tuple[Slip, ...]:
    """The slips that the event shows by itself, whatever else is known."""
    slips: tuple[Slip, ...] | None = event.kept.get("slips")
    if slips is None:
        slips = event.kept["slips"] = tuple(_plain_slips(event))
    return slips


def _plain_slips(event: Event) -> Iterator[Slip]:
    at_once = protects(event)
    if authority_differs(event):
        detail = f"names another authority; the event counts as {event.authority}'s, whose system sent it"
        yield Slip(AUTHORITY_DIFFERS, event, "data.authority", detail, at_once)
    for field, mark, value in _nearly_marks(event):
        detail = f"is nearly {mark}, which alone has an effect; send the event again under a new id with {mark}"
        yield Slip(FIELD_UNKNOWN, event, field, detail, at_once or (_is_role(event) and _says_yes(value)))
    for field in _unlikely_dates(event):
        yield Slip(DATE_UNLIKELY, event, field, "lies more than two years ahead; check the year", at_once)
    for field in _unlikely_intervals(event):
        yield Slip(DATE_UNLIKELY, event, field, "reaches more than two years ahead; check number and unit", at_once)
    if isinstance(event.data, PersonRecorded) and event.data.mobile and not takes_texts(event.data.mobile):
        detail = "is a number that takes no texts, such as a landline; nothing is texted to it"
        yield Slip(NUMBER_TAKES_NO_TEXTS, event, "data.mobile", detail)


def authority_differs(event: Event) -> bool:
    """Whether the event's data names another authority than the one to which the event belongs."""
    return names_authority(event) not in (None, event.authority)


def protects(event: Event) -> bool:
    """Whether the event keeps somebody out, or from being found."""
    if isinstance(event.data, RoleAssigned):
        return any(getattr(event.data, mark) for mark in MARKS)
    if isinstance(event.data, ContactDecided):
        return event.data.decision == "never"
    return EVENT_TYPES[event.type].protects


def _is_role(event: Event) -> bool:
    return isinstance(event.data, RoleAssigned)


def _says_yes(value: object) -> bool:
    return value is True or (isinstance(value, str) and value.strip().lower() in ("true", "yes", "y", "1"))


def _nearly_marks(event: Event) -> Iterator[tuple[str, str, object]]:
    """Fields that would be a mark but for case, blanks and the like, or stand where no mark is taken."""
    given = event.raw.get("data")
    if isinstance(given, Mapping):
        yield from _nearly_marks_in(given, "data", _fields_of(type(event.data)))


@cache
def _fields_of(model: type[Payload]) -> frozenset[str]:
    return frozenset(model.model_fields)


def _nearly_marks_in(given: Mapping[str, object], path: str, own: frozenset[str]) -> Iterator[tuple[str, str, object]]:
    for name, value in given.items():
        if isinstance(value, Mapping):
            yield from _nearly_marks_in(value, f"{path}.{name}", frozenset())
        elif name not in own and value is not None and (mark := _BY_LETTERS.get(_letters(name))) is not None:
            yield f"{path}.{name}", mark, value


@lru_cache(maxsize=1024)  # the names are few, unless somebody invents them
def _letters(name: str) -> str:
    return re.sub(r"[_\-\s]", "", name).lower().removeprefix("is")


_BY_LETTERS = {_letters(mark): mark for mark in MARKS}


def _unlikely_dates(event: Event) -> Iterator[str]:
    for name, value in event.data.__dict__.items():
        # Almost none is: the year says so before days are counted.
        if isinstance(value, date) and value.year > event.time.year + 1:
            day = local_day(value) if isinstance(value, datetime) else value
            if day > Calendar().add(local_day(event.time), _LONGEST_AHEAD):
                yield f"data.{name.rstrip('_')}"


def _unlikely_intervals(event: Event) -> Iterator[str]:
    for name, value in event.data.__dict__.items():
        if isinstance(value, Interval):
            today, calendar = local_day(event.time), Calendar()
            if calendar.add(today, value) > calendar.add(today, _LONGEST_AHEAD):
                yield f"data.{name}"

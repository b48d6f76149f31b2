"""Impossible patterns and openings: no event can fit the one, and no plan can have the other."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import cache
from typing import Annotated, Any

from pydantic import TypeAdapter, ValidationError

from service.domain.calendar import Interval
from service.domain.events.event_type import SCHEDULED
from service.domain.events.event_types import EVENT_TYPES
from service.domain.language.clocks import Due
from service.domain.language.patterns import Opening, Pattern, Scalar, Takes
from service.domain.policy import Rule


def pattern_faults(pattern: Pattern) -> list[str]:
    """Why no event can fit a pattern, one reason each; empty where some event can."""
    if not EVENT_TYPES[pattern.when].is_fact_of_a_plan:
        return [f"'{pattern.when}' is no fact of a plan"]
    faults = [
        f"no '{pattern.when}' has '{name}: {_shown(value_or_list)}'"
        for name, value_or_list in pattern.where.items()
        if not any(_can_be(pattern.when, name, value) for value in _listed(value_or_list))
    ]
    faults += [f"'{name}' cannot be there and be missing at once" for name in pattern.has if name in pattern.lacks]
    faults += [f"'{name}' is always there in a '{pattern.when}'" for name in pattern.lacks if _required(pattern, name)]
    return faults + list(_role_faults(pattern))


def opening_faults(opening: Opening, rule: Rule, rules: dict[str, Rule]) -> list[str]:
    """The reasons why an opening can open nothing on any plan; empty if it can."""
    faults = pattern_faults(opening)
    waited = rules.get(opening.leaves_no_next or "")
    if waited is not None and (waited.due.as_agreed is None or waited.due.every is not None):
        faults.append(f"'{waited.rule}' always leaves a next, so nothing ever waits for one")
    return faults + list(_clock_faults(opening, rule.due))


def takes_faults(takes: Takes, kind: type[date | Interval]) -> list[str]:
    """The reasons why no fact can agree a date or an interval: the pattern's, or that the field holds another kind."""
    faults = pattern_faults(takes)
    if takes.takes is None:
        return faults if kind is Interval else [*faults, "sets gives an interval, and a date is wanted"]
    in_diary = takes.when in SCHEDULED and takes.takes in ("on", "at")
    if (kind is date and in_diary) or _gives(takes.when, takes.takes, kind):
        return faults
    return [*faults, f"'{takes.takes}' holds no {'date' if kind is date else 'interval'}"]


def _clock_faults(opening: Opening, due: Due) -> Iterator[str]:
    named = [name for name in (due.on, due.or_week) if name is not None]
    if named and all(name in opening.lacks for name in named):
        yield f"the clock needs '{' or '.join(named)}', which this opening asks to be missing"
    if due.on is not None and due.on != "at" and not _gives(opening.when, due.on, date):
        yield f"'{due.on}' of a '{opening.when}' holds no date"
    if due.in_weeks is not None:
        fields = (due.in_weeks.every, due.in_weeks.first, due.in_weeks.last)
        yield from (f"a '{opening.when}' has no '{name}'" for name in fields if not _has(opening.when, name))


def _role_faults(pattern: Pattern) -> Iterator[str]:
    for name, roles in pattern.role_of.items():
        if set(roles) <= set(pattern.not_role_of.get(name, ())):
            yield f"nobody in '{name}' can act as {' or '.join(roles)} and at once not"


def _listed(value_or_list: Scalar | list[Scalar]) -> list[Scalar]:
    return value_or_list if isinstance(value_or_list, list) else [value_or_list]


def _shown(value_or_list: Scalar | list[Scalar]) -> str:
    values = _listed(value_or_list)
    return " or ".join(str(value).lower() if isinstance(value, bool) else str(value) for value in values)


def _has(event_type: str, name: str) -> bool:
    return any(name in (key, info.alias) for key, info in EVENT_TYPES[event_type].model.model_fields.items())


def _field(event_type: str, name: str) -> Any:
    fields = EVENT_TYPES[event_type].model.model_fields
    return next(info for key, info in fields.items() if name in (key, info.alias))


@cache
def _reader(event_type: str, name: str) -> TypeAdapter[object]:
    info = _field(event_type, name)
    whole: Any = Annotated[info.annotation, *info.metadata] if info.metadata else info.annotation
    return TypeAdapter(whole)


def _read(event_type: str, name: str, value: object) -> object:
    try:
        return _reader(event_type, name).validate_python(value, strict=True)
    except ValidationError:
        return None


def _can_be(event_type: str, name: str, value: Scalar) -> bool:
    return _read(event_type, name, value) == value


def _gives(event_type: str, name: str, kind: type[date | Interval]) -> bool:
    sample = "2026-01-01" if kind is date else "4 weeks"
    return isinstance(_read(event_type, name, sample), kind)


def _required(pattern: Pattern, name: str) -> bool:
    return bool(_field(pattern.when, name).is_required())

"""What can never happen: patterns that no event can fit, and openings that no plan can have."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import cache
from typing import Annotated, Any

from pydantic import TypeAdapter, ValidationError

from service.domain.calendar import Interval
from service.domain.events.event_types import EVENT_TYPES
from service.domain.policy import Due, Opening, Pattern, Rule, Scalar, Takes

# These are about people: they are no facts of any plan, and so open and meet nothing.
_ABOUT_PEOPLE = frozenset({"person.recorded", "contact.decided", "absence.recorded"})
# These undo other events, and are never seen by a rule.
_UNSEEN = frozenset({"event.withdrawn"})


def pattern_faults(pattern: Pattern) -> list[str]:
    """Why no event can fit a pattern, one reason each; empty where some event can."""
    if pattern.when in _ABOUT_PEOPLE | _UNSEEN:
        return [f"'{pattern.when}' is no fact of a plan"]
    found = [
        f"no '{pattern.when}' has '{name}: {_shown(wanted)}'"
        for name, wanted in pattern.where.items()
        if not any(_can_be(pattern.when, name, value) for value in _listed(wanted))
    ]
    found += [f"'{name}' cannot be there and be missing at once" for name in pattern.has if name in pattern.lacks]
    found += [f"'{name}' is always there in a '{pattern.when}'" for name in pattern.lacks if _required(pattern, name)]
    return found + list(_role_faults(pattern))


def opening_faults(opening: Opening, rule: Rule, rules: dict[str, Rule]) -> list[str]:
    """Why an opening can open nothing on any plan; empty where it can."""
    found = pattern_faults(opening)
    waited = rules.get(opening.leaves_no_next or "")
    if waited is not None and (waited.due.as_agreed is None or waited.due.every is not None):
        found.append(f"'{waited.rule}' always leaves a next, so nothing ever waits for one")
    return found + list(_clock_faults(opening, rule.due))


def takes_faults(takes: Takes, wanted: type[date | Interval]) -> list[str]:
    """Why a fact can never agree such a thing: the pattern, or a field that holds something else."""
    kind = "date" if wanted is date else "interval"
    found = pattern_faults(takes)
    return found if _gives(takes.when, takes.takes, wanted) else [*found, f"'{takes.takes}' holds no {kind}"]


def _clock_faults(opening: Opening, due: Due) -> Iterator[str]:
    named = [name for name in (due.on, due.or_week) if name is not None]
    if named and all(name in opening.lacks for name in named):
        yield f"the clock needs '{' or '.join(named)}', which this opening asks to be missing"
    if due.on is not None and not _gives(opening.when, due.on, date):
        yield f"'{due.on}' of a '{opening.when}' holds no date"
    if due.in_weeks is not None:
        fields = (due.in_weeks.every, due.in_weeks.first, due.in_weeks.last)
        yield from (f"a '{opening.when}' has no '{name}'" for name in fields if not _has(opening.when, name))


def _role_faults(pattern: Pattern) -> Iterator[str]:
    for name, roles in pattern.role_of.items():
        if set(roles) <= set(pattern.not_role_of.get(name, ())):
            yield f"nobody in '{name}' can act as {' or '.join(roles)} and at once not"


def _listed(wanted: Scalar | list[Scalar]) -> list[Scalar]:
    return wanted if isinstance(wanted, list) else [wanted]


def _shown(wanted: Scalar | list[Scalar]) -> str:
    values = _listed(wanted)
    return " or ".join(str(value).lower() if isinstance(value, bool) else str(value) for value in values)


def _has(event_type: str, name: str) -> bool:
    return any(name in (key, info.alias) for key, info in EVENT_TYPES[event_type].model_fields.items())


def _field(event_type: str, name: str) -> Any:
    fields = EVENT_TYPES[event_type].model_fields
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


def _gives(event_type: str, name: str, wanted: type[date | Interval]) -> bool:
    sample = "2026-01-01" if wanted is date else "4 weeks"
    return isinstance(_read(event_type, name, sample), wanted)


def _required(pattern: Pattern, name: str) -> bool:
    return bool(_field(pattern.when, name).is_required())

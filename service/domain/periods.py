"""The periods of a plan: each from the opening that began it to the end that followed. A plan may be opened again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from service.domain.events.payloads.plans import PlanOpened
from service.domain.fact import Fact

EARLIEST = datetime.min.replace(tzinfo=UTC)
Place = tuple[date, datetime]


@dataclass(frozen=True, slots=True)
class Period:
    """One stretch in which a plan runs. `idle` are the openings that came while it ran: they change nothing."""

    opened: Fact
    ended: Fact | None
    idle: tuple[Fact, ...]


def place(fact: Fact) -> Place:
    """Where a fact stands among those of its plan: by its own day, then its moment, else when it was recorded."""
    return fact.day, fact.moment or fact.time


def periods(changes: Iterable[Fact]) -> list[Period]:
    """The periods that openings and ends make by their own days, in whatever order they were recorded.

    An end while the plan does not run changes nothing.
    """
    openings: list[Fact] = []
    completed: list[Period] = []
    for change in _in_order(list(changes)):
        if isinstance(change.data, PlanOpened):
            openings.append(change)
        elif openings:
            completed.append(_period(openings, change))
            openings = []
    return [*completed, _period(openings, None)] if openings else completed


def _in_order(changes: Sequence[Fact]) -> list[Fact]:
    openings = [change for change in changes if isinstance(change.data, PlanOpened)]
    start = min(openings, key=lambda change: (place(change), change.uid), default=None)

    def key(change: Fact) -> tuple[Place, int, str]:
        # A plan begins before it ends on one day, unless moments say otherwise. What ends and is opened again at one
        # moment runs on.
        if change is start:
            return place(change) if change.moment is not None else (change.day, EARLIEST), 0, change.uid
        return place(change), 2 if isinstance(change.data, PlanOpened) else 1, change.uid

    return sorted(changes, key=key)


def _period(openings: Sequence[Fact], ended: Fact | None) -> Period:
    """The period that the first opening began by its own day. A plan is the child's for whom it was first recorded."""
    first_recorded = min(openings, key=lambda change: (change.time, change.uid))
    opened = next(change for change in openings if _child(change) == _child(first_recorded))
    return Period(opened, ended, tuple(change for change in openings if change is not opened))


def _child(opening: Fact) -> str | None:
    return opening.data.child.ref if isinstance(opening.data, PlanOpened) else None

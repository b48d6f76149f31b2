"""The periods of a plan: each from the opening that began it to the end that followed. A plan may be opened again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Generic, Protocol, TypeVar

from service.domain.events.payloads.base import Payload
from service.domain.events.payloads.plans import PlanOpened

EARLIEST = datetime.min.replace(tzinfo=UTC)


class TurningPoint(Protocol):
    """A fact that opens or ends a plan: its own day and moment (if it has one), and when it was recorded."""

    @property
    def uid(self) -> str: ...
    @property
    def day(self) -> date: ...
    @property
    def moment(self) -> datetime | None: ...
    @property
    def time(self) -> datetime: ...
    @property
    def data(self) -> Payload: ...


ATurningPoint = TypeVar("ATurningPoint", bound=TurningPoint)
Place = tuple[date, datetime]


@dataclass(frozen=True, slots=True)
class Period(Generic[ATurningPoint]):
    """One stretch in which a plan runs. `idle` are the openings that came while it ran: they change nothing."""

    opened: ATurningPoint
    ended: ATurningPoint | None
    idle: tuple[ATurningPoint, ...]


def place(change: TurningPoint) -> Place:
    """Where a fact stands among those of its plan: by its own day, then its moment, else when it was recorded."""
    return change.day, change.moment or change.time


def periods(changes: Iterable[ATurningPoint]) -> list[Period[ATurningPoint]]:
    """The periods that openings and ends make by their own days, in whatever order they were recorded.

    An end while the plan does not run changes nothing.
    """
    openings: list[ATurningPoint] = []
    completed: list[Period[ATurningPoint]] = []
    for change in _in_order(list(changes)):
        if isinstance(change.data, PlanOpened):
            openings.append(change)
        elif openings:
            completed.append(_period(openings, change))
            openings = []
    return [*completed, _period(openings, None)] if openings else completed


def _in_order(changes: Sequence[ATurningPoint]) -> list[ATurningPoint]:
    openings = [change for change in changes if isinstance(change.data, PlanOpened)]
    start = min(openings, key=lambda change: (place(change), change.uid), default=None)

    def key(change: ATurningPoint) -> tuple[Place, int, str]:
        # A plan begins before it ends on one day, unless moments say otherwise. What ends and is opened again at one
        # moment runs on.
        if change is start:
            return place(change) if change.moment is not None else (change.day, EARLIEST), 0, change.uid
        return place(change), 2 if isinstance(change.data, PlanOpened) else 1, change.uid

    return sorted(changes, key=key)


def _period(openings: Sequence[ATurningPoint], ended: ATurningPoint | None) -> Period[ATurningPoint]:
    """The period that the first opening began by its own day. A plan is the child's for whom it was first recorded."""
    first_recorded = min(openings, key=lambda change: (change.time, change.uid))
    opened = next(change for change in openings if _child(change) == _child(first_recorded))
    return Period(opened, ended, tuple(change for change in openings if change is not opened))


def _child(opening: TurningPoint) -> str | None:
    return opening.data.child.ref if isinstance(opening.data, PlanOpened) else None

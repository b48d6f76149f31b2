"""The picture of a plan: a lane for each duty, laid out in whole numbers: the same facts draw the same picture.

A bar runs from the day a duty opened to the day it was met, or to the day it is due. What lies behind the due day is
late. Marks stand where somebody will be told while nothing is recorded.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

_BACK, _AHEAD = timedelta(days=168), timedelta(days=126)
_LEAST_AHEAD, _LEAST_BACK = timedelta(days=21), timedelta(days=14)
_NARROWEST = 4  # units: a bar of one day is still seen

Kind = Literal["met", "open", "late", "off"]


@dataclass(frozen=True, slots=True)
class Stretch:
    """A duty as it is drawn: in which lane, from when until when, and how it stands.

    `settled_on`: the day it was met, or None where it is open. `told_on` are the days on which it will be told.
    """

    lane: str
    opened_on: date
    due_on: date
    settled_on: date | None
    is_live: bool
    is_off: bool  # cancelled or replaced
    is_late: bool  # of what is live: by a day, an hour or another fact
    words: str
    told_on: tuple[date, ...] = ()


@dataclass(frozen=True, slots=True)
class DutyBar:
    """A rectangle of the picture, and what it says when it is pointed at."""

    x: int
    width: int
    kind: Kind
    words: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A day on which somebody will be told."""

    x: int
    words: str


@dataclass(frozen=True, slots=True)
class Lane:
    """The bars of one duty, with its label."""

    label: str
    y: int
    bars: tuple[DutyBar, ...]
    marks: tuple[Mark, ...]


@dataclass(frozen=True, slots=True)
class GridLine:
    """A line of the grid."""

    x: int
    label: str


@dataclass(frozen=True, slots=True)
class Size:
    """How a picture is laid out: its width, where time begins, and the height of a lane and of its bar."""

    width: int
    left: int
    lane: int
    bar: int
    label_above: bool


WIDE = Size(width=1000, left=250, lane=34, bar=16, label_above=False)
NARROW = Size(width=358, left=4, lane=50, bar=16, label_above=True)
_TOP = 34


@dataclass(frozen=True, slots=True)
class Picture:
    """A plan's picture, ready for its template."""

    size: Size
    height: int
    lanes: tuple[Lane, ...]
    ticks: tuple[GridLine, ...]
    today: int
    title: str
    description: str


def draw(stretches: Sequence[Stretch], today: date, size: Size, title: str) -> Picture:
    """The picture of these duties as of a day. Lanes stand in the order in which their next due days come."""
    begins, ends = _span(stretches, today)
    scale = _Scale(begins, ends, size.left, size.width - 12)
    names = _in_order(stretches, begins)
    lanes = tuple(
        _lane(
            name,
            [stretch for stretch in stretches if stretch.lane == name and _seen(stretch, begins)],
            place,
            scale,
            size,
            today,
        )
        for place, name in enumerate(names)
    )
    height = _TOP + len(lanes) * size.lane + 8
    return Picture(size, height, lanes, _ticks(begins, ends, scale, size), scale.x(today), title, _described(stretches))


@dataclass(frozen=True, slots=True)
class _Scale:
    begins: date
    ends: date
    left: int
    right: int

    def x(self, day: date) -> int:
        """Where a day begins; what lies outside stands at the edge."""
        days = (self.ends - self.begins).days
        inside = min(max((day - self.begins).days, 0), days)
        return self.left + inside * (self.right - self.left) // days


def _span(stretches: Sequence[Stretch], today: date) -> tuple[date, date]:
    earliest = min((stretch.opened_on for stretch in stretches), default=today)
    latest = max((stretch.due_on for stretch in stretches if stretch.is_live), default=today)
    begins = min(max(earliest, today - _BACK), today - _LEAST_BACK)
    ends = max(min(latest, today + _AHEAD), today + _LEAST_AHEAD) + timedelta(days=3)
    return begins, ends


def _seen(stretch: Stretch, begins: date) -> bool:
    last_day = stretch.settled_on or stretch.due_on
    return stretch.is_live or last_day >= begins


def _in_order(stretches: Sequence[Stretch], begins: date) -> list[str]:
    """The lanes: what is live by its due day, then what is behind, the latest first."""
    ranks: dict[str, tuple[int, int, str]] = {}
    for stretch in stretches:
        if _seen(stretch, begins):
            rank = (
                (0, stretch.due_on.toordinal(), stretch.lane)
                if stretch.is_live
                else (1, -stretch.due_on.toordinal(), stretch.lane)
            )
            ranks[stretch.lane] = min(ranks.get(stretch.lane, rank), rank)
    return sorted(ranks, key=lambda name: ranks[name])


def _lane(name: str, members: Sequence[Stretch], place: int, scale: _Scale, size: Size, today: date) -> Lane:
    bars = tuple(bar for stretch in members for bar in _bars(stretch, scale, today))
    marks = tuple(
        Mark(scale.x(day), f"Told on {day:%a} {day.day} {day:%b}, while nothing is recorded")
        for day in sorted({day for stretch in members for day in stretch.told_on if scale.begins <= day <= scale.ends})
    )
    return Lane(name, _TOP + place * size.lane, bars, marks)


def _bars(stretch: Stretch, scale: _Scale, today: date) -> Iterable[DutyBar]:
    """A bar up to the due day or the day it was met, and one for what lies behind the due day."""
    if stretch.is_off:
        yield _bar(stretch.opened_on, stretch.settled_on or min(stretch.due_on, today), "off", stretch, scale)
        return
    last_day = stretch.settled_on or max(stretch.due_on, today)
    if last_day <= stretch.due_on:
        yield _bar(stretch.opened_on, last_day, "open" if stretch.is_live else "met", stretch, scale)
        return
    yield _bar(stretch.opened_on, stretch.due_on, "open" if stretch.is_live else "met", stretch, scale)
    yield _bar(stretch.due_on, last_day, "late", stretch, scale)


def _bar(first_day: date, last_day: date, kind: Kind, stretch: Stretch, scale: _Scale) -> DutyBar:
    begins, ends = scale.x(first_day), scale.x(last_day)
    return DutyBar(begins, max(ends - begins, _NARROWEST), kind, stretch.words)


def _ticks(begins: date, ends: date, scale: _Scale, size: Size) -> tuple[GridLine, ...]:
    """The first days of months; in a short span the Mondays."""
    days = [begins + timedelta(days=number) for number in range((ends - begins).days + 1)]
    weekly = len(days) < 75
    chosen = [day for day in days if (day.weekday() == 0 if weekly else day.day == 1)]
    room = 56 if weekly else 40
    ticks: list[GridLine] = []
    for day in chosen:
        x = scale.x(day)
        label = f"{day.day} {day:%b}" if weekly else f"{day:%b}"
        fits = (not ticks or x - ticks[-1].x >= room) and x + room <= size.width
        ticks += [GridLine(x, label)] if fits else []
    return tuple(ticks)


def _described(stretches: Sequence[Stretch]) -> str:
    live = [stretch for stretch in stretches if stretch.is_live]
    late = sum(stretch.is_late for stretch in live)
    met = sum(not stretch.is_live and not stretch.is_off for stretch in stretches)
    return (
        f"{len(live)} open, {late} of them late; {met} met. Filled bars were met, outlined ones are open, hatched "
        "parts lie behind the due day. Triangles are days on which somebody will be told. A table below says the same."
    )

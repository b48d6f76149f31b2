"""The navigation of every page, with the numbers of what waits for the one who looks."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal

Number = Literal["overdue", "alerts", "replies"]


@dataclass(frozen=True, slots=True)
class Place:
    """An entry of the navigation; `number` names what is counted beside it."""

    label: str
    path: str
    number: Number | None = None


@dataclass(frozen=True, slots=True)
class Numbers:
    """What waits for somebody. None: it is not counted for them."""

    overdue: int | None = None
    alerts: int | None = None
    replies: int | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """A place as it is shown: `spoken` is its number in words, for those who read the page aloud."""

    label: str
    path: str
    is_here: bool
    number: int
    spoken: str
    is_urgent: bool


PLACES: Sequence[Place] = (
    Place("My work", "/", "overdue"),
    Place("Plans", "/plans"),
    Place("Alerts", "/alerts", "alerts"),
    Place("Replies", "/replies", "replies"),
    Place("Team", "/team"),
    Place("Overview", "/overview"),
    Place("Problems", "/mend"),
    Place("Policies", "/policies"),
    Place("Accounts", "/accounts"),
    Place("Audit", "/audit"),
)
_SAID = {"overdue": "overdue", "alerts": "open", "replies": "to read"}


def entries(served: Collection[str], here: str, numbers: Numbers) -> list[Entry]:
    """The entries for places that are served to the one who looks; `here` is the path of the page."""
    return [_entry(place, here, numbers) for place in PLACES if place.path in served]


def _entry(place: Place, here: str, numbers: Numbers) -> Entry:
    number = (getattr(numbers, place.number) if place.number else None) or 0
    is_here = here == place.path or (place.path != "/" and here.startswith(f"{place.path}/"))
    spoken = f"{number} {_SAID[place.number]}" if number and place.number else ""
    return Entry(place.label, place.path, is_here, number, spoken, place.number in ("overdue", "alerts"))

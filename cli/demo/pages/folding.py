"""Alerts that are told again and again, folded: the latest is shown, and those before it on demand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Generic, TypeVar

from cli.demo.standins.arrivals import Mail, Text

Arrived = TypeVar("Arrived", Mail, Text)
_URGENT = "URGENT "


@dataclass(frozen=True, slots=True)
class Fold(Generic[Arrived]):
    """One arrival that is shown, and the earlier ones about the same alert, in the order in which they came in."""

    shown: Arrived
    earlier: tuple[Arrived, ...] = ()


def folded(arrivals: Sequence[Arrived], *, newest_first: bool) -> list[Fold[Arrived]]:
    """The arrivals in their order, where alerts that follow one another about one crossing are one fold."""
    folds: list[Fold[Arrived]] = []
    for _, alike in groupby(arrivals, _alert):
        group = list(alike)
        folds.append(Fold(group[0], tuple(group[1:])) if newest_first else Fold(group[-1], tuple(group[:-1])))
    return folds


def _alert(arrival: Mail | Text) -> tuple[str, int]:
    """What is the same in all alerts about one crossing; for anything else a name of its own."""
    if isinstance(arrival, Mail):
        opening, end = arrival.subject, ", "
    else:
        opening, end = arrival.body, ". "
    if not opening.startswith(_URGENT) or (isinstance(arrival, Text) and arrival.theirs):
        return "", arrival.number
    return opening.partition(end)[0], 0

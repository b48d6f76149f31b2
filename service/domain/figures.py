"""The figures of an overview: shares that were in time, ages, waits and answers. Counts in, counts out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import median

from service.domain.calendar import Calendar
from service.domain.obligations.obligation import Status

_LATE = (Status.MET_LATE, Status.OVERDUE, Status.OPEN)  # of what was due by now


@dataclass(frozen=True, slots=True)
class Share:
    """Of so many things of a sort, how many went as they should."""

    label: str
    good: int
    total: int

    @property
    def percent(self) -> int:
        """In whole per cent, rounded down: a hundred means all."""
        return 100 * self.good // self.total if self.total else 0


@dataclass(frozen=True, slots=True)
class Bucket:
    """How many of something lie in a range."""

    label: str
    number: int


def shares_in_time(counts: Iterable[tuple[str, str, int]]) -> list[Share]:
    """Of (label, status, number) of what was due by now, the share that was done in time; the worst first."""
    good: dict[str, int] = defaultdict(int)
    total: dict[str, int] = defaultdict(int)
    for label, status, number in counts:
        if status == Status.MET or status in _LATE:
            total[label] += number
            good[label] += number if status == Status.MET else 0
    shares = [Share(label, good[label], number) for label, number in total.items()]
    return sorted(shares, key=lambda share: (share.good / share.total, -share.total, share.label))


_AGES = ((1, 5), (6, 10), (11, 20), (21, None))  # working days


def overdue_by_age(due_days: Iterable[tuple[date, int]], calendar: Calendar, today: date) -> list[Bucket]:
    """Of (due day, number), how many are overdue for how many working days."""
    numbers = [0] * len(_AGES)
    for due_on, number in due_days:
        age = max(calendar.working_days_between(due_on, today), 1)
        place = next(place for place, (_, most) in enumerate(_AGES) if most is None or age <= most)
        numbers[place] += number
    labels = [f"{least} to {most} working days" if most else f"{least} or more" for least, most in _AGES]
    return [Bucket(label, number) for label, number in zip(labels, numbers, strict=True)]


_WAITS = (5, 15, 30, 60)  # minutes


def by_wait(waits: Sequence[timedelta | None]) -> list[Bucket]:
    """How long alerts waited until somebody acknowledged; None: nobody has."""
    numbers = [0] * (len(_WAITS) + 2)
    for wait in waits:
        if wait is None:
            numbers[-1] += 1
            continue
        numbers[next((place for place, most in enumerate(_WAITS) if wait <= timedelta(minutes=most)), len(_WAITS))] += 1
    labels = ["up to 5 minutes", "6 to 15", "16 to 30", "31 to 60", "more than an hour", "nobody yet"]
    return [Bucket(label, number) for label, number in zip(labels, numbers, strict=True)]


def median_minutes(waits: Iterable[timedelta | None]) -> int | None:
    """The middle one of the waits that ended, in whole minutes. None: none did."""
    ended = [wait.total_seconds() for wait in waits if wait is not None]
    return round(median(ended) / 60) if ended else None


def waits_of(breaches: Mapping[str, datetime], answers: Iterable[tuple[str, datetime]]) -> list[timedelta | None]:
    """From each breach to its first acknowledgement. Both name the alert; an answer before its breach is none."""
    earliest: dict[str, datetime] = {}
    for name, at in answers:
        if name in breaches and at >= breaches[name]:
            earliest[name] = min(at, earliest.get(name, at))
    return [earliest[name] - at if name in earliest else None for name, at in breaches.items()]


def answered(
    texts: Iterable[tuple[str, datetime, str]], replies: Iterable[tuple[str, datetime]], within: timedelta
) -> list[Share]:
    """Of the texts (person, moment, label), how many got a reply (person, moment) within a time, by label in order."""
    by_person: dict[str, list[datetime]] = defaultdict(list)
    for person, at in replies:
        by_person[person].append(at)
    good: dict[str, int] = defaultdict(int)
    total: dict[str, int] = defaultdict(int)
    for person, at, label in texts:
        total[label] += 1
        good[label] += any(at <= reply <= at + within for reply in by_person[person])
    return [Share(label, good[label], number) for label, number in total.items()]


def holders(changes: Iterable[tuple[str, str, bool]]) -> dict[str, str]:
    """Who holds a role of one on each plan, after its changes (plan, person, assigned) in order of time."""
    held: dict[str, str] = {}
    for plan, person, assigned in changes:
        if assigned:
            held[plan] = person
        elif held.get(plan) == person:
            del held[plan]
    return held

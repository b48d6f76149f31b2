"""Check-ins: when a text to a family's network is due, and which went unanswered."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cached_property
from typing import overload
from weakref import WeakValueDictionary

from service.domain.calendar import WEEKDAYS, at_local
from service.domain.events.payloads.check_ins import CheckInsStarted
from service.domain.events.payloads.visits import VisitRecorded
from service.domain.fact import Fact
from service.domain.facts import Facts
from service.domain.keys.ledger import CheckInKey, SeriesKey
from service.domain.people.directory import Person
from service.domain.telling.contact import FAMILY_FROM, FAMILY_UNTIL
from service.domain.telling.plan_replies import replies_of
from service.domain.telling.records import Handed, Ledger

ANSWER_WITHIN = timedelta(hours=2)
_A_DAY = timedelta(days=1)
_DAYS_FOR: Mapping[int, tuple[str, ...]] = {
    1: ("mon",),
    2: ("mon", "thu"),
    3: ("mon", "wed", "fri"),
    4: ("mon", "tue", "thu", "fri"),
    5: ("mon", "tue", "wed", "thu", "fri"),
}


@dataclass(slots=True, weakref_slot=True)
class _Named:
    """The days of an agreement's texts up to one, in order, and the name that the check-in of each has in the ledger.

    They are replaced together: several threads may ask the same facts.
    """

    so_far: tuple[date | None, Sequence[date], Sequence[str]] = (None, (), ())


_names: WeakValueDictionary[tuple[object, ...], _Named] = WeakValueDictionary()


@dataclass(frozen=True, slots=True)
class CheckInSeries:
    """One agreement of check-ins with one person: when it began, on which days, and the first day without one.

    `joined_on`: the day from which a newer agreement with the person stands beside it on its plan; None: none does.
    """

    plan: str
    started: Fact
    person: str
    first_day: date
    ends_before: date | None
    days: frozenset[str]
    at: time
    joined_on: date | None = None
    # Every look asks for the names of all days until then.
    _named: _Named = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Share the names with the same agreement as other facts have it, as long as somebody keeps those."""
        agreed = (self.started.uid, self.person, self.first_day, self.ends_before, self.days)
        object.__setattr__(self, "_named", _names.setdefault(agreed, _Named()))

    @property
    def key(self) -> SeriesKey:
        """Its name in the ledger."""
        return SeriesKey(self.started.uid, self.person)

    @property
    def about(self) -> Mapping[str, object]:
        """How messages name it."""
        return {"check_in": self.started.id, "person": self.person}

    @property
    def order(self) -> tuple[date, datetime, str]:
        """Which of several began first."""
        return self.first_day, self.started.time, self.started.uid

    def has_text_on(self, day: date) -> bool:
        """Whether a day is one of its days."""
        begun = self.first_day <= day and (self.ends_before is None or day < self.ends_before)
        return begun and WEEKDAYS[day.weekday()] in self.days

    def key_on(self, day: date) -> CheckInKey:
        """The name of one day's check-in."""
        return CheckInKey(self.started.uid, self.person, day)

    def named_in(self, first_day: date, last_day: date) -> list[tuple[date, str]]:
        """The days of its texts from one day to another, both with them, each with the name of its check-in."""
        until, days, names = self._named.so_far
        if until is None or until < last_day:
            new = list(self._days_in(self.first_day if until is None else until + _A_DAY, last_day))
            days, names = (*days, *new), (*names, *(str(self.key_on(day)) for day in new))
            self._named.so_far = (last_day, days, names)
        begins, ends = bisect_left(days, first_day), bisect_right(days, last_day)
        return list(zip(days[begins:ends], names[begins:ends], strict=True))

    def named_until(self, last_day: date) -> list[tuple[date, str]]:
        """The same up to and with a day."""
        return self.named_in(self.first_day, last_day)

    def _days_in(self, first_day: date, last_day: date) -> Iterator[date]:
        start = max(first_day, self.first_day)
        end = min(last_day, self.ends_before - timedelta(days=1)) if self.ends_before else last_day
        for number in range((end - start).days + 1):
            day = start + timedelta(days=number)
            if WEEKDAYS[day.weekday()] in self.days:
                yield day

    def next_day(self, after: date) -> date | None:
        """The first day of a text after a day, where one is still to come."""
        for number in range(1, 8):
            day = after + timedelta(days=number)
            if day >= self.first_day and WEEKDAYS[day.weekday()] in self.days:
                return day if self.ends_before is None or day < self.ends_before else None
        return self.first_day if self.first_day > after + timedelta(days=7) else None


@dataclass(frozen=True, slots=True)
class FellowPlan:
    """Another plan of the authority that checks in with somebody of this one: its facts, and what was told of it."""

    facts: Facts
    ledger: Ledger


class LaterFellows(Sequence[FellowPlan]):
    """Fellow plans that are gathered once somebody asks for them: most looks do not."""

    def __init__(self, gather: Callable[[], Sequence[FellowPlan]]) -> None:
        self._gather = gather

    @cached_property
    def _gathered(self) -> Sequence[FellowPlan]:
        return self._gather()

    @overload
    def __getitem__(self, number: int) -> FellowPlan: ...

    @overload
    def __getitem__(self, number: slice) -> Sequence[FellowPlan]: ...

    def __getitem__(self, number: int | slice) -> FellowPlan | Sequence[FellowPlan]:
        return self._gathered[number]

    def __len__(self) -> int:
        return len(self._gathered)


def check_in_series(facts: Facts) -> list[CheckInSeries]:
    """Every agreement with every person, in order. Several stand side by side: they end by being stopped alone."""
    return facts.derive_once(check_in_series, lambda: _series(facts.plan, facts.of_type))


def every_series(facts: Facts) -> list[CheckInSeries]:
    """The same, and the agreements from before the plan ended and was opened again: what was sent for them was sent."""
    return facts.derive_once(every_series, lambda: _series(facts.plan, facts.ever))


def _series(plan: str, facts_of: Callable[[str], Sequence[Fact]]) -> list[CheckInSeries]:
    starts = [fact for fact in facts_of("check_ins.started") if isinstance(fact.data, CheckInsStarted)]
    stops = facts_of("check_ins.stopped")
    series: list[CheckInSeries] = []
    joined_on: dict[str, date] = {}  # by person, the day of the agreement after the one that is read
    for fact in reversed(starts):
        assert isinstance(fact.data, CheckInsStarted)  # noqa: S101 - taken from those above
        end, days, people = _stopped(fact, stops), _days(fact.data), list(dict.fromkeys(fact.data.people))
        series += [
            CheckInSeries(plan, fact, person, fact.day, end, days, fact.data.at, joined_on.get(person))
            for person in reversed(people)
        ]
        joined_on.update(dict.fromkeys(people, fact.day))
    return series[::-1]


def _days(agreed: CheckInsStarted) -> frozenset[str]:
    return frozenset(agreed.days or _DAYS_FOR[agreed.per_week or 1])


def _stopped(started: Fact, stops: Sequence[Fact]) -> date | None:
    """Check-ins end from the Monday after they are stopped: the day itself would give a visit away."""
    number = bisect_left(stops, (started.day, started.time), key=lambda fact: (fact.day, fact.time))
    return stops[number].day + timedelta(days=7 - stops[number].day.weekday()) if number < len(stops) else None


def moment_on(day: date, at: time, person: Person | None) -> tuple[datetime, bool]:
    """The moment of a day's text, and whether that day has room for one.

    It is moved to the start of the day's window where it lies outside; without a window that day it stays, unsendable.
    """
    opens, closes = FAMILY_FROM, FAMILY_UNTIL
    window = person.decision.window if person is not None and person.decision is not None else None
    if window is not None:
        if WEEKDAYS[day.weekday()] not in window.days:
            return at_local(day, at), False
        opens, closes = max(opens, window.from_), min(closes, window.until)
    if opens > closes:
        return at_local(day, at), False
    return at_local(day, at if opens <= at <= closes else opens), True


def room_until(day: date, person: Person | None) -> datetime:
    """The end of a day's window, in which a text that was held up may still go."""
    window = person.decision.window if person is not None and person.decision is not None else None
    closes = min(FAMILY_UNTIL, window.until) if window is not None else FAMILY_UNTIL
    return at_local(day, closes) + timedelta(seconds=59)


def answered(person: str, sent: Handed, facts: Facts) -> bool:
    """Whether a person replied on a plan, whatever it was, within two hours of a text. A machine's answer is none."""
    moments = replies_of(facts).moments.get(person, ())
    following = bisect_left(moments, sent.began)
    return following < len(moments) and moments[following] <= sent.at + ANSWER_WITHIN


def clear_visits(started: Fact, facts: Facts) -> list[Fact]:
    """The visits at which check-ins may end: each the last of as many clear visits in a row as were agreed."""
    assert isinstance(started.data, CheckInsStarted)  # noqa: S101 - check_in_series() looked for it
    agreed, running = started.data.until_visits, 0
    visits: list[Fact] = []
    if agreed is None:
        return visits
    for visit in facts.of_type("visit.recorded"):
        if not isinstance(visit.data, VisitRecorded) or visit.day < started.day or not visit.data.child_seen:
            continue
        running = 0 if visit.data.concern else running + 1
        if running == agreed:
            visits.append(visit)
    return visits

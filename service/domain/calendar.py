"""Local days, working days and intervals: section 2 of the contract, and the only place that knows local time."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from itertools import accumulate
from zoneinfo import ZoneInfo

from dateutil.relativedelta import relativedelta

from service.domain.bank_holidays import bank_holidays

LONDON = ZoneInfo("Europe/London")
# How an interval is spelt, as a pattern for JSON Schema too.
INTERVAL = r"^(\d{1,4}) (day|week|month|working day)s?$"
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class Unit(StrEnum):
    """What an interval counts."""

    DAYS = "days"
    WEEKS = "weeks"
    MONTHS = "months"
    WORKING_DAYS = "working days"
    HOURS = "hours"


@dataclass(frozen=True, slots=True)
class Interval:
    """A length of time as guidance writes it: `3 days`, `2 weeks`, `3 months`, `10 working days`."""

    count: int
    unit: Unit

    @classmethod
    def parse(cls, text: str) -> Interval:
        """Read an interval as the contract spells it. Raises ValueError, which says what is expected."""
        match = re.fullmatch(INTERVAL, text.strip())
        if not match or int(match[1]) == 0:
            raise ValueError("is not an interval; write it like '3 days', '2 weeks', '3 months' or '10 working days'")
        return cls(int(match[1]), Unit(match[2] + "s"))

    def __str__(self) -> str:
        return f"{self.count} {self.unit.value if self.count != 1 else self.unit.value[:-1]}"


@dataclass(frozen=True, slots=True)
class OfficeHours:
    """When a council's day team works; `early` maps (month, day) to an earlier closing time."""

    opens: time = time(9, 0)
    closes: time = time(17, 0)
    early: tuple[tuple[int, int, time], ...] = ()

    def closing(self, day: date) -> time:
        """Local closing time on a day."""
        return next((at for month, on, at in self.early if (month, on) == (day.month, day.day)), self.closes)


@dataclass(frozen=True, slots=True)
class MessageHours:
    """The local hours of messages: within which routine ones go, and when the rungs of a day are told."""

    routine_from: time
    routine_until: time
    morning: time
    overdue: time
    afternoon: time


@dataclass(frozen=True, slots=True)
class Calendar:
    """Working days in England, an authority's closed days and office hours; a policy's has hours of messages, too."""

    office: OfficeHours = OfficeHours()
    closed: frozenset[date] = field(default_factory=frozenset)
    hours: MessageHours | None = None
    # Every look asks for the same few days again and again; the answers never change.
    _working: dict[date, bool] = field(default_factory=dict, repr=False, compare=False)
    _sums: dict[tuple[date, int], date] = field(default_factory=dict, repr=False, compare=False)
    _worked: dict[int, Mapping[date, int]] = field(default_factory=dict, repr=False, compare=False)

    def is_working(self, day: date) -> bool:
        """Monday to Friday, no bank holiday in England, and no day on which the council is shut."""
        is_worked = self._working.get(day)
        if is_worked is None:
            is_worked = day.weekday() < 5 and day not in bank_holidays(day.year) and day not in self.closed
            self._working[day] = is_worked
        return is_worked

    def add_working_days(self, day: date, count: int) -> date:
        """The count-th working day after `day` (before it, where count is negative); 0 is the day itself."""
        sum_day = self._sums.get((day, count))
        if sum_day is None:
            sum_day = self._sums[day, count] = self._count_working_days(day, count)
        return sum_day

    def _count_working_days(self, day: date, count: int) -> date:
        step = timedelta(days=1 if count > 0 else -1)
        for _ in range(abs(count)):
            day += step
            while not self.is_working(day):
                day += step
        return day

    def add(self, day: date, interval: Interval) -> date:
        """The last day within `interval` of `day`, which is day 0. Months are clipped to the month's last day."""
        if interval.unit is Unit.WORKING_DAYS:
            return self.add_working_days(day, interval.count)
        if interval.unit is Unit.MONTHS:
            return day + relativedelta(months=interval.count)
        return day + timedelta(days=interval.count * (7 if interval.unit is Unit.WEEKS else 1))

    def act_by(self, due: date) -> date:
        """The last working day on or before the due day."""
        while not self.is_working(due):
            due -= timedelta(days=1)
        return due

    def working_days_between(self, after: date, until: date) -> int:
        """How many working days lie after `after`, up to and with `until`."""
        if until <= after:
            return 0
        whole_years = sum(self._worked_in(year)[date(year, 12, 31)] for year in range(after.year, until.year))
        return whole_years + self._worked_in(until.year)[until] - self._worked_in(after.year)[after]

    def _worked_in(self, year: int) -> Mapping[date, int]:
        """How many working days a year has had by each of its days, that day included."""
        worked = self._worked.get(year)
        if worked is None:
            new_year = date(year, 1, 1)
            days = [new_year + timedelta(days=number) for number in range((date(year, 12, 31) - new_year).days + 1)]
            worked = self._worked[year] = dict(zip(days, accumulate(map(self.is_working, days)), strict=True))
        return worked

    def next_working_day(self, day: date, moment: datetime | None = None) -> date:
        """The first working day whose office hours begin after the moment; after the day, where there is no moment."""
        if moment is not None and self.is_working(day) and local(moment).time() < self.office.opens:
            return day
        return self.add_working_days(day, 1)

    def out_of_hours(self, day: date, moment: datetime | None) -> bool:
        """Whether a fact fell outside office hours; one with a day only does so on a day that is no working day."""
        if not self.is_working(day):
            return True
        if moment is None:
            return False
        return not self.office.opens <= local(moment).time() < self.office.closing(day)

    def next_at(self, clock: time, moment: datetime) -> datetime:
        """The first working day's `clock` (local) at or after the moment, in UTC."""
        day = local_day(moment)
        while not self.is_working(day) or at_local(day, clock) < moment:
            day += timedelta(days=1)
        return at_local(day, clock)

    @property
    def message_hours(self) -> MessageHours:
        """The hours of messages, which a policy's calendar has."""
        assert self.hours is not None  # noqa: S101 - whoever counts days alone needs none
        return self.hours

    def routine_hours(self, moment: datetime) -> bool:
        """Whether routine messages may go now: on working days, within the policy's hours."""
        here, hours = local(moment), self.message_hours
        return self.is_working(here.date()) and hours.routine_from <= here.time() <= hours.routine_until

    def next_morning(self, moment: datetime) -> datetime:
        """The first working morning at or after the moment, in UTC."""
        return self.next_at(self.message_hours.morning, moment)

    def routine_from(self, moment: datetime) -> datetime:
        """The moment itself where routine messages may go, else the next that they may."""
        return moment if self.routine_hours(moment) else self.next_at(self.message_hours.routine_from, moment)

    def week_begins(self, day: date) -> date:
        """The first working day of the week that a day lies in."""
        monday = monday_of(day)
        return monday if self.is_working(monday) else self.add_working_days(monday, 1)

    def why_not_working(self, day: date) -> str | None:
        """Why a day does not count: `Saturday`, a bank holiday's name, the authority's own; None for a working day."""
        if self.is_working(day):
            return None
        return f"{day:%A}" if day.weekday() >= 5 else bank_holidays(day.year).get(day, "closed day")


def hours_after(moment: datetime, interval: Interval) -> datetime:
    """So many elapsed hours after a moment, whatever the clocks do."""
    return moment + timedelta(hours=interval.count)


def monday_of(day: date) -> date:
    """The Monday that begins a day's week."""
    return day - timedelta(days=day.weekday())


# The due day of what is due before another fact, as long as that has not come: it has none.
OPEN_ENDED = date.max


def local(moment: datetime) -> datetime:
    """A moment as London's clocks show it."""
    return moment.astimezone(LONDON)


@lru_cache(maxsize=4096)
def local_day(moment: datetime) -> date:
    """The local day of a moment."""
    return local(moment).date()


@lru_cache(maxsize=8192)
def at_local(day: date, clock: time) -> datetime:
    """A local day and time as a moment in UTC. Of an hour that happens twice it is the first."""
    return datetime.combine(day, clock, tzinfo=LONDON).astimezone(UTC)


@lru_cache(maxsize=4096)
def start_of(day: date) -> datetime:
    """The local midnight that begins a day, in UTC."""
    return at_local(day, time(0))


def iso_local(moment: datetime) -> str:
    """A moment as ISO 8601 in local time with its offset."""
    return local(moment).isoformat()

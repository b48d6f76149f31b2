"""Clocks: by when a duty is due, or how often."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Annotated, Literal

from pydantic import Field, model_validator

from service.domain.calendar import Calendar, Interval, Unit
from service.domain.events.event_type import SCHEDULED
from service.domain.events.vocabulary import Every
from service.domain.language.base import Length, PolicyModel
from service.domain.language.patterns import Pattern, Patterns, TakesList


class Agreed(PolicyModel):
    """Where the facts themselves set the clock: an interval that holds until another, or a date, which beats it."""

    every: TakesList = Field(default_factory=list)
    on: TakesList = Field(default_factory=list)


class Weeks(PolicyModel):
    """Once in each week of the timeline: the fields of the fact that agreed the interval, first and last week."""

    every: str
    first: str
    last: str


class Due(PolicyModel):
    """The clock: exactly one of its forms."""

    within: Length | None = None
    or_earlier: TakesList = Field(default_factory=list)
    on: str | None = None
    or_week: str | None = None
    before: Length | None = None
    same_day: Literal[True] | None = None
    next_working_day: Literal[True] | None = None
    every: Every | None = None
    first_within: Every | None = None
    each: Literal["calendar month"] | None = None
    by_day: Annotated[int, Field(ge=1, le=28)] | None = None
    the_day_counts: bool = False
    as_agreed: Agreed | None = None
    in_weeks: Weeks | None = None
    before_fact: Patterns | None = None
    called: Annotated[str, Field(min_length=3, max_length=60)] | None = None

    @model_validator(mode="after")
    def _one_clock(self) -> Due:
        recurring = self.every or self.each or self.as_agreed
        forms = [self.within, self.on, self.same_day, self.next_working_day, recurring, self.in_weeks, self.before_fact]
        if sum(form is not None for form in forms) != 1:
            words = "within, on, same_day, next_working_day, in_weeks, each, before_fact, or every / as_agreed"
            raise ValueError(f"give exactly one clock: {words}")
        if (fault := next((words for is_wrong, words in self._misfits() if is_wrong), None)) is not None:
            raise ValueError(fault)
        return self

    def _misfits(self) -> Iterator[tuple[bool, str]]:
        """Words that go with others alone: whether one stands without them, and what to say then."""
        hours, days = self.by_the_hour, self.within or self.every
        yield bool(self.each and (self.every or self.as_agreed)), "give either each, or every / as_agreed"
        yield self.by_day is not None and self.each is None, "by_day goes with each: calendar month"
        yield bool(self.first_within and not self.every), "first_within goes with every, and is the first time's"
        yield self.the_day_counts and (hours or not days), "the_day_counts goes with within or every, in days"
        yield bool(self.or_earlier) and hours, "or_earlier takes days, and within counts hours; give it in days"
        yield bool(self.or_earlier) and self.within is None, "or_earlier goes with within, which is the latest day then"
        with_on = bool(self.before or self.or_week) and self.on is None
        yield with_on, "before and or_week go with on, the field that holds the date"
        yield self.hours_before and self.on != "at", "hours before something go with on: at, which may have an hour"
        yield from self._misfits_of_fact(self.before_fact or [])

    def _misfits_of_fact(self, facts: Sequence[Pattern]) -> Iterator[tuple[bool, str]]:
        """The same of the words that go with a fact before which something is due."""
        unnamed = bool(facts) and self.called is None
        yield unnamed, "before_fact needs called, what people call that fact, as in called: the application to court"
        yield self.called is not None and not facts, "called goes with before_fact, and says what that fact is called"
        ahead = any(pattern.when in SCHEDULED for pattern in facts)
        yield (
            ahead,
            "before_fact waits for what happens; before a day in the diary write {on: at, before: 1 working day}",
        )
        yield any(pattern.times for pattern in facts), "times goes with met; before_fact takes the first such fact"

    @property
    def by_the_hour(self) -> bool:
        """Whether it counts hours: what it asks for is due at a moment."""
        return self.within is not None and self.within.unit is Unit.HOURS

    @property
    def hours_before(self) -> bool:
        """Whether it counts hours back from what is in the diary: it is due at a moment, too."""
        return self.before is not None and self.before.unit is Unit.HOURS

    @property
    def recurs(self) -> bool:
        """Whether meeting it opens the next."""
        return self.every is not None or self.each is not None or self.as_agreed is not None

    def counted(self, day: date, length: Interval, calendar: Calendar) -> date:
        """The last day within a length of time of a day, which is day 0; or day 1, where the day itself counts."""
        if not self.the_day_counts:
            return calendar.add(day, length)
        eve = timedelta(days=1)
        return calendar.add(day - eve, length) if length.unit is Unit.WORKING_DAYS else calendar.add(day, length) - eve

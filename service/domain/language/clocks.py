"""Clocks: by when a duty is due, or how often."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from service.domain.calendar import Unit
from service.domain.events.vocabulary import Every
from service.domain.language.base import Length, PolicyModel
from service.domain.language.patterns import TakesList


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
    before: Every | None = None
    same_day: Literal[True] | None = None
    next_working_day: Literal[True] | None = None
    every: Every | None = None
    as_agreed: Agreed | None = None
    in_weeks: Weeks | None = None

    @model_validator(mode="after")
    def _one_clock(self) -> Due:
        recurring = self.every or self.as_agreed
        forms = [self.within, self.on, self.same_day, self.next_working_day, recurring, self.in_weeks]
        if sum(form is not None for form in forms) != 1:
            words = "within, on, same_day, next_working_day, in_weeks, or every / as_agreed"
            raise ValueError(f"give exactly one clock: {words}")
        if self.or_earlier and self.by_the_hour:
            raise ValueError("or_earlier takes days, and within counts hours here; give within in days")
        if self.or_earlier and self.within is None:
            raise ValueError("or_earlier goes with within, which is then the latest day")
        if (self.before or self.or_week) and self.on is None:
            raise ValueError("before and or_week go with on, the field that holds the date")
        return self

    @property
    def by_the_hour(self) -> bool:
        """Whether it counts hours: what it asks for is due at a moment."""
        return self.within is not None and self.within.unit is Unit.HOURS

    @property
    def recurs(self) -> bool:
        """Whether meeting it opens the next."""
        return self.every is not None or self.as_agreed is not None

"""The office hours that a policy states."""

from __future__ import annotations

import re
from datetime import time

from pydantic import Field, field_validator, model_validator

from service.domain.calendar import OfficeHours
from service.domain.events.vocabulary import ClockTime
from service.domain.language.base import PolicyModel

_DAY_OF_A_YEAR = re.compile(r"(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])")


class Hours(PolicyModel):
    """Office hours of the day team, local."""

    opens: ClockTime
    closes: ClockTime
    early_closing: dict[str, ClockTime] = Field(default_factory=dict)

    @field_validator("early_closing")
    @classmethod
    def _days_of_the_year(cls, early: dict[str, time]) -> dict[str, time]:
        for name in early:
            if not _DAY_OF_A_YEAR.fullmatch(name):
                raise ValueError(f"'{name}' is no day of the year; write month and day, as in 12-24")
        return early

    @model_validator(mode="after")
    def _opens_first(self) -> Hours:
        if self.closes <= self.opens:
            raise ValueError("closes is not later than opens")
        return self


def office_of(hours: Hours | None) -> OfficeHours:
    """The hours of an office; those of most, where a policy states none."""
    if hours is None:
        return OfficeHours()
    early = tuple((int(key[:2]), int(key[3:]), clock) for key, clock in hours.early_closing.items())
    return OfficeHours(hours.opens, hours.closes, early)

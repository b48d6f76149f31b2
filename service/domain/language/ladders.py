"""Ladders: when somebody is reminded of a duty, who is told when it is late, and the hours of messages."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Literal, get_args

from pydantic import BeforeValidator, Field, model_validator

from notifications.message import Channel
from service.domain.calendar import Interval, MessageHours, Unit
from service.domain.events.vocabulary import ClockTime
from service.domain.language.base import OWNER, Length, OneRole, PolicyModel, Told, length, one_or_more

At = Literal["at opening", "half way", "first morning", "on the morning", "in the afternoon"]
_REMINDERS = f"{', '.join(get_args(At))}, or like '5 working days before' or '2 hours before'"


@dataclass(frozen=True, slots=True)
class Reminder:
    """When somebody is reminded: at a named moment, or so long before the day to act by."""

    at: At | None
    before: Interval | None = None

    @property
    def counts_hours(self) -> bool:
        """Whether it goes so many hours before the moment at which it is due."""
        return self.before is not None and self.before.unit is Unit.HOURS

    @property
    def of_the_opening(self) -> bool:
        """Whether it goes because the duty opened, whatever its day."""
        return self.at in ("at opening", "first morning")

    @classmethod
    def parse(cls, value: object) -> Reminder:
        """Read `on the morning`, or `5 working days before`. ValueError says what is expected."""
        match value:
            case "at opening" | "half way" | "first morning" | "on the morning" | "in the afternoon":
                return cls(value)
            case str() if (before := re.fullmatch(r"(.+) before", value)) is not None:
                return cls(None, length(before[1]))
        raise ValueError(f"is no reminder; write {_REMINDERS}")


Channels = Annotated[list[Literal["sms", "email"]], BeforeValidator(one_or_more)]
Whom = Annotated[list[Told], BeforeValidator(one_or_more)]
Reminders = Annotated[list[Annotated[Reminder, BeforeValidator(Reminder.parse)]], BeforeValidator(one_or_more)]


class LateStep(PolicyModel):
    """Who is told that a duty is late: the first on the next morning, the others so long after the first message."""

    at: Literal["once", "next morning"] | None = None
    after: Length | None = None
    to: Annotated[Whom, Field(min_length=1)]
    purpose: Annotated[Literal["overdue", "escalation"], Field(alias="as")] = "overdue"

    @model_validator(mode="after")
    def _one_moment(self) -> LateStep:
        if (self.at is None) is (self.after is None):
            raise ValueError("give either at or after")
        if self.after is not None and self.after.unit not in (Unit.WORKING_DAYS, Unit.HOURS):
            raise ValueError("after counts in working days or hours, like '2 working days' or '4 hours'")
        return self

    @property
    def tells_owner(self) -> bool:
        """Whether whoever owes the duty is told."""
        return OWNER in self.to

    @property
    def roles(self) -> tuple[str, ...]:
        """The roles that are told beside whoever owes the duty."""
        return tuple(role for role in self.to if role != OWNER)


class AskOnce(PolicyModel):
    """AskOnce once, the next working morning; where so many in a row were missed, others are told that morning, too."""

    to: Annotated[list[Literal["owner"]], BeforeValidator(one_or_more)]
    running: Annotated[int, Field(ge=2)] = 2
    then: Annotated[list[OneRole], BeforeValidator(one_or_more)] = Field(default_factory=list)


class Ladder(PolicyModel):
    """When people are told of a duty: reminders, then what follows lateness; or asked once afterwards."""

    remind: Reminders = Field(default_factory=list)
    late: list[LateStep] = Field(default_factory=list)
    weekly: Whom = Field(default_factory=list)
    ask_once: AskOnce | None = None
    at_any_hour: bool = False
    by: Channels = Field(default_factory=list)

    @model_validator(mode="after")
    def _whole(self) -> Ladder:
        if self.ask_once is not None and (self.remind or self.late or self.weekly):
            raise ValueError("ask_once stands alone: such a ladder has no reminders, and nothing follows")
        if self.ask_once is not None and self.at_any_hour:
            raise ValueError("ask_once asks in the morning, and never at_any_hour")
        if self.by and not self.at_any_hour:
            raise ValueError("by goes with at_any_hour: within routine hours a person is told by email, else by text")
        if self.ask_once is None and not self.late:
            raise ValueError("late is missing: say who is told when it is late")
        if [step.at is None for step in self.late] != [bool(position) for position in range(len(self.late))]:
            raise ValueError("the first step of late has at, and each later one has after")
        return self

    @property
    def channels(self) -> tuple[Channel, ...]:
        """By which channels each person is told at any hour; none where that is not so."""
        return tuple(Channel(name) for name in self.by or ("email",)) if self.at_any_hour else ()

    @property
    def listed_roles(self) -> tuple[str, ...]:
        """The roles that have the duty in their weekly list beside whoever owes it."""
        return tuple(role for role in self.weekly if role != OWNER)


class Routine(PolicyModel):
    """From when until when routine messages go, local, on working days."""

    from_: Annotated[ClockTime, Field(alias="from")]
    until: ClockTime


class MessageTimes(PolicyModel):
    """The local hours at which people are told."""

    routine: Routine
    morning: ClockTime
    overdue: ClockTime
    afternoon: ClockTime

    @model_validator(mode="after")
    def _within_routine(self) -> MessageTimes:
        for name in ("morning", "overdue", "afternoon"):
            if not self.routine.from_ <= getattr(self, name) <= self.routine.until:
                raise ValueError(f"{name} lies outside the routine hours, in which alone such messages go")
        return self

    @property
    def message_hours(self) -> MessageHours:
        """The same as the calendar takes them."""
        return MessageHours(self.routine.from_, self.routine.until, self.morning, self.overdue, self.afternoon)

"""Check-ins: texts to family members at an agreed hour, the answers to them, and their end."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, ValidationInfo, field_validator, model_validator

from service.domain.events.payloads.base import Dated, Payload, PersonId, PersonIds, Text
from service.domain.events.vocabulary import ClockTime, Day, Weekday, is_stored


class CheckInsStarted(Payload):
    """Check-ins with family members were agreed. One of `days` and `per_week` is required."""

    people: PersonIds = Field(description="The persons who are texted: at least one.")
    days: list[Weekday] | None = Field(
        default=None, description="The days of the week on which they are texted. Absent: as `per_week` spreads them."
    )
    per_week: Annotated[int, Field(ge=1, le=5)] | None = Field(
        default=None,
        description="How many texts go in a week, 1 to 5: 1 Mon; 2 Mon Thu; 3 Mon Wed Fri; 4 Mon Tue Thu Fri; "
        "5 Mon to Fri. Absent: as `days` says, which it yields to.",
    )
    at: ClockTime = Field(
        description="The local time of day at which they are texted, `HH:MM`. It moves into each person's window."
    )
    until_visits: Annotated[int, Field(ge=1, le=100)] | None = Field(
        default=None,
        description="How many visits in a row, with the child seen and no concern left, it takes until the social "
        "worker is told that check-ins may end. Absent: nobody is told.",
    )
    on: Day | None = Field(
        default=None, description="The day on which they begin, a local day. Absent: the local day of `time`."
    )

    @field_validator("people", mode="after")
    @classmethod
    def _asks_somebody(cls, people: list[str], info: ValidationInfo) -> list[str]:
        if not people and not is_stored(info):
            raise ValueError("is empty; name at least one person")
        return people

    @model_validator(mode="after")
    def _says_how_often(self) -> CheckInsStarted:
        if not self.days and self.per_week is None:
            raise ValueError("give days (a list like mon, thu) or per_week (1 to 5)")
        return self


class CheckInReplied(Dated):
    """A person answered a check-in. An answer that asks for no more texts ends them for that number at once."""

    person: PersonId = Field(description="The person who answered.")
    text: Text = Field(description="The answer as it was written.")


class CheckInsStopped(Dated):
    """The check-ins of the plan were ended, from the next Monday."""

    by: PersonId = Field(description="The person who ended them.")

"""The actions of a plan: agreed, completed, or explained where they were not done."""

from __future__ import annotations

from pydantic import Field, ValidationInfo, model_validator

from service.domain.events.payloads.base import ActionRef, Dated, Id, PersonId, Text, Week, in_order
from service.domain.events.vocabulary import Day, is_stored


class ActionAgreed(Dated):
    """Somebody is to do something by a day, or by the end of a week of the timeline."""

    ref: Id = Field(description="The reference by which later events name this action.")
    what: Text = Field(description="What is to be done, in free text. It is kept, and stands in no message.")
    who: PersonId | None = Field(
        default=None, description="The person who is to do it. Absent: nobody is named, and somebody has to be."
    )
    start_by: Day | None = Field(
        default=None, description="The day by which it is to be begun. Absent: none was agreed."
    )
    due_on: Day | None = Field(
        default=None,
        description="The day by which it is to be done. Absent: the end of `to_week`, where that is given.",
    )
    from_week: Week | None = Field(
        default=None, description="The week of the timeline in which it begins, from 1. Absent: none was agreed."
    )
    to_week: Week | None = Field(
        default=None,
        description="The week of the timeline by the last day of which it is to be done. Absent: none was agreed.",
    )

    @model_validator(mode="after")
    def _begins_before_it_is_due(self, info: ValidationInfo) -> ActionAgreed:
        if is_stored(info):
            return self
        if not in_order(self.from_week, self.to_week):
            raise ValueError("ends before it begins: `to_week` may not lie before `from_week`")
        if not in_order(self.start_by, self.due_on):
            raise ValueError("is due before it is to be begun: `due_on` may not lie before `start_by`")
        return self


class ActionCompleted(Dated):
    """An action was done."""

    ref: ActionRef = Field(description="The reference of the action.")
    outcome: Text | None = Field(default=None, description="What came of it, in free text. Absent: not recorded.")


class ActionExplained(Dated):
    """An action was not done, and somebody explained why."""

    ref: ActionRef = Field(description="The reference of the action.")
    why: Text = Field(description="Why it was not done, in free text. It is kept, and stands in no message.")

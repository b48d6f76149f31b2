"""Visits to the child: agreed, planned, made, and shared with the social worker."""

from __future__ import annotations

from pydantic import Field, ValidationInfo, model_validator

from service.domain.events.payloads.base import Dated, Id, PersonId, PlannedVisitRef, VisitId, Week, in_order
from service.domain.events.vocabulary import Every, Moment, Role, is_stored


class VisitsAgreed(Dated):
    """The rhythm of a role's visits was agreed. It holds from the event's own day until another is agreed."""

    by_role: Role = Field(description="The role whose holder visits.")
    every: Every = Field(description="The longest gap between two visits, as an interval like `2 weeks`.")
    announced: bool = Field(default=True, description="Whether the family is told of these visits beforehand.")
    from_week: Week | None = Field(
        default=None, description="The first week of the timeline to which it applies, from 1. Absent: no such limit."
    )
    to_week: Week | None = Field(
        default=None, description="The last week of the timeline to which it applies. Absent: no such limit."
    )

    @model_validator(mode="after")
    def _weeks_run_forwards(self, info: ValidationInfo) -> VisitsAgreed:
        if not is_stored(info) and not in_order(self.from_week, self.to_week):
            raise ValueError("ends before it begins: `to_week` may not lie before `from_week`")
        return self


class VisitPlanned(Dated):
    """A visit was put in the diary. It meets nothing until it is recorded as made."""

    ref: Id = Field(description="The reference by which later events name this visit.")
    by: PersonId = Field(description="The person who is to visit.")
    at: Moment = Field(description="The moment at which the visit is to begin, with an offset.")
    announced: bool = Field(default=True, description="Whether the family is told of the visit beforehand.")


class VisitRecorded(Dated):
    """A visit was made."""

    by: PersonId = Field(description="The person who visited.")
    child_seen: bool = Field(default=True, description="Whether the child was seen.")
    seen_alone: bool | None = Field(default=None, description="Whether the child was seen alone. Absent: not recorded.")
    bedroom_seen: bool | None = Field(
        default=None, description="Whether the child's bedroom was seen. Absent: not recorded."
    )
    plan_reviewed: bool = Field(
        default=False, description="Whether the plan was reviewed there. If so, it counts as a review by the visitor."
    )
    concern: bool = Field(default=False, description="Whether the visit left a concern.")
    announced: bool | None = Field(
        default=None, description="Whether the family was told of the visit beforehand. Absent: not recorded."
    )
    ref: PlannedVisitRef | None = Field(
        default=None, description="The reference of the planned visit that was made. Absent: it was not planned."
    )


class VisitShared(Dated):
    """A visit was shared with the social worker."""

    visit: VisitId = Field(description="The id of the event that recorded the visit.")

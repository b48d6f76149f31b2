"""Milestones: what a council's guidance counts from or towards, and what has no type of its own."""

from __future__ import annotations

from pydantic import Field

from service.domain.events.payloads.base import Dated, Id, PersonId, PersonOrRef
from service.domain.events.vocabulary import Day


class MilestoneReached(Dated):
    """A milestone was reached. One that the authority's policy does not declare is kept, and changes nothing."""

    milestone: Id = Field(description="The milestone's name, as the authority's policy declares it.")
    by: PersonId | None = Field(
        default=None,
        description="The person who did it. Where the policy says by whom a milestone may be said, only a holder of "
        "that role or the cover counts. Absent: not recorded.",
    )
    about: PersonOrRef | None = Field(
        default=None, description="The person, or the reference of what, it was reached about. Absent: the whole plan."
    )
    next_on: Day | None = Field(
        default=None, description="The day agreed for the next such milestone. Absent: none was agreed."
    )


class MilestoneScheduled(Dated):
    """A milestone was put in the diary for its own day or moment. Again with the same reference: it was moved."""

    milestone: Id = Field(description="The milestone's name, as the authority's policy declares it.")
    ref: Id = Field(description="The reference by which later events name this milestone.")

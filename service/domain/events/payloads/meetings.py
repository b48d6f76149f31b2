"""Meetings about a plan, and the family's network that meets."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from service.domain.events.payloads.base import Count, Dated, Id, MeetingRef, PersonId, PersonIds
from service.domain.events.vocabulary import Day, Every, MeetingKind, Role


class MeetingScheduled(Dated):
    """A meeting was put in the diary."""

    meeting: MeetingKind = Field(description="What sort of meeting it is.")
    ref: Id = Field(description="The reference by which later events name this meeting.")
    chair: PersonId | None = Field(default=None, description="The person who is to chair it. Absent: not decided yet.")


class MeetingCancelled(MeetingScheduled):
    """A meeting that was in the diary was cancelled."""

    ref: MeetingRef = Field(description="The reference of the meeting.")


class MeetingHeld(Dated):
    """A meeting was held. What it agreed for later meetings holds until something else is agreed."""

    meeting: MeetingKind = Field(description="What sort of meeting it was.")
    ref: Id | None = Field(default=None, description="The reference of the meeting. Absent: it has none.")
    chair: PersonId | None = Field(default=None, description="The person who chaired it. Absent: not recorded.")
    plan_reviewed: bool = Field(
        default=True, description="Whether the plan was reviewed there. If not, it counts as no review."
    )
    next_review_on: Day | None = Field(
        default=None, description="The day agreed for the next review. Absent: none was agreed."
    )
    review_every: Every | None = Field(
        default=None,
        description="How often reviews are to be held, as an interval like `3 months`. Absent: as agreed before.",
    )
    review_chair: Role | None = Field(
        default=None, description="The role that is to chair later reviews. Absent: as agreed before."
    )
    progress_check_on: Day | None = Field(
        default=None, description="The day agreed for the next progress check. Absent: none was agreed."
    )
    progress_check_every: Every | None = Field(
        default=None,
        description="How often progress checks are to be held, as an interval like `6 weeks`. "
        "Absent: as agreed before.",
    )
    practitioner_attended: bool = Field(
        default=True, description="Whether the practitioner was there, at a meeting of the family's network."
    )


class MeetingUploaded(Dated):
    """The record of a meeting was put on the child's file."""

    ref: MeetingRef = Field(description="The reference of the meeting.")


class NetworkAgreed(Dated):
    """The people of the family's network were agreed: all of them, each time."""

    people: PersonIds = Field(description="The persons in the network.")
    at_least: Count | None = Field(
        default=None, description="The number of people that the network needs. Absent: no number was agreed."
    )


class NetworkMeetingsAgreed(Dated):
    """The rhythm of the network's meetings was agreed."""

    every: Every = Field(description="How often the network meets, as an interval like `2 weeks`.")
    practitioner_every: Annotated[int, Field(ge=1, le=100)] | None = Field(
        default=None,
        description="At which meetings the practitioner is to be there: 1 is each, 2 is every other. "
        "Absent: none was agreed.",
    )

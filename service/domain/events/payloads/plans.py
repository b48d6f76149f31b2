"""The life of a plan: opened, agreed, written up, shared, signed, withheld, reviewed and ended."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import Field, model_validator

from service.domain.events.payloads.base import Count, Dated, EventId, Id, Payload, PersonId, PersonIds, Text, Versioned
from service.domain.events.vocabulary import Day, Initials, Risk, Route, Service


class Child(Payload):
    """The child, by the council's own reference. Only the initials are ever shown."""

    ref: Id = Field(description="The council's reference for the child.")
    initials: Annotated[Initials, Field(min_length=1, max_length=12)] = Field(
        description="The child's initials, which may stand in an email's body and on pages: up to four capital "
        "letters, with dots or blanks between them."
    )
    date_of_birth: Day | None = Field(
        default=None, description="The child's date of birth. It is kept, and never shown."
    )


class PlanOpened(Dated):
    """A safety plan was begun for a child. It introduces the plan, whose reference is the subject."""

    authority: Id = Field(description="The authority whose policy the plan follows.")
    child: Child = Field(description="The child whom the plan is for.")
    route: Route = Field(description="The arrangement under which the child is helped.")
    service: Service = Field(default="social_care", description="The part of the council that leads.")
    risk: Risk | None = Field(
        default=None, description="The level of risk, where the service grades it. Absent: it is not graded."
    )
    concerns: Annotated[list[str], Field(max_length=200)] = Field(
        default_factory=list,
        description="What the plan is about, in the words that the authority's policy uses. Default: none.",
    )

    @classmethod
    def awaited(cls, authority: str, today: date) -> PlanOpened:
        """What stands for the opening of a plan that no event has introduced yet: nothing is known of the child."""
        child = Child.model_construct(ref="", initials="")
        return cls.model_construct(authority=authority, child=child, route="child_in_need", on=today)


class PlanAgreed(Dated):
    """A version of the plan was agreed with those who take part. One of `on` and `at` is required."""

    version: Count | None = Field(
        default=None, description="The number of the version: 1, 2, … Absent: one more than the newest before it."
    )
    review_on: Day | None = Field(default=None, description="The day set for the next review. Absent: none was set.")
    end_on: Day | None = Field(default=None, description="The day set for the plan's end. Absent: none was set.")
    parties: PersonIds = Field(
        default_factory=list,
        description="The persons with whom the plan was agreed, and who get a copy of it. Default: none.",
    )
    agencies: PersonIds = Field(
        default_factory=list,
        description="The persons who stand for other agencies, and who get a copy of the plan. Default: none.",
    )

    @model_validator(mode="after")
    def _has_its_own_day(self) -> PlanAgreed:
        if self.on is None and self.at is None:
            raise ValueError("give on (a day) or at (a moment): the day that the plan was agreed")
        return self


class PlanShared(Versioned):
    """Somebody was given a copy of the plan."""

    with_: Annotated[PersonId, Field(alias="with", description="The person who was given the copy.")]
    how: Text = Field(description="How the copy was given, in free text, such as `by hand`.")


class PlanSigned(Versioned):
    """Somebody signed the plan, or declined to, as the event's type says. Either settles whether they will."""

    by: PersonId = Field(description="The person who signed or declined.")


class PlanWithheld(Dated):
    """The plan is kept from somebody, who is owed no copy of it, and is sent nothing about it, from then on."""

    from_: Annotated[PersonId, Field(alias="from", description="The person from whom the plan is kept.")]
    reason: Text = Field(description="Why it is kept from them, in free text. It is kept, and stands in no message.")
    approved_by: PersonId | None = Field(
        default=None, description="The manager who approved it. Absent: approval is still to come."
    )


class PlanReviewed(Dated):
    """The plan was reviewed. A review at a visit or meeting may be recorded there instead."""

    by: PersonId = Field(description="The person who reviewed the plan.")
    after: EventId | None = Field(
        default=None,
        description="The id of the event that called for the review: a visit, a meeting or a change. "
        "Absent: it answers every review that is then open.",
    )


class ReviewDateSet(Dated):
    """The day of the next review was set, or moved."""

    review_on: Day = Field(description="The day of the next review.")
    reason: Text | None = Field(default=None, description="Why this day, in free text. Absent: not recorded.")


class EndDateSet(Dated):
    """The day on which the plan is to end was set, or moved. Passing that day never ends a plan by itself."""

    end_on: Day = Field(description="The day on which the plan is to end.")
    reason: Text | None = Field(default=None, description="Why this day, in free text. Absent: not recorded.")


class PlanNotFollowed(Dated):
    """Somebody did not or could not follow the plan, so that it may need a review."""

    by: PersonId | None = Field(default=None, description="The person who cannot follow it. Absent: not recorded.")
    why: Text | None = Field(default=None, description="Why not, in free text. Absent: not recorded.")


class PlanEnded(Dated):
    """The plan ended. What was owed to it is cancelled from that day; an alert goes on."""

    reason: Text = Field(description="Why it ended, in free text. It is kept, and stands in no message.")
    replaced_by: Id | None = Field(
        default=None, description="The reference of the plan that takes its place. Absent: none does."
    )


class EndingPlanned(Dated):
    """The end of the support was planned, so that everybody who works with the family can be told in time."""

    ends_on: Day = Field(description="The day on which the support ends.")


class EventWithdrawn(Payload):
    """An event was recorded by mistake. All is as if it had never been, except the record of what was sent.

    The subject is that of the withdrawn event. A withdrawal can be withdrawn too.
    """

    event: EventId = Field(
        description="The id of the withdrawn event: the one of the same source, else one on the same plan."
    )
    reason: Text = Field(description="Why it is withdrawn, in free text. It is kept, and stands in no message.")

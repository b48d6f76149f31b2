"""What each type of event carries, as strict models: section 1 of the contract."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from service.domain.events.vocabulary import (
    ClockTime,
    Day,
    Email,
    Every,
    Flag,
    Incident,
    MeetingKind,
    Moment,
    PersonKind,
    Phone,
    Risk,
    Role,
    Route,
    Service,
    Weekday,
    one_line,
)

Id = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(one_line)]
Ids = Annotated[list[Id], Field(max_length=200)]
Text = Annotated[str, Field(max_length=20_000)]
Count = Annotated[int, Field(ge=0, le=10_000)]
# Ten years of weeks, each of which may be an obligation of its own.
Week = Annotated[int, Field(ge=0, le=520)]


class Payload(BaseModel):
    """An event's data. Strict: no guessing of types. Fields that are not listed are ignored here, kept in the event."""

    # Models are built at their first use: a run that sees five types does not pay for fifty.
    model_config = ConfigDict(strict=True, extra="ignore", frozen=True, defer_build=True, populate_by_name=True)


class Dated(Payload):
    """A fact with its own day, or moment; where neither is given it is the local day of the event's `time`."""

    on: Day | None = None
    at: Moment | None = None


class Window(Payload):
    """When a person may be texted: local days and times, both ends included."""

    days: Annotated[list[Weekday], Field(min_length=1)]
    from_: Annotated[ClockTime, Field(alias="from")]
    until: ClockTime


class Child(Payload):
    """The child, by the council's own reference; only the initials are ever shown."""

    ref: Id
    initials: Annotated[str, Field(min_length=1, max_length=12), AfterValidator(one_line)]
    date_of_birth: Day | None = None


class PersonRecorded(Payload):
    authority: Id
    name: Annotated[str, Field(min_length=1, max_length=200)]
    kind: PersonKind
    email: Email | None = None
    mobile: Phone | None = None
    prefers: Literal["email", "sms"] | None = None
    language: Annotated[str, Field(min_length=2, max_length=35)] = "en"


class ContactDecided(Payload):
    decision: Literal["allow", "never"]
    decided_by: Id
    channel: Literal["sms", "email"] | None = None
    wording: Literal["discreet", "plain"] = "discreet"
    sender_name: Annotated[str, Field(max_length=20), AfterValidator(one_line)] | None = None
    window: Window | None = None
    check_again_on: Day | None = None


class RoleAssigned(Payload):
    authority: Id | None = None
    role: Role
    person: Id
    poses_risk: bool = False
    victim: bool = False
    parental_responsibility: bool = False


class RoleEnded(Payload):
    authority: Id | None = None
    role: Role
    person: Id


class AbsenceRecorded(Payload):
    from_: Annotated[Day, Field(alias="from")]
    until: Day
    cover: Id | None = None


class PlanOpened(Dated):
    authority: Id
    child: Child
    route: Route
    service: Service = "social_care"
    risk: Risk | None = None
    concerns: Annotated[list[str], Field(max_length=200)] = Field(default_factory=list)


class Flagged(Dated):
    flag: Flag


class FamilyContactApproved(Dated):
    person: Id
    by: Id


class PersonExcluded(Dated):
    person: Id


class PlanAgreed(Dated):
    version: Count | None = None
    review_on: Day | None = None
    end_on: Day | None = None
    parties: Ids = Field(default_factory=list)
    agencies: Ids = Field(default_factory=list)

    @model_validator(mode="after")
    def _has_its_own_day(self) -> PlanAgreed:
        if self.on is None and self.at is None:
            raise ValueError("give on (a day) or at (a moment): the day that the plan was agreed")
        return self


class Versioned(Dated):
    version: Count | None = None


class PlanShared(Versioned):
    with_: Annotated[Id, Field(alias="with")]
    how: Text


class PlanSigned(Versioned):
    by: Id


class PlanWithheld(Dated):
    from_: Annotated[Id, Field(alias="from")]
    reason: Text
    approved_by: Id | None = None


class PlanReviewed(Dated):
    by: Id
    after: Id | None = None


class ReviewDateSet(Dated):
    review_on: Day
    reason: Text | None = None


class EndDateSet(Dated):
    end_on: Day
    reason: Text | None = None


class PlanNotFollowed(Dated):
    by: Id | None = None
    why: Text | None = None


class PlanEnded(Dated):
    reason: Text
    replaced_by: Id | None = None


class EndingPlanned(Dated):
    ends_on: Day


class MeetingScheduled(Dated):
    meeting: MeetingKind
    ref: Id
    chair: Id | None = None


class MeetingHeld(Dated):
    meeting: MeetingKind
    ref: Id | None = None
    chair: Id | None = None
    plan_reviewed: bool = True
    next_review_on: Day | None = None
    review_every: Every | None = None
    review_chair: Role | None = None
    progress_check_on: Day | None = None
    progress_check_every: Every | None = None
    practitioner_attended: bool = True


class MeetingUploaded(Dated):
    ref: Id


class VisitsAgreed(Dated):
    by_role: Role
    every: Every
    announced: bool = True
    from_week: Week | None = None
    to_week: Week | None = None


class VisitPlanned(Dated):
    ref: Id
    by: Id
    at: Moment
    announced: bool = True


class VisitRecorded(Dated):
    by: Id
    child_seen: bool = True
    plan_reviewed: bool = False
    concern: bool = False
    announced: bool | None = None
    ref: Id | None = None


class VisitShared(Dated):
    visit: Id


class RiskChanged(Dated):
    direction: Literal["up", "down"]
    to: str | None = None
    scale: Annotated[int, Field(ge=0, le=10)] | None = None


class CircumstancesChanged(Dated):
    what: Text


class IncidentRecorded(Dated):
    kind: Incident


class BottomLineBreached(Dated):
    bottom_line: Id
    at: Moment
    reported_by: Id | None = None


class HubNotified(Dated):
    alert: Id
    by: Id


class AlertAcknowledged(Dated):
    alert: Id
    by: Id


class AlertClosed(Dated):
    alert: Id
    by: Id
    outcome: Text


class ActionAgreed(Dated):
    ref: Id
    what: Text
    who: Id | None = None
    start_by: Day | None = None
    due_on: Day | None = None
    from_week: Week | None = None
    to_week: Week | None = None


class ActionCompleted(Dated):
    ref: Id
    outcome: Text | None = None


class ActionExplained(Dated):
    ref: Id
    why: Text


class ToolCompleted(Dated):
    tool: Literal["exploitation_indicator_tool", "dash"]


class NetworkAgreed(Dated):
    people: Ids
    at_least: Count | None = None


class NetworkMeetingsAgreed(Dated):
    every: Every
    practitioner_every: Annotated[int, Field(ge=1, le=100)] | None = None


class CheckInsStarted(Payload):
    people: Ids
    days: list[Weekday] | None = None
    per_week: Annotated[int, Field(ge=1, le=5)] | None = None
    at: ClockTime
    until_visits: Annotated[int, Field(ge=1, le=100)] | None = None
    on: Day | None = None

    @model_validator(mode="after")
    def _says_how_often(self) -> CheckInsStarted:
        if not self.days and self.per_week is None:
            raise ValueError("give days (a list like mon, thu) or per_week (1 to 5)")
        return self


class CheckInReplied(Dated):
    person: Id
    text: Text


class CheckInsStopped(Dated):
    by: Id


class EventWithdrawn(Payload):
    event: Id
    reason: Text

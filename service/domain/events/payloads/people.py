"""Who people are, which roles they hold, when they are away, and whether they may be contacted."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, ValidationInfo, model_validator

from service.domain.events.payloads.base import Id, Payload, PersonId
from service.domain.events.vocabulary import (
    ClockTime,
    Day,
    Email,
    PersonKind,
    Phone,
    Role,
    Weekday,
    is_stored,
    one_line,
)

# The channels to which a decision about contact may be limited.
ContactChannel = Literal["sms", "email"]


class Window(Payload):
    """The days and hours within which a person may be texted. Times are local, and both ends are included."""

    days: Annotated[list[Weekday], Field(min_length=1)] = Field(
        description="The days of the week on which texts may go: at least one of `mon` to `sun`."
    )
    from_: Annotated[ClockTime, Field(alias="from", description="The earliest local time of day, `HH:MM`.")]
    until: ClockTime = Field(description="The latest local time of day, `HH:MM`.")

    @model_validator(mode="after")
    def _opens(self, info: ValidationInfo) -> Window:
        if not is_stored(info) and self.until < self.from_:
            raise ValueError("never opens: `until` may not lie before `from`; a window cannot go past midnight")
        return self


class PersonRecorded(Payload):
    """A person's details were recorded. It introduces the person; recorded again, it is true from then on."""

    authority: Id = Field(description="The authority to whose directory the person belongs.")
    name: Annotated[str, Field(min_length=1, max_length=200)] = Field(
        description="The person's name, for pages alone. It stands in no message, log or error."
    )
    kind: PersonKind = Field(
        description="What the person is. To `family` and `child` nothing is sent without a decision that allows it."
    )
    email: Email | None = Field(
        default=None, description="One plain email address. Absent: the person cannot be emailed."
    )
    mobile: Phone | None = Field(
        default=None,
        description="A mobile number, best in international form; a leading 0 means the United Kingdom. "
        "Absent: the person cannot be texted.",
    )
    prefers: Literal["email", "sms"] | None = Field(
        default=None,
        description="The channel that the person would rather be reached by. It is kept for information: by which "
        "channel something goes follows from what it is, and from the addresses that are known.",
    )
    language: Annotated[str, Field(min_length=2, max_length=35)] = Field(
        default="en", description="The language in which texts are worded for a family member, as a BCP 47 tag."
    )


class ContactDecided(Payload):
    """Somebody decided whether a person may be contacted, and how. It holds until the next decision about the person.

    Nothing is ever sent to a `family` or `child` person without a current `allow`. Workers and partners need none.
    A `never` binds for anybody.
    """

    decision: Literal["allow", "never"] = Field(description="Whether the person may be contacted, or never.")
    decided_by: PersonId = Field(description="The person who decided, usually a manager.")
    channel: ContactChannel | None = Field(default=None, description="The one channel that is allowed. Absent: any.")
    wording: Literal["discreet", "plain"] = Field(
        default="discreet", description="How open the wording of a text may be. Family texts are discreet in any case."
    )
    sender_name: Annotated[str, Field(max_length=20), AfterValidator(one_line)] | None = Field(
        default=None, description="The name with which a text to this person is signed. Absent: none."
    )
    window: Window | None = Field(
        default=None, description="When the person may be texted. Absent: from 09:00 to 20:00, like all family texts."
    )
    check_again_on: Day | None = Field(
        default=None,
        description="The last day on which an `allow` holds: after it, it is to be decided again. Absent: no end.",
    )


class RoleAssigned(Payload):
    """A person was given a role, on the plan that is the subject, or for a whole authority where there is no subject.

    A role that one person holds at a time passes from whoever held it. A role assigned in the same moment as its plan
    opens holds from the plan's own day; any other holds from the event's `time`.
    """

    authority: Id | None = Field(
        default=None,
        description="The authority for the whole of which the role holds. Required where no plan is named.",
    )
    role: Role = Field(description="The role that is given.")
    person: PersonId = Field(description="The person who holds the role from now on.")
    poses_risk: bool = Field(
        default=False, description="Whether the person poses a risk to the child, and so is sent nothing."
    )
    victim: bool = Field(
        default=False, description="Whether the person is a victim of what the plan is about, and so is sent nothing."
    )
    parental_responsibility: bool = Field(
        default=False,
        description="Whether the person has parental responsibility: some policies ask for the signature of each.",
    )


class RoleEnded(Payload):
    """A person gave up a role. From the event's `time` on the role is vacant, unless somebody else holds it by then."""

    authority: Id | None = Field(
        default=None,
        description="The authority for the whole of which the role was held. Required where no plan is named.",
    )
    role: Role = Field(description="The role that is given up.")
    person: PersonId = Field(description="The person who held it. Where somebody else holds it now, nothing changes.")


class AbsenceRecorded(Payload):
    """A person, who is the subject, is away for some days. What is owed stays theirs; the cover is told instead."""

    from_: Annotated[Day, Field(alias="from", description="The first day of the absence, a local day.")]
    until: Day = Field(description="The last day of the absence, inclusive.")
    cover: PersonId | None = Field(
        default=None, description="The person who stands in for these days. Absent: nobody does."
    )

    @model_validator(mode="after")
    def _ends_after_it_begins(self, info: ValidationInfo) -> AbsenceRecorded:
        if not is_stored(info) and self.until < self.from_:
            raise ValueError("ends before it begins: `until` is the last day, and may not lie before `from`")
        return self

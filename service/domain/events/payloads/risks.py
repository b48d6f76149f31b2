"""What makes a plan more or less urgent, and who must be kept out of it: flags, exclusions, risk and incidents."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from service.domain.events.payloads.base import Dated, PersonId, Text
from service.domain.events.vocabulary import Flag, Incident


class Flagged(Dated):
    """A danger was flagged on the plan, or its flag was cleared, as the event's type says.

    While a flag is current, nothing is sent to the family until a manager approves it person by person.
    """

    flag: Flag = Field(description="The danger.")


class FamilyContactApproved(Dated):
    """A manager approved contact with one person after a flag. A later flag or incident of its nature voids it."""

    person: PersonId = Field(description="The person who may be contacted again.")
    by: PersonId = Field(description="The manager who approved it.")


class PersonExcluded(Dated):
    """A person was excluded from the plan: sent nothing, owed nothing, and no part of its network."""

    person: PersonId = Field(description="The person who is excluded.")


class RiskChanged(Dated):
    """The risk to the child was judged to have risen or fallen."""

    direction: Literal["up", "down"] = Field(description="Whether the risk has risen or fallen.")
    to: str | None = Field(default=None, description="The new level, in the service's own words. Absent: not graded.")
    scale: Annotated[int, Field(ge=0, le=10)] | None = Field(
        default=None, description="The new level as a number from 0 to 10. Absent: not scaled."
    )


class CircumstancesChanged(Dated):
    """Something changed for the child or the family, so that the plan may need a review."""

    what: Text = Field(description="What changed, in free text. It is kept, and stands in no message.")


class IncidentRecorded(Dated):
    """Something happened that puts the child at risk."""

    kind: Incident = Field(description="What sort of incident it was.")


class ToolCompleted(Dated):
    """An assessment tool was filled in."""

    tool: Literal["exploitation_indicator_tool", "dash"] = Field(
        description="The tool: the exploitation indicator tool, or the domestic abuse risk assessment (DASH)."
    )

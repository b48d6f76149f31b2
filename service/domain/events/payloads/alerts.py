"""A bottom line that was crossed, and what became of the alert about it."""

from __future__ import annotations

from pydantic import Field

from service.domain.events.payloads.base import AlertId, Dated, Id, PersonId, Text
from service.domain.events.vocabulary import Moment


class BottomLineBreached(Dated):
    """Something happened that was agreed must not happen. The alert about it goes out at once, at any hour."""

    bottom_line: Id = Field(description="The name of the bottom line that was crossed. It stands in no message.")
    at: Moment = Field(description="The moment at which it was crossed, with an offset.")
    reported_by: PersonId | None = Field(default=None, description="The person who reported it. Absent: not recorded.")


class HubNotified(Dated):
    """The hub's service manager was told of a breach."""

    alert: AlertId = Field(description="The id of the event that recorded the breach.")
    by: PersonId = Field(description="The person who told the hub.")


class AlertAcknowledged(Dated):
    """A person who was alerted has seen the alert. It ends the alerts to that person, and does nothing that is owed."""

    alert: AlertId = Field(description="The id of the event that raised the alert.")
    by: PersonId = Field(description="The person who has seen it.")


class AlertClosed(Dated):
    """The matter of an alert was dealt with. Nothing more is sent about it to anybody."""

    alert: AlertId = Field(description="The id of the event that raised the alert.")
    by: PersonId = Field(description="The person who closed it.")
    outcome: Text = Field(description="How it ended, in free text. It is kept, and stands in no message.")

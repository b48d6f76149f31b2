"""Twilio's words for how far a text has come."""

from collections.abc import Mapping

from notifications.providers.status import Status

BLOCKED = "21610"
STATUSES: Mapping[str, Status] = {
    "accepted": Status(0),
    "scheduled": Status(0),
    "queued": Status(1),
    "sending": Status(2),
    "sent": Status(3),
    "delivered": Status(4),
    "undelivered": Status(4, arrived=False),
    "failed": Status(4, arrived=False),
    "canceled": Status(4, arrived=False),
    "read": Status(5),
}

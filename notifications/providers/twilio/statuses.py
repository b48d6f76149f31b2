"""Twilio's words for how far a text has come."""

from notifications.providers.report import ProviderStatus, Statuses

BLOCKED = "21610"
STATUSES: Statuses = {
    "accepted": ProviderStatus(0),
    "scheduled": ProviderStatus(0),
    "queued": ProviderStatus(1),
    "sending": ProviderStatus(2),
    "sent": ProviderStatus(3),
    "delivered": ProviderStatus(4),
    "undelivered": ProviderStatus(4, arrived=False),
    "failed": ProviderStatus(4, arrived=False),
    "canceled": ProviderStatus(4, arrived=False),
    "read": ProviderStatus(5),
}

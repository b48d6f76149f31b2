"""A mail server's words for what became of an email, as its reports have them (RFC 3464)."""

from notifications.mailbox.bounces import Action
from notifications.providers.report import ProviderStatus, Statuses

STATUSES: Statuses = {
    Action.DELAYED.value: ProviderStatus(1),
    Action.RELAYED.value: ProviderStatus(2),
    Action.EXPANDED.value: ProviderStatus(2),
    Action.DELIVERED.value: ProviderStatus(3),
    Action.FAILED.value: ProviderStatus(4, arrived=False),
}

"""What providers say later of a message that they took: each one's words, in the order of a message's life."""

from collections.abc import Mapping

from notifications.providers.notify import statuses as notify
from notifications.providers.status import Status
from notifications.providers.twilio import statuses as twilio

STATUSES: Mapping[str, Mapping[str, Status]] = {"twilio": twilio.STATUSES, "notify": notify.STATUSES}
# The numbers by which a provider says that it keeps a number from us, since that has asked it for no more texts.
BLOCKED: Mapping[str, frozenset[str]] = {"twilio": frozenset({twilio.BLOCKED}), "notify": frozenset()}

"""GOV.UK Notify's words for how far an email or a text has come. It reports the ends; the others stand in its lists."""

from collections.abc import Mapping

from notifications.providers.status import Status

STATUSES: Mapping[str, Status] = {
    "created": Status(0),
    "sending": Status(1),
    "pending": Status(2),
    "sent": Status(3),  # to a number abroad: more is never said of it
    "delivered": Status(4),
    "temporary-failure": Status(4, arrived=False),  # it has tried for as long as it does
    "permanent-failure": Status(4, arrived=False),
    "technical-failure": Status(4, arrived=False),
}

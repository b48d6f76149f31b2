"""GOV.UK Notify's words for how far an email or a text has come. It reports the ends; the others stand in its lists."""

from notifications.providers.report import ProviderStatus, Statuses

STATUSES: Statuses = {
    "created": ProviderStatus(0),
    "sending": ProviderStatus(1),
    "pending": ProviderStatus(2),
    "sent": ProviderStatus(3),  # to a number abroad: more is never said of it
    "delivered": ProviderStatus(4),
    "temporary-failure": ProviderStatus(4, arrived=False),  # it has tried for as long as it does
    "permanent-failure": ProviderStatus(4, arrived=False),
    "technical-failure": ProviderStatus(4, arrived=False),
}

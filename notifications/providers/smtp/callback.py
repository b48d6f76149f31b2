"""A mail server's callback is an email that came back."""

from datetime import datetime

from notifications.mailbox.bounces import Bounce
from notifications.providers.report import DeliveryReport
from notifications.providers.smtp.statuses import STATUSES


def report_of(bounce: Bounce, at: datetime) -> DeliveryReport:
    """What a returned email says of ours. It names it by the id that the world sees."""
    status = bounce.action.value
    return DeliveryReport(
        "smtp", status, STATUSES[status], at, outside_id=bounce.outside_id, error=bounce.status or None
    )

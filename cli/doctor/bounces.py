"""Whether email that comes back is read."""

from collections.abc import Sequence

from cli.doctor.checked import Checked
from config.settings import Settings
from notifications.mailbox.bounce_box import BounceBox


async def check(settings: Settings) -> Sequence[Checked]:
    """The mailbox in which it arrives."""
    if settings.smtp_host is None:
        return []
    if settings.bounces is None:
        do = "set PLANWATCH_BOUNCES to the mailbox in which email to PLANWATCH_MAIL_FROM arrives"
        return [Checked("returned", "email that comes back is not read: nobody is told of it", do, works=True)]
    fault = BounceBox(settings.bounces).fault
    if fault:
        return [Checked("returned", f"email {fault}", "look at PLANWATCH_BOUNCES and who may read there", works=True)]
    return [Checked("returned", "email is read")]

"""Email over SMTP, by a mail server."""

from config.settings import PREFIX, Settings
from notifications.channels.spec import Channel
from notifications.providers.provider import Provider, Way
from notifications.providers.sender import Sender
from notifications.providers.smtp.statuses import STATUSES


def _make(settings: Settings) -> Sender | None:
    if settings.smtp_host is None or settings.mail_from is None:
        return None
    from notifications.providers.smtp.send import SmtpSender

    return SmtpSender(
        host=settings.smtp_host,
        port=settings.smtp_port,
        tls=settings.smtp_tls,
        mail_from=settings.mail_from,
        username=settings.smtp_username,
        password=settings.smtp_password.get_secret_value() if settings.smtp_password else None,
    )


PROVIDER = Provider(
    name="smtp",
    ways={Channel.EMAIL: Way(f"{PREFIX}SMTP_HOST and {PREFIX}MAIL_FROM", _make)},
    look_at=f"look at {PREFIX}SMTP_HOST, _PORT and _TLS, and at {PREFIX}SMTP_USERNAME and _PASSWORD",
    statuses=STATUSES,
)

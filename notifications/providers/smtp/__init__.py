"""Email over SMTP, by a mail server."""

from typing import TYPE_CHECKING

from config.env_file import PREFIX
from config.settings import Settings
from notifications.channels.spec import Channel
from notifications.providers.provider import Provider, Way
from notifications.providers.sender import Sender
from notifications.providers.smtp.statuses import STATUSES

if TYPE_CHECKING:
    from notifications.providers.smtp.oauth import TokenSource


def _make(settings: Settings) -> Sender | None:
    if settings.smtp_host is None or settings.mail_from is None:
        return None
    from notifications.providers.smtp.send import SmtpSender

    return SmtpSender(
        host=settings.smtp_host,
        port=settings.smtp_port,
        tls=settings.smtp_tls,
        sender=settings.mail_from,
        username=settings.smtp_username,
        password=settings.smtp_password.get_secret_value() if settings.smtp_password else None,
        tokens=_tokens(settings),
    )


def _tokens(settings: Settings) -> "TokenSource | None":
    """Where access tokens come from; None: the mail server takes a password, or nothing."""
    url, client_id = settings.smtp_oauth_token_url, settings.smtp_oauth_client_id
    secret, scope = settings.smtp_oauth_client_secret, settings.smtp_oauth_scope
    if url is None or client_id is None or secret is None or scope is None:
        return None
    from notifications.providers.smtp.oauth import TokenSource

    return TokenSource(url, client_id, secret.get_secret_value(), scope)


PROVIDER = Provider(
    name="smtp",
    ways={Channel.EMAIL: Way(f"{PREFIX}SMTP_HOST and {PREFIX}MAIL_FROM", _make)},
    look_at=f"look at {PREFIX}SMTP_HOST, _PORT and _TLS, at {PREFIX}SMTP_USERNAME and _PASSWORD, and at"
    f" {PREFIX}SMTP_OAUTH_… where the server takes access tokens",
    statuses=STATUSES,
)

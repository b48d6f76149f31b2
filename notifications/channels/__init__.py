"""The channels: each is a line here and a file of its own."""

from config.settings import Settings
from notifications.channels.sender import Sender
from notifications.message import Channel


def make_senders(settings: Settings) -> dict[Channel, Sender]:
    """A sender for each channel that the settings set up."""
    made = {Channel.EMAIL: _email(settings), Channel.SMS: _sms(settings)}
    return {channel: sender for channel, sender in made.items() if sender is not None}


# Each channel's library is loaded only where the channel is set up: it takes a good part of a second.


def _email(settings: Settings) -> Sender | None:
    if settings.smtp_host is None or settings.mail_from is None:
        return None
    from notifications.channels.email import EmailSender

    return EmailSender(
        host=settings.smtp_host,
        port=settings.smtp_port,
        tls=settings.smtp_tls,
        mail_from=settings.mail_from,
        username=settings.smtp_username,
        password=settings.smtp_password.get_secret_value() if settings.smtp_password else None,
    )


def _sms(settings: Settings) -> Sender | None:
    account, token, number = settings.twilio_account_sid, settings.twilio_auth_token, settings.twilio_from
    if account is None or token is None or number is None:
        return None
    from notifications.channels.sms import SmsSender

    return SmsSender(
        account,
        token.get_secret_value(),
        number,
        base_url=settings.twilio_base_url,
        public_url=settings.public_url,
    )

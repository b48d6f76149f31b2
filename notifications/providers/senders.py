"""The channels: each provider is a line here and a file of its own."""

from collections.abc import Callable, Mapping

from config.settings import Settings, in_turn
from notifications.channels.sender import Sender, Senders
from notifications.message import Channel


def make_senders(settings: Settings) -> Senders:
    """For each channel the providers that the settings set up, in the order that the settings say."""
    wanted = {Channel.EMAIL: settings.email_providers, Channel.SMS: settings.sms_providers}
    made = {channel: [_MAKERS[channel, name](settings) for name in names] for channel, names in wanted.items()}
    there = {channel: [sender for sender in senders if sender is not None] for channel, senders in made.items()}
    return {channel: senders for channel, senders in there.items() if senders}


# Each provider's library is loaded only where the provider is set up: it takes a good part of a second.


def _smtp(settings: Settings) -> Sender | None:
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


def _twilio(settings: Settings) -> Sender | None:
    account, token, number = settings.twilio_account_sid, settings.twilio_auth_token, settings.twilio_from
    if account is None or token is None or number is None:
        return None
    from notifications.providers.twilio.send import TwilioSender

    return TwilioSender(
        account,
        in_turn(token)[0],
        number,
        base_url=settings.twilio_base_url,
        public_url=settings.public_url,
    )


def _notify_email(settings: Settings) -> Sender | None:
    key, template = settings.notify_api_key, settings.notify_email_template
    if key is None or template is None:
        return None
    from notifications.providers.notify.send import NotifyEmail

    return NotifyEmail(key.get_secret_value(), template, base_url=settings.notify_base_url)


def _notify_sms(settings: Settings) -> Sender | None:
    key, template = settings.notify_api_key, settings.notify_sms_template
    if key is None or template is None:
        return None
    from notifications.providers.notify.send import NotifySms

    return NotifySms(key.get_secret_value(), template, base_url=settings.notify_base_url)


_MAKERS: Mapping[tuple[Channel, str], Callable[[Settings], Sender | None]] = {
    (Channel.EMAIL, "smtp"): _smtp,
    (Channel.EMAIL, "notify"): _notify_email,
    (Channel.SMS, "twilio"): _twilio,
    (Channel.SMS, "notify"): _notify_sms,
}

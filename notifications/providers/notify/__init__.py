"""Email and texts through GOV.UK Notify."""

from collections.abc import Sequence
from datetime import timedelta

from config.env_file import PREFIX
from config.settings import Settings
from notifications.channels.spec import Channel
from notifications.providers.notify.statuses import STATUSES
from notifications.providers.provider import CallbackFault, Provider, Way
from notifications.providers.sender import Sender


def _make_email(settings: Settings) -> Sender | None:
    key, template = settings.notify_api_key, settings.notify_email_template
    if key is None or template is None:
        return None
    from notifications.providers.notify.send import NotifyEmail

    return NotifyEmail(key.get_secret_value(), template, base_url=settings.notify_base_url)


def _make_sms(settings: Settings) -> Sender | None:
    key, template = settings.notify_api_key, settings.notify_sms_template
    if key is None or template is None:
        return None
    from notifications.providers.notify.send import NotifySms

    return NotifySms(key.get_secret_value(), template, base_url=settings.notify_base_url)


def _callback_faults(settings: Settings) -> Sequence[CallbackFault]:
    if settings.notify_callback_token is not None:
        return ()
    do = f"set {PREFIX}NOTIFY_CALLBACK_TOKEN, and the same at Notify (API integration, Callbacks)"
    return [CallbackFault("of Notify are refused: they have no token", do)]


PROVIDER = Provider(
    name="notify",
    ways={
        Channel.EMAIL: Way(f"{PREFIX}NOTIFY_API_KEY and {PREFIX}NOTIFY_EMAIL_TEMPLATE", _make_email),
        Channel.SMS: Way(f"{PREFIX}NOTIFY_API_KEY and {PREFIX}NOTIFY_SMS_TEMPLATE", _make_sms),
    },
    look_at=f"look at {PREFIX}NOTIFY_API_KEY and _BASE_URL, at this machine's clock, and at Notify's status page",
    statuses=STATUSES,
    ours=frozenset({"technical-failure"}),
    cool_off=timedelta(seconds=120),  # email, too, goes by one request
    calls_back=True,
    callback_faults=_callback_faults,
)

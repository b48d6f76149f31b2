"""Texts through Twilio."""

from config.env_file import PREFIX
from config.settings import Settings, current_secrets
from notifications.channels.spec import Channel
from notifications.providers.provider import Provider, Way
from notifications.providers.sender import Sender
from notifications.providers.twilio.answers import OURS
from notifications.providers.twilio.statuses import BLOCKED, STATUSES


def _make(settings: Settings) -> Sender | None:
    account, token, number = settings.twilio_account_sid, settings.twilio_auth_token, settings.twilio_from
    if account is None or token is None or number is None:
        return None
    from notifications.providers.twilio.send import TwilioSender

    return TwilioSender(
        account,
        current_secrets(token)[0],
        number,
        base_url=settings.twilio_base_url,
        public_url=settings.public_url,
    )


PROVIDER = Provider(
    name="twilio",
    ways={Channel.SMS: Way(f"{PREFIX}TWILIO_ACCOUNT_SID, {PREFIX}TWILIO_AUTH_TOKEN and {PREFIX}TWILIO_FROM", _make)},
    look_at=f"look at {PREFIX}TWILIO_ACCOUNT_SID, _AUTH_TOKEN and _BASE_URL, and at Twilio's own status page",
    statuses=STATUSES,
    blocked=frozenset({BLOCKED}),
    ours=OURS,
    calls_back=True,
)

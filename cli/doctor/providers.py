"""Whether each provider would let us in: connection, TLS, name and key; nothing is handed over."""

from collections.abc import Mapping, Sequence

from cli.doctor.checked import Checked
from config.settings import Settings
from notifications.channels.sender import CanBeKnockedAt
from notifications.errors import DeliveryError, Misconfigured
from notifications.providers.senders import make_senders

_DO = {
    "smtp": "look at PLANWATCH_SMTP_HOST, _PORT and _TLS, and at PLANWATCH_SMTP_USERNAME and _PASSWORD",
    "twilio": "look at PLANWATCH_TWILIO_ACCOUNT_SID, _AUTH_TOKEN and _BASE_URL, and at Twilio's own status page",
    "notify": "look at PLANWATCH_NOTIFY_API_KEY and _BASE_URL, at this machine's clock, and at Notify's status page",
}


def set_up(settings: Settings) -> Mapping[str, CanBeKnockedAt]:
    """The providers that are set up, each once, by name."""
    there = [sender for senders in make_senders(settings).values() for sender in senders]
    return {sender.name: sender for sender in there if isinstance(sender, CanBeKnockedAt)}


async def check(name: str, sender: CanBeKnockedAt, _: Settings) -> Sequence[Checked]:
    """Knock at one."""
    try:
        await sender.knock()
    except DeliveryError as error:
        return [Checked(name, str(error), _DO[name], works=not isinstance(error, Misconfigured))]
    return [Checked(name, "lets us in")]

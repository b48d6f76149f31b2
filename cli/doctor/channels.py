"""Which settings are in use, and by which providers each channel goes."""

from collections.abc import Iterator, Sequence

from cli.doctor.checked import Checked
from config.settings import PREFIX, Settings
from notifications.message import Channel
from notifications.providers.senders import make_senders

_NAMES = {Channel.EMAIL: "email", Channel.SMS: "texts"}
_DO = {
    Channel.EMAIL: f"set {PREFIX}SMTP_HOST and {PREFIX}MAIL_FROM, or {PREFIX}NOTIFY_API_KEY and its email template",
    Channel.SMS: f"set {PREFIX}TWILIO_ACCOUNT_SID, _AUTH_TOKEN and _FROM, or {PREFIX}NOTIFY_API_KEY and its template",
}


async def check(settings: Settings) -> Sequence[Checked]:
    """The names of what is set, never a value; for each channel who goes first, and who when that is down."""
    named = [name.upper() for name in type(settings).model_fields if name in settings.model_fields_set]
    said = f"can be used; set: {', '.join(named)}" if named else "none is set: all as usual"
    there = make_senders(settings)
    ways = [_channel(channel, there.get(channel, ())) for channel in Channel]
    return [Checked("settings", said), *ways, *_listed(len(settings.only_to))]


def _listed(number: int) -> Iterator[Checked]:
    if number:
        do = f"empty {PREFIX}ONLY_TO where this is not a system to try things out with"
        yield Checked("recipients", f"only {number} are sent anything, as {PREFIX}ONLY_TO lists them", do, works=True)


def _channel(channel: Channel, senders: Sequence[object]) -> Checked:
    names = [str(getattr(sender, "name", "")) for sender in senders]
    if not names:
        return Checked(_NAMES[channel], "no provider is set up: none is sent", _DO[channel])
    after = "".join(f", and by {name} when that is down" for name in names[1:])
    return Checked(_NAMES[channel], f"by {names[0]}{after}")

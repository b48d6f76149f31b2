"""Whether the providers can call us with receipts and texts, and nobody else can read along."""

from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

from cli.doctor.checked import Checked
from config.settings import Settings
from notifications.providers.senders import make_senders

_HERE = ("127.0.0.1", "::1", "localhost")
_UNHEARD = "is not set: that a text or an email did not arrive is not known, nor are answers at once"


async def check(settings: Settings) -> Sequence[Checked]:
    """The address under which we are called, and the token by which Notify is known."""
    names = {sender.name for senders in make_senders(settings).values() for sender in senders} - {"smtp"}
    return [*_address(settings, names), *_token(settings, names)]


def _address(settings: Settings, names: set[str]) -> Iterator[Checked]:
    if not names:
        return
    if settings.public_url is None:
        yield Checked("callbacks", f"PLANWATCH_PUBLIC_URL {_UNHEARD}", "set it to the https address of this service")
        return
    parts = urlsplit(settings.public_url)
    where = ", ".join(f"{settings.public_url}/v1/{name}/…" for name in sorted(names))
    if parts.scheme == "https" or parts.hostname in _HERE:
        yield Checked("callbacks", f"are expected at {where}")
    else:
        do = "put what ends TLS before this service, and set PLANWATCH_PUBLIC_URL to the https address"
        yield Checked("callbacks", "come in clear: PLANWATCH_PUBLIC_URL is not https", do)


def _token(settings: Settings, names: set[str]) -> Iterator[Checked]:
    if "notify" in names and settings.notify_callback_token is None:
        do = "set PLANWATCH_NOTIFY_CALLBACK_TOKEN, and the same at Notify (API integration, Callbacks)"
        yield Checked("callbacks", "of Notify are refused: they have no token", do)

"""The providers and the mailbox: whether we can sign in, whether callbacks reach us, whether returned email is read."""

from collections.abc import Iterator, Mapping, Sequence
from urllib.parse import urlsplit

from cli.doctor.report import CheckResult
from config.settings import Settings
from notifications.channels.sender import CanBeKnockedAt
from notifications.errors import DeliveryError, Misconfigured
from notifications.mailbox.bounce_box import BounceBox
from notifications.providers.senders import make_senders

_SIGN_IN = {
    "smtp": "look at PLANWATCH_SMTP_HOST, _PORT and _TLS, and at PLANWATCH_SMTP_USERNAME and _PASSWORD",
    "twilio": "look at PLANWATCH_TWILIO_ACCOUNT_SID, _AUTH_TOKEN and _BASE_URL, and at Twilio's own status page",
    "notify": "look at PLANWATCH_NOTIFY_API_KEY and _BASE_URL, at this machine's clock, and at Notify's status page",
}
_LOOPBACK = ("127.0.0.1", "::1", "localhost")
_UNHEARD = "is not set: that a text or an email did not arrive is not known, nor are answers at once"


def senders_by_name(settings: Settings) -> Mapping[str, CanBeKnockedAt]:
    """The senders of the providers that are set up, by provider; a provider of two channels stands here once."""
    senders = [sender for senders in make_senders(settings).values() for sender in senders]
    return {sender.name: sender for sender in senders if isinstance(sender, CanBeKnockedAt)}


async def check_provider(name: str, sender: CanBeKnockedAt, _: Settings) -> Sequence[CheckResult]:
    """Connect to a provider and sign in, with TLS, name and key as for a message; hand nothing over."""
    try:
        await sender.knock()
    except DeliveryError as error:
        return [CheckResult(name, str(error), _SIGN_IN[name], advisory=not isinstance(error, Misconfigured))]
    return [CheckResult(name, "lets us in")]


async def check_callbacks(settings: Settings) -> Sequence[CheckResult]:
    """Check the address that providers call with receipts and texts, and the token that Notify shows."""
    names = {sender.name for senders in make_senders(settings).values() for sender in senders} - {"smtp"}
    return [*_callback_address(settings, names), *_callback_token(settings, names)]


def _callback_address(settings: Settings, names: set[str]) -> Iterator[CheckResult]:
    if not names:
        return
    if settings.public_url is None:
        remedy = "set it to the https address of this service"
        yield CheckResult("callbacks", f"PLANWATCH_PUBLIC_URL {_UNHEARD}", remedy)
        return
    parts = urlsplit(settings.public_url)
    urls = ", ".join(f"{settings.public_url}/v1/{name}/…" for name in sorted(names))
    if parts.scheme == "https" or parts.hostname in _LOOPBACK:
        yield CheckResult("callbacks", f"are expected at {urls}")
    else:
        remedy = "put what ends TLS before this service, and set PLANWATCH_PUBLIC_URL to the https address"
        yield CheckResult("callbacks", "come in clear: PLANWATCH_PUBLIC_URL is not https", remedy)


def _callback_token(settings: Settings, names: set[str]) -> Iterator[CheckResult]:
    if "notify" in names and settings.notify_callback_token is None:
        remedy = "set PLANWATCH_NOTIFY_CALLBACK_TOKEN, and the same at Notify (API integration, Callbacks)"
        yield CheckResult("callbacks", "of Notify are refused: they have no token", remedy)


async def check_returned_email(settings: Settings) -> Sequence[CheckResult]:
    """Check that the mailbox for returned email is set and can be read; no result where no mail server is set."""
    if settings.smtp_host is None:
        return []
    if settings.bounces is None:
        finding = "email that comes back is not read: nobody is told of it"
        remedy = "set PLANWATCH_BOUNCES to the mailbox in which email to PLANWATCH_MAIL_FROM arrives"
        return [CheckResult("returned", finding, remedy, advisory=True)]
    fault = BounceBox(settings.bounces).fault
    if fault:
        remedy = "look at PLANWATCH_BOUNCES and who may read there"
        return [CheckResult("returned", f"email {fault}", remedy, advisory=True)]
    return [CheckResult("returned", "email is read")]

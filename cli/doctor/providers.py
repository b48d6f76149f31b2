"""The providers and the mailbox: whether we can sign in, whether callbacks reach us, whether returned email is read."""

from collections.abc import Iterator, Mapping, Sequence
from urllib.parse import urlsplit

from cli.doctor.report import CheckResult
from config.settings import Settings
from notifications.errors import DeliveryError, Misconfigured
from notifications.mailbox.bounce_box import BounceBox
from notifications.providers.provider import Provider
from notifications.providers.sender import CanBeKnockedAt
from notifications.providers.senders import PROVIDERS, make_senders

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
        return [CheckResult(name, str(error), PROVIDERS[name].look_at, advisory=not isinstance(error, Misconfigured))]
    return [CheckResult(name, "lets us in")]


async def check_callbacks(settings: Settings) -> Sequence[CheckResult]:
    """Check the address that providers call with receipts and texts, and the token that Notify shows."""
    names = {sender.name for senders in make_senders(settings).values() for sender in senders}
    calling = [PROVIDERS[name] for name in sorted(names) if PROVIDERS[name].calls_back]
    return [*_callback_address(settings, [provider.name for provider in calling]), *_refused_calls(settings, calling)]


def _callback_address(settings: Settings, names: Sequence[str]) -> Iterator[CheckResult]:
    if not names:
        if settings.public_url is None and settings.smtp_host:
            finding = "stand in no email, so no alert can be acknowledged from one: PLANWATCH_PUBLIC_URL is not set"
            remedy = "set it to the address at which browsers reach this service"
            yield CheckResult("links", finding, remedy, advisory=True)
        return
    if settings.public_url is None:
        remedy = "set it to the https address of this service"
        yield CheckResult("callbacks", f"PLANWATCH_PUBLIC_URL {_UNHEARD}", remedy)
        return
    parts = urlsplit(settings.public_url)
    urls = ", ".join(f"{settings.public_url}/v1/{name}/…" for name in names)
    if parts.scheme == "https" or parts.hostname in _LOOPBACK:
        yield CheckResult("callbacks", f"are expected at {urls}")
    else:
        remedy = "put what ends TLS before this service, and set PLANWATCH_PUBLIC_URL to the https address"
        yield CheckResult("callbacks", "come in clear: PLANWATCH_PUBLIC_URL is not https", remedy)


def _refused_calls(settings: Settings, calling: Sequence[Provider]) -> Iterator[CheckResult]:
    for provider in calling:
        for fault in provider.callback_faults(settings):
            yield CheckResult("callbacks", fault.finding, fault.do)


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

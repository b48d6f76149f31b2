"""Each channel with something at its other end that behaves as it is told: what the contract of senders is run on."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from notifications.errors import DeliveryError, Misconfigured, TryLater, Undeliverable, Unknown
from notifications.message import Channel
from notifications.providers.sender import Sender
from tests.contract import notify_double as notify_of
from tests.contract.mail import mail_server
from tests.contract.notify_double import notify_double
from tests.contract.twilio_double import HANG_UP, twilio_double
from tests.memory_sender import MemorySender

TAKES, REFUSES, PUTS_OFF, DROPS, IS_DOWN = "takes", "refuses the address", "puts it off", "drops", "is down"


@dataclass(frozen=True)
class Provider:
    """A sender, and how many messages arrived at the other end."""

    channel: Channel
    sender: Sender
    arrived: Callable[[], int]


@asynccontextmanager
async def memory(behaviour: str, folder: Path) -> AsyncIterator[Provider]:
    """The channel that goes nowhere."""
    errors: Mapping[str, DeliveryError] = {
        REFUSES: Undeliverable("no"),
        PUTS_OFF: TryLater("later"),
        DROPS: Unknown("?"),
        IS_DOWN: Misconfigured("down"),
    }
    sender = MemorySender()
    if behaviour in errors:
        sender.fail_with(errors[behaviour])
    yield Provider(Channel.EMAIL, sender, lambda: len(sender.sent))


@asynccontextmanager
async def smtp(behaviour: str, folder: Path) -> AsyncIterator[Provider]:
    """Email, to a server in a process of its own."""
    answers = {REFUSES: {"RCPT": "550 no"}, PUTS_OFF: {"RCPT": "451 later"}, DROPS: {"DOT": "hang up"}}
    options = {"answers": answers[behaviour]} if behaviour in answers else {}
    async with mail_server(folder, **options) as mailbox:
        sender = mailbox.sender(port=1) if behaviour == IS_DOWN else mailbox.sender()
        yield Provider(Channel.EMAIL, sender, lambda: len(mailbox.arrived()))


@asynccontextmanager
async def twilio(behaviour: str, folder: Path) -> AsyncIterator[Provider]:
    """Texts, to a stand-in for Twilio."""
    async with twilio_double() as double:
        if behaviour == REFUSES:
            double.refuse(400, 21211)
        if behaviour == PUTS_OFF:
            double.refuse(429, 20429)
        if behaviour == DROPS:
            double.instead = HANG_UP
        url = "http://127.0.0.1:1" if behaviour == IS_DOWN else double.url
        taken = (201,) if behaviour in {TAKES, DROPS} else ()
        yield Provider(
            Channel.SMS, double.sender(base_url=url), lambda: len(double.requests) if double.status in taken else 0
        )


@asynccontextmanager
async def _notify(channel: Channel, behaviour: str) -> AsyncIterator[Provider]:
    refused = "phone_number Not enough digits" if channel is Channel.SMS else "email_address Not a valid email address"
    async with notify_double() as double:
        if behaviour == REFUSES:
            double.refuse(400, "ValidationError", refused)
        if behaviour == PUTS_OFF:
            double.refuse(429, "RateLimitError", "Exceeded rate limit")
        if behaviour == DROPS:
            double.instead = notify_of.HANG_UP
        url = "http://127.0.0.1:1" if behaviour == IS_DOWN else double.url
        yield Provider(channel, double.sender(channel, base_url=url), lambda: len(double.taken))


def notify_sms(behaviour: str, folder: Path) -> AbstractAsyncContextManager[Provider]:
    """Texts, to a stand-in for GOV.UK Notify."""
    return _notify(Channel.SMS, behaviour)


def notify_email(behaviour: str, folder: Path) -> AbstractAsyncContextManager[Provider]:
    """Email, to a stand-in for GOV.UK Notify."""
    return _notify(Channel.EMAIL, behaviour)


PROVIDERS: Mapping[str, Callable[[str, Path], AbstractAsyncContextManager[Provider]]] = {
    "memory": memory,
    "smtp": smtp,
    "twilio": twilio,
    "notify-sms": notify_sms,
    "notify-email": notify_email,
}

"""Each provider that can be asked what it has, with its other end: what the contract of asking is run on."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from notifications.errors import TryLater
from notifications.message import Channel
from notifications.providers.sender import CanBeAsked, Sender
from tests.contract.notify_double import notify_double
from tests.contract.outgoing import NOW
from tests.contract.twilio_double import twilio_double
from tests.memory_sender import AskedMemorySender


class _Asked(Sender, CanBeAsked, Protocol):
    """It takes messages, and can be asked for them."""


@dataclass(frozen=True)
class Witness:
    """A provider that can be asked, a way to set its clock, and one to have it fail."""

    channel: Channel
    sender: _Asked
    is_at: Callable[[datetime], None]
    fails: Callable[[], None]


@asynccontextmanager
async def memory() -> AsyncIterator[Witness]:
    """The channel that goes nowhere, and has no clock but the message's."""
    sender = AskedMemorySender()

    def fails() -> None:
        sender.fault = TryLater("it is away")

    yield Witness(Channel.EMAIL, sender, lambda _: None, fails)


@asynccontextmanager
async def twilio() -> AsyncIterator[Witness]:
    """A stand-in for Twilio."""
    async with twilio_double() as double:

        def is_at(moment: datetime) -> None:
            double.now = moment

        is_at(NOW)
        yield Witness(Channel.SMS, double.sender(), is_at, lambda: double.refuse(503))


@asynccontextmanager
async def _notify(channel: Channel) -> AsyncIterator[Witness]:
    async with notify_double() as double:

        def is_at(moment: datetime) -> None:
            double.now = moment

        is_at(NOW)
        yield Witness(channel, double.sender(channel), is_at, lambda: double.refuse(503))


WITNESSES: Mapping[str, Callable[[], AbstractAsyncContextManager[Witness]]] = {
    "memory": memory,
    "twilio": twilio,
    "notify-sms": lambda: _notify(Channel.SMS),
    "notify-email": lambda: _notify(Channel.EMAIL),
}

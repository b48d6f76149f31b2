"""Each provider that keeps texts for us, with a phone at its other end: what the contract of pulling is run on."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

from notifications.errors import TryLater
from notifications.message import ReceivedText
from notifications.providers.sender import CanBePulled
from tests.contract.notify_double import notify_double
from tests.contract.twilio_double import twilio_double
from tests.memory_sender import PulledMemorySender


@dataclass(frozen=True)
class Listener:
    """A provider that can be pulled."""

    sender: CanBePulled
    gets: Callable[[str, str, datetime], str]  # a text from a number at a moment; the provider's id of it
    fails: Callable[[], None]


@asynccontextmanager
async def memory() -> AsyncIterator[Listener]:
    """The channel that goes nowhere."""
    sender = PulledMemorySender()

    def gets(number: str, text: str, at: datetime) -> str:
        sender.kept.append(ReceivedText(f"m-{len(sender.kept)}", number, text, at))
        return sender.kept[-1].provider_id

    def fails() -> None:
        sender.fault = TryLater("it is away")

    yield Listener(sender, gets, fails)


@asynccontextmanager
async def twilio() -> AsyncIterator[Listener]:
    """A stand-in for Twilio."""
    async with twilio_double() as double:
        yield Listener(double.sender(), double.gets, lambda: double.refuse(503))


@asynccontextmanager
async def notify() -> AsyncIterator[Listener]:
    """A stand-in for GOV.UK Notify."""
    async with notify_double() as double:
        yield Listener(double.texts_sender(), double.gets, lambda: double.refuse(503))


LISTENERS: Mapping[str, Callable[[], AbstractAsyncContextManager[Listener]]] = {
    "memory": memory,
    "twilio": twilio,
    "notify": notify,
}

"""Senders: one method hands one message over, once. Where the provider can be asked, another one asks it."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Protocol, runtime_checkable

from notifications.errors import TryLater
from notifications.message import Channel, Outgoing, ReceivedText, Sought
from notifications.retry import BELIEVED_DIFFERENCE, SAME_MOMENT

_ONE_SECOND = timedelta(seconds=1)


class Sender(Protocol):
    """Hands a message to a provider. It reads no database, never tries again, and decides nothing."""

    @property
    def name(self) -> str:
        """The provider's name, as settings, attempts and delivery reports have it: `smtp`, `twilio`, `notify`."""
        ...

    @property
    def keeps_to_time(self) -> bool:
        """Whether the provider drops what it could not deliver before `valid_until`."""
        ...

    async def send(self, outgoing: Outgoing) -> str:
        """Hand it over and give the provider's id for it.

        Awaits `outgoing.before_data()` at the last moment at which nothing can have left, and lets through what that
        raises. Raises an error of `notifications.errors`, by what is known: an error that is a `NotGone` promises
        that nothing has left.
        """
        ...


@runtime_checkable
class CanBeAsked(Protocol):
    """A sender whose provider can be asked whether it has a message."""

    async def look_up(self, sought: Sought) -> str | None:
        """The provider's id of what this attempt handed over; None where it lists no such message.

        Raises an error of `notifications.errors` where it does not say.
        """
        ...


@runtime_checkable
class CanBePulled(Protocol):
    """A sender whose provider keeps the texts that it got for us, so that none is lost while we do not listen."""

    async def received_since(self, since: datetime) -> Sequence[ReceivedText]:
        """All texts that it got from this moment on, in any order; some before it do no harm.

        Raises an error of `notifications.errors` where it does not say, or not of all of them.
        """
        ...


@runtime_checkable
class CanBeKnockedAt(Protocol):
    """A sender whose provider can be asked whether it would let us in."""

    async def knock(self) -> None:
        """Go as far as a message would before it is named: connection, TLS, name and key. Nothing is handed over.

        Raises an error of `notifications.errors` where it would not let us in, or does not say.
        """
        ...


@runtime_checkable
class CanBeClosed(Protocol):
    """A sender that keeps connections."""

    async def close(self) -> None:
        """Close those that nobody uses. It may send again afterwards."""
        ...


@runtime_checkable
class CanWriteToItself(Sender, Protocol):
    """A sender that names as sender of its messages an address at which email arrives."""

    @property
    def mail_from(self) -> str:
        """That address, which is ours."""
        ...


def retry_after(headers: Mapping[str, str]) -> timedelta | None:
    """How long a provider that answers over HTTP asks to be left alone.

    None where it does not say, or names a date, which no provider of ours does.
    """
    seconds = headers.get("Retry-After", "")
    return timedelta(seconds=int(seconds)) if seconds.isdecimal() else None


def clock_difference(headers: Mapping[str, str], asked_at: datetime, answered_at: datetime) -> timedelta | None:
    """By how much a provider's clock, as its `Date` header tells it, is ahead of ours; negative where it is behind.

    None where it tells no time. The time that the answer took counts as no difference.
    """
    try:
        theirs = parsedate_to_datetime(headers.get("Date", ""))
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    theirs = theirs if theirs.tzinfo else theirs.replace(tzinfo=UTC)
    return theirs - min(max(theirs, asked_at - _ONE_SECOND), answered_at + _ONE_SECOND)  # it is written in seconds


def earliest_of(began_at: datetime, difference: timedelta | None) -> datetime:
    """The earliest moment on a provider's clock at which it can have got what we began to hand over at `began_at`."""
    return began_at - SAME_MOMENT + min(difference or timedelta(0), timedelta(0))


def believe_none(provider: str, difference: timedelta | None) -> None:
    """Raise TryLater where a provider's word that it has no such message means little: its clock differs from ours."""
    if difference is not None and abs(difference) > BELIEVED_DIFFERENCE:
        minutes = abs(difference) / timedelta(minutes=1)
        raise TryLater(f"our clock is {minutes:.0f} minutes from {provider}'s: that it has none is not believed")


# For each channel its providers, the one that goes first before the one that goes when that is down.
Senders = Mapping[Channel, Sequence[Sender]]

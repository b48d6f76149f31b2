"""Which provider of a channel goes next: the first that is not resting, so that one that is down costs little."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from notifications.errors import DeliveryError, Misconfigured, TryLater, Unknown
from notifications.message import Channel, OutboxRow
from notifications.providers.sender import CanBeAsked, Sender, Senders
from notifications.providers.senders import PROVIDERS
from notifications.retry import REST_OF_A_PROVIDER, At


class Failover:
    """The providers of one process. One that failed is spared for a while."""

    def __init__(self, senders: Senders) -> None:
        self._senders = senders
        self._resting: dict[tuple[Channel, str], datetime] = {}

    def next_for(self, row: OutboxRow, now: datetime) -> Sender | None:
        """The sender for this message: the first that is awake, else the first of all. None: nobody is set up.

        A message that must not arrive late goes only through senders that keep to time, where one is set up at all.
        """
        able = self._able(row)
        awake = (sender for sender in able if self._awake(row.message.channel, sender, now))
        return next(awake, next(iter(able), None))

    def to_ask(self, channel: Channel, name: str | None) -> CanBeAsked | None:
        """The provider of this name, where it is still set up and can say whether it has a message."""
        named = (sender for sender in self._senders.get(channel, ()) if sender.name == name)
        return next((sender for sender in named if isinstance(sender, CanBeAsked)), None)

    def at(self, channel: Channel, name: str | None, *, elsewhere: bool = False) -> At:
        """The provider of an attempt, as far as it bears on what follows; it need not be set up any more."""
        provider = PROVIDERS.get(name or "")
        cool_off = provider.cool_off if provider else None
        return At(cool_off, askable=self.to_ask(channel, name) is not None, elsewhere=elsewhere)

    def askable(self) -> list[str]:
        """The names of the senders that can say whether they have a message."""
        senders = (sender for of_channel in self._senders.values() for sender in of_channel)
        return sorted({sender.name for sender in senders if isinstance(sender, CanBeAsked)})

    def awake(self, channel: Channel, now: datetime) -> bool:
        """Whether any provider of a channel is worth trying with a routine message. With none set up, a try says so."""
        senders = self._senders.get(channel, ())
        return not senders or any(self._awake(channel, sender, now) for sender in senders)

    def has_another(self, row: OutboxRow, sender: Sender, now: datetime) -> bool:
        """Whether another provider than this one can be tried at once."""
        spare = [candidate for candidate in self._able(row) if candidate.name != sender.name]
        return any(self._awake(row.message.channel, candidate, now) for candidate in spare)

    def spare(self, row: OutboxRow, sender: Sender, error: DeliveryError | None, now: datetime) -> bool:
        """Let a provider rest if it is down or asks for patience. True: another can be tried at once in its place."""
        rest = _rest_after(error)
        if rest is None:
            return False
        channel = row.message.channel
        self._resting[channel, sender.name] = now + rest
        return any(self._awake(channel, other, now) for other in self._able(row))

    def pass_over(self, row: OutboxRow, name: str | None, now: datetime) -> None:
        """Let a provider rest that does not have a message, or does not say. Another is next."""
        if name is not None and any(sender.name != name for sender in self._able(row)):
            self._resting[row.message.channel, name] = now + REST_OF_A_PROVIDER

    def _able(self, row: OutboxRow) -> Sequence[Sender]:
        senders = self._senders.get(row.message.channel, ())
        if row.message.valid_until is None:
            return senders
        return [sender for sender in senders if sender.keeps_to_time] or senders

    def _awake(self, channel: Channel, sender: Sender, now: datetime) -> bool:
        return self._resting.get((channel, sender.name), now) <= now


def _rest_after(error: DeliveryError | None) -> timedelta | None:
    if isinstance(error, TryLater):
        return error.retry_after
    # After an unknown outcome the others go elsewhere for a while; this one message does not, before it is resolved.
    return REST_OF_A_PROVIDER if isinstance(error, Misconfigured | Unknown) else None

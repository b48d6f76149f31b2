"""What every channel is: one method that hands one message over, once."""

from typing import Protocol

from notifications.message import Outgoing


class Sender(Protocol):
    """Hands a message to a provider. It reads no database, never tries again, and decides nothing."""

    async def send(self, outgoing: Outgoing) -> str:
        """Hand it over and give the provider's id for it.

        Awaits `outgoing.before_data()` at the last moment at which nothing can have left, and lets through what that
        raises. Raises an error of `notifications.errors`, by what is known: an error that is a `NotGone` promises
        that nothing has left.
        """
        ...

"""A channel that goes nowhere: for tests, held to the same contract as the others."""

from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

from notifications.errors import DeliveryError, Unknown
from notifications.message import Outgoing, ReceivedText, Sought
from notifications.retry import SAME_MOMENT


class MemorySender:
    """Keeps what it is handed in `sent`, and fails as it is told to."""

    keeps_to_time = True

    def __init__(self, name: str = "memory") -> None:
        self.name = name
        self.sent: list[Outgoing] = []
        self._failures: deque[DeliveryError] = deque()
        self._refused: dict[str, DeliveryError] = {}
        self._meanwhile: Callable[[], Awaitable[None]] | None = None

    def fail_with(self, *errors: DeliveryError) -> None:
        """Meet the next messages with these errors, one each. With an `Unknown` the message has gone all the same."""
        self._failures.extend(errors)

    def refuse(self, address: str, error: DeliveryError) -> None:
        """Meet every message to this address with this error from now on."""
        self._refused[address] = error

    def meanwhile(self, do: Callable[[], Awaitable[None]] | None) -> None:
        """Await this in the middle of each message: it is on its way, and not answered yet."""
        self._meanwhile = do

    async def send(self, outgoing: Outgoing) -> str:
        """Keep it, or fail."""
        failure = self._failures.popleft() if self._failures else self._refused.get(outgoing.address)
        if failure is not None and not isinstance(failure, Unknown):
            raise failure
        await outgoing.before_data()
        self.sent.append(outgoing)
        if self._meanwhile is not None:
            await self._meanwhile()
        if failure is not None:
            raise failure
        return f"memory-{len(self.sent)}"


class PulledMemorySender(MemorySender):
    """One that keeps texts for us, too, until it is asked for them; with a `fault` it does not say what it has."""

    def __init__(self, name: str = "memory") -> None:
        super().__init__(name)
        self.kept: list[ReceivedText] = []
        self.fault: DeliveryError | None = None

    async def received_since(self, since: datetime) -> Sequence[ReceivedText]:
        """What it keeps, from this moment on."""
        if self.fault is not None:
            raise self.fault
        return [one for one in self.kept if one.at >= since]


class AskedMemorySender(MemorySender):
    """One that can be asked what it took, too; with a `fault` it does not say."""

    def __init__(self, name: str = "memory") -> None:
        super().__init__(name)
        self.fault: DeliveryError | None = None

    async def look_up(self, sought: Sought) -> str | None:
        """The id of what it took by this name since the attempt began."""
        if self.fault is not None:
            raise self.fault
        since = sought.started_at - SAME_MOMENT
        taken = ((f"memory-{n}", one) for n, one in enumerate(self.sent, 1) if one.started_at >= since)
        return next((i for i, one in taken if one.message_id == sought.message_id and i not in sought.other_ids), None)

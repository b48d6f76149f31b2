"""One attempt at handing a message over, outside any transaction, under a lease that is kept alive meanwhile."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta

import structlog
from sqlalchemy.exc import DBAPIError

from config.clock import Clock
from config.database import Sessions, transaction
from notifications.errors import DeliveryError, Misconfigured, NotSent, Unknown
from notifications.message import Outgoing
from notifications.outbox.claim import Claim, enter_data
from notifications.outbox.group import hold_on_to
from notifications.outbox.settle import End
from notifications.providers.sender import Sender

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Pace:
    """How long a worker may be silent before its messages are taken from it."""

    lease: float = 60.0  # real seconds
    speed: float = 1.0  # of the business clock, on which leases are written: more than 1 in the demonstration

    @property
    def lease_on_clock(self) -> timedelta:
        """The lease as it passes on the business clock."""
        return timedelta(seconds=self.lease * self.speed)

    @property
    def renewal(self) -> float:
        """Real seconds between two lengthenings of a lease."""
        return self.lease / 3


class HandOver:
    """Hands claimed messages to a sender and says how that ended."""

    def __init__(self, sessions: Sessions, clock: Clock, pace: Pace) -> None:
        self._sessions = sessions
        self._clock = clock
        self._pace = pace
        self._limits: set[asyncio.Timeout] = set()  # of the attempts under way
        self._stopped = False
        self.stopping = False  # what has not begun yet is given back

    def cut_off(self) -> None:
        """End every attempt now: what has not left has not, what may have is unknown. None begins afterwards."""
        self._stopped = self.stopping = True
        for limit in self._limits:
            limit.reschedule(asyncio.get_running_loop().time())

    async def alone(self, sender: Sender, claim: Claim, outgoing: Outgoing, *, another: bool = False) -> End:
        """One attempt at a message that goes by itself."""

        async def enter() -> None:
            now = self._clock.now()
            async with transaction(self._sessions) as session:
                until = now + self._pace.lease_on_clock
                allowed = await enter_data(session, claim, outgoing.attempt_id, until, now)
            if not allowed:
                raise NotSent("its lease ended before it could be handed over")

        async with self.keeping(lambda: [claim]):
            return await self.attempt(sender, outgoing, enter, another=another)

    async def attempt(
        self, sender: Sender, outgoing: Outgoing, enter: Callable[[], Awaitable[None]], *, another: bool = False
    ) -> End:
        """One attempt; every failure comes back as an `End` with an error that says what is certain.

        `enter` records that the message may leave. `another`: another provider could go in its place, so that a slow
        one is waited for only a little.
        """
        entered = False
        opening = _longest_opening(outgoing, another=another)

        async def before_data() -> None:
            nonlocal entered
            await enter()
            entered = True
            self._lengthen(limit, _longest(outgoing))

        end = End(outgoing.attempt_id, outgoing.started_at)
        try:
            async with self._limit(opening) as limit:
                return replace(end, provider_id=await sender.send(replace(outgoing, before_data=before_data)))
        except DeliveryError as error:
            return replace(end, error=error)
        except TimeoutError:
            return replace(end, error=self._not_in_time(_longest(outgoing) if entered else opening, entered=entered))
        except Exception as error:  # noqa: BLE001 - whatever fails in a sender, what is certain hangs on the phase alone
            return replace(end, error=_by_phase(f"{type(error).__name__} in the sender", entered=entered))

    @asynccontextmanager
    async def _limit(self, seconds: float) -> AsyncIterator[asyncio.Timeout]:
        async with asyncio.timeout(0 if self._stopped else seconds) as limit:
            self._limits.add(limit)
            try:
                yield limit
            finally:
                self._limits.discard(limit)

    def _lengthen(self, limit: asyncio.Timeout, seconds: float) -> None:
        if not self._stopped:  # whoever stops has ended it already
            limit.reschedule(asyncio.get_running_loop().time() + seconds)

    def _not_in_time(self, seconds: float, *, entered: bool) -> DeliveryError:
        if not self._stopped:
            words = f"no answer within {seconds:.0f} seconds"
            return Unknown(words) if entered else Misconfigured(words)  # it is as good as down, so another can go
        words = "planwatch was stopped while it was handed over"
        return Unknown(words) if entered else NotSent(words, at_once=True)

    @asynccontextmanager
    async def keeping(self, claims: Callable[[], Sequence[Claim]]) -> AsyncIterator[None]:
        """Lengthen the leases of these claims again and again while the block runs."""
        done = asyncio.Event()
        keeper = asyncio.create_task(self._keep(claims, done))
        try:
            yield
        finally:
            done.set()  # and not cancelled: it may be in the middle of a transaction
            await keeper

    async def _keep(self, claims: Callable[[], Sequence[Claim]], done: asyncio.Event) -> None:
        while not await _within(self._pace.renewal, done):
            now = self._clock.now()
            try:
                async with transaction(self._sessions) as session:
                    await hold_on_to(session, claims(), now + self._pace.lease_on_clock, now)
            except DBAPIError as error:
                _log.warning("lease_not_lengthened", number=len(claims()), error=type(error).__name__)


def _longest_opening(outgoing: Outgoing, *, another: bool) -> float:
    """Real seconds until the message may leave."""
    spec = outgoing.channel.spec
    return (spec.longest_opening_with_another if another else spec.longest_opening).total_seconds()


def _longest(outgoing: Outgoing) -> float:
    """Real seconds from then on."""
    return outgoing.channel.spec.longest_attempt.total_seconds()


def _by_phase(words: str, *, entered: bool) -> DeliveryError:
    return Unknown(words) if entered else NotSent(words)


async def _within(seconds: float, event: asyncio.Event) -> bool:
    """Whether the event comes within so many real seconds."""
    try:
        await asyncio.wait_for(event.wait(), seconds)
    except TimeoutError:
        return False
    return True

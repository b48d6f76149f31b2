"""One attempt at handing a message over, outside any transaction, under a lease that is kept alive meanwhile."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta

import structlog
from sqlalchemy.exc import DBAPIError

from config.clock import Clock
from config.database import Sessions, transaction
from notifications.errors import DeliveryError, NotSent, Unknown
from notifications.message import Outgoing
from notifications.outbox.claim import Claim, enter_data, hold_on
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

    def cut_off(self) -> None:
        """End every attempt now: what has not left has not, what may have is unknown. None begins afterwards."""
        self._stopped = True
        for limit in self._limits:
            limit.reschedule(asyncio.get_running_loop().time())

    async def attempt(self, sender: Sender, claim: Claim, outgoing: Outgoing) -> End:
        """One attempt; every failure comes back as an `End` with an error that says what is certain."""
        entered = False

        async def before_data() -> None:
            nonlocal entered
            await self._enter_data(claim, outgoing.attempt_id)
            entered = True

        end = End(outgoing.attempt_id, outgoing.started_at)
        try:
            async with self._keeping(claim), self._limit(_longest(outgoing)):
                return replace(end, provider_id=await sender.send(replace(outgoing, before_data=before_data)))
        except DeliveryError as error:
            return replace(end, error=error)
        except TimeoutError:
            return replace(end, error=self._not_in_time(outgoing, entered=entered))
        except Exception as error:  # noqa: BLE001 - whatever fails in a sender, what is certain hangs on the phase alone
            return replace(end, error=_by_phase(f"{type(error).__name__} in the sender", entered=entered))

    @asynccontextmanager
    async def _limit(self, seconds: float) -> AsyncIterator[None]:
        async with asyncio.timeout(0 if self._stopped else seconds) as limit:
            self._limits.add(limit)
            try:
                yield
            finally:
                self._limits.discard(limit)

    def _not_in_time(self, outgoing: Outgoing, *, entered: bool) -> DeliveryError:
        if not self._stopped:
            return _by_phase(f"no answer within {_longest(outgoing):.0f} seconds", entered=entered)
        words = "planwatch was stopped while it was handed over"
        return Unknown(words) if entered else NotSent(words, at_once=True)

    async def _enter_data(self, claim: Claim, attempt_id: str) -> None:
        now = self._clock.now()
        async with transaction(self._sessions) as session:
            allowed = await enter_data(session, claim, attempt_id, now + self._pace.lease_on_clock, now)
        if not allowed:
            raise NotSent("its lease ended before it could be handed over")

    @asynccontextmanager
    async def _keeping(self, claim: Claim) -> AsyncIterator[None]:
        """Lengthen the claim's lease again and again while the block runs."""
        done = asyncio.Event()
        keeper = asyncio.create_task(self._keep(claim, done))
        try:
            yield
        finally:
            done.set()  # and not cancelled: it may be in the middle of a transaction
            await keeper

    async def _keep(self, claim: Claim, done: asyncio.Event) -> None:
        while not await _within(self._pace.renewal, done):
            now = self._clock.now()
            try:
                async with transaction(self._sessions) as session:
                    kept = await hold_on(session, claim, now + self._pace.lease_on_clock, now)
            except DBAPIError as error:
                _log.warning("lease_not_lengthened", message_id=claim.row.id, error=type(error).__name__)
                continue
            if not kept:
                return


def _longest(outgoing: Outgoing) -> float:
    """Real seconds for a whole attempt."""
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

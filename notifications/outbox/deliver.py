"""Delivery: claim a message, check it a last time, put the attempt on record, hand it over, settle.

The process may die at any moment. This order keeps a message from being lost or repeated then:

1. One transaction claims the message, checks it a last time, renders its text, and records its recipient and the
   attempt. A message that may have gone is resolved before that (resolve.py).
2. The message is handed over outside any transaction. Just before anything can leave, the attempt's phase is committed.
   If the lease has ended, nothing leaves.
3. The outcome is settled. An outcome that is not certain is `unknown`, never `failed`. The message cools off before it
   is sent again.

The lease is lengthened while a message is being handed over, so that a slow mail server keeps it and a dead worker does
not. A lease that has ended is settled by whoever comes next.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime

import structlog
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from config.clock import Clock
from config.database import Sessions, is_away, reading, transact, transaction
from notifications import retry
from notifications.errors import CannotDecide, DeliveryError, Misconfigured, NotSent, RefusesUs, TooLate, Unknown
from notifications.message import OUTSIDE_SECRET, Channel, OutboxRow, State
from notifications.outbox import suspension
from notifications.outbox.attempt import HandOver, Pace
from notifications.outbox.claim import Claim, Lanes, expired, is_due, let_through, take
from notifications.outbox.failover import Failover
from notifications.outbox.prepare import LastCheck, MakeReady, Ready
from notifications.outbox.resolve import Unresolved, ask, may_have_gone, settle_answer, settle_gone, sought, went
from notifications.outbox.settle import End, put_off, settle, settle_lost, settle_unsent
from notifications.providers.sender import Senders

Undelivered = Callable[[AsyncSession, OutboxRow, DeliveryError], Awaitable[None]]

_log = structlog.get_logger(__name__)

_REAPED_AT_ONCE = 50
_SETTLE_WAITS = (0.1, 0.5, 1.0, 2.0, 4.0)  # real seconds, between tries to write an end down
_SETTLE_AWAY = (5.0,) * 120  # while the database is away: what has gone must not go again when it returns
_TOLD = (State.UNDELIVERABLE, State.FAILED, State.HELD)


def tell_time_in_utc(moment: datetime) -> str:
    """A moment in the line which says that a message may repeat another. The service gives a better wording."""
    return moment.strftime("%H:%M UTC on %d %b %Y")


class Delivery:
    """Takes what is due from the outbox to its senders, one message at a step."""

    def __init__(
        self,
        sessions: Sessions,
        senders: Senders,
        last_check: LastCheck,
        clock: Clock,
        worker_id: str,
        on_undeliverable: Undelivered,
        *,
        pace: Pace = Pace(),  # noqa: B008 - frozen
        tell_time: Callable[[datetime], str] = tell_time_in_utc,
        secret: bytes = OUTSIDE_SECRET,
    ) -> None:
        """`worker_id` belongs to this process alone. `secret` makes the ids that the world sees impossible to guess."""
        self._sessions = sessions
        self.secret = secret
        self._make_ready = MakeReady(last_check, tell_time, secret)
        self._clock = clock
        self._worker_id = worker_id
        self._on_undeliverable = on_undeliverable
        self._pace = pace
        self._hand_over = HandOver(sessions, clock, pace)
        self._failover = Failover(senders)
        self._reap_at: datetime | None = None
        self._busy = False  # the last step found a message, so this one need not ask first

    async def step(
        self, *, urgent_only: bool = False, channel: Channel | None = None, resolve_only: bool = False
    ) -> bool:
        """Deal with the message that is due first, urgent before routine. True: there may be more due now.

        With `resolve_only` nothing is handed over. A provider is asked about a message that may have gone.
        Steps may run at the same time, in one process and in several.
        """
        await self._reap()
        lanes = self._lanes(urgent_only=urgent_only, channel=channel)
        if resolve_only:
            lanes = Lanes(list(Channel), list(Channel), self._failover.askable())
        if not self._busy and not await self._is_due(lanes):
            return False
        self._busy, prepared = await self._claim(lanes)
        was_due = self._busy
        if isinstance(prepared, Ready):
            await self._send(prepared)
        elif prepared:
            await self._ask(prepared)
        return was_due

    async def anything_urgent(self) -> bool:
        """Whether an urgent message is due now, and may go."""
        return await self._is_due(self._lanes(urgent_only=True, channel=None))

    def cut_off(self) -> None:
        """End the hand-overs under way, and settle each by what is certain. A process that must stop calls this."""
        self._hand_over.cut_off()

    def _lanes(self, *, urgent_only: bool, channel: Channel | None) -> Lanes:
        now = self._clock.now()
        channels = [channel] if channel else list(Channel)
        awake = [channel for channel in channels if self._failover.awake(channel, now)]
        return Lanes(urgent=channels, routine=[] if urgent_only else awake)

    async def _is_due(self, lanes: Lanes) -> bool:
        now = self._clock.now()
        async with reading(self._sessions) as session:
            if not await is_due(session, now, lanes):
                return False
            # Messages that wait for the end of a hold cost little because of this. The claim itself decides.
            current = await suspension.current(session, now)
            going = let_through(lanes, current.kind if current else None)
            return going == lanes or await is_due(session, now, going)

    async def _claim(self, lanes: Lanes) -> tuple[bool, Ready | Unresolved | None]:
        """Whether a message was claimed. The message comes with it if it is to be handed over or asked about."""
        now = self._clock.now()
        claim: Claim | None = None

        async def claim_one(session: AsyncSession) -> tuple[bool, Ready | Unresolved | None]:
            nonlocal claim
            claim = await take(session, self._worker_id, now, now + self._pace.lease_on_clock, lanes)
            return (True, await self._prepare(session, claim, now)) if claim else (False, None)

        try:
            return await transact(self._sessions, claim_one)
        except Exception as fault:
            if claim is None or is_away(fault) or isinstance(fault, CannotDecide):
                raise  # if the claim was committed, its lease ends, and nothing has gone
            # A message that cannot be made ready must not keep the others waiting.
            await self._put_off(claim, fault)
            return True, None

    async def _prepare(self, session: AsyncSession, claim: Claim, now: datetime) -> Ready | Unresolved | None:
        tried = await may_have_gone(session, claim.row)
        if tried and went(tried):
            await settle_gone(session, claim, tried, None, now)
            return None
        provider = self._failover.to_ask(claim.row.message.channel, tried.provider) if tried else None
        if tried and provider and retry.to_be_asked(tried):
            message_id = claim.row.seen_as(self.secret)
            return Unresolved(claim, tried, provider, await sought(session, claim.row, tried, message_id))
        prepared = await self._make_ready(session, claim, self._failover.next_for(claim.row, now), now)
        if isinstance(prepared, Ready):
            return prepared
        row = await settle_unsent(session, claim, prepared.verdict, now)
        if row and prepared.error:
            await self._tell(session, row, prepared.error)
        return None

    async def _ask(self, unresolved: Unresolved) -> None:
        """Ask the provider, outside any transaction, whether it has a message that may have gone."""
        answer = await ask(unresolved.provider, unresolved.sought)
        now = self._clock.now()
        if not isinstance(answer, str):
            self._failover.pass_over(unresolved.claim.row, unresolved.tried.provider, now)

        async def settle_it(session: AsyncSession) -> None:
            row = await settle_answer(session, unresolved.claim, unresolved.tried, answer, now)
            if row:
                await self._tell(session, row, Unknown("it may have gone or not, and its provider does not know it"))

        await transact(self._sessions, settle_it)

    async def _send(self, ready: Ready) -> None:
        row, sender = ready.claim.row, ready.sender
        if sender is None:
            fault = Misconfigured(f"no {row.message.channel} channel is set up")
            end = End(ready.outgoing.attempt_id, ready.outgoing.started_at, error=fault)
        else:
            another = self._failover.has_another(row, sender, self._clock.now())
            end = await self._hand_over.attempt(sender, ready.claim, ready.outgoing, another=another)
            elsewhere = self._failover.spare(row, sender, end.error, self._clock.now())
            end = replace(end, at=self._failover.at(row.message.channel, sender.name, elsewhere=elsewhere))
        await self._settle(ready.claim, end)

    async def _settle(self, claim: Claim, end: End) -> None:
        """Write the end down, whatever it takes. Else the lease would run out on a message that has gone."""
        for tried, wait in enumerate((*_SETTLE_WAITS, *_SETTLE_AWAY)):
            try:
                await self._settle_once(claim, end)
            except DBAPIError as error:
                if tried >= len(_SETTLE_WAITS) and not is_away(error):
                    raise
                _log.warning("settling_failed", message_id=claim.row.id, error=type(error).__name__)
                await asyncio.sleep(wait)
            else:
                return
        await self._settle_once(claim, end)

    async def _settle_once(self, claim: Claim, end: End, *, tell: bool = True) -> None:
        now = self._clock.now()
        try:
            async with transaction(self._sessions) as session:
                row = await settle(session, claim, end, now)
                if tell and row and end.error:
                    await self._tell(session, row, end.error)
        except DBAPIError:
            raise
        except Exception:  # the message itself is settled, whatever goes wrong in the telling
            if not tell:
                raise
            # A message that goes again and again is worse than one of which nobody is told. The row shows its state.
            _log.exception("telling_failed", message_id=claim.row.id)
            await self._settle_once(claim, end, tell=False)

    async def _tell(self, session: AsyncSession, row: OutboxRow, error: DeliveryError) -> None:
        if row.state in _TOLD or isinstance(error, TooLate | RefusesUs):
            await self._on_undeliverable(session, row, error)

    async def _put_off(self, claim: Claim, fault: Exception) -> None:
        _log.error("message_put_off", message_id=claim.row.id, exc_info=fault)
        now = self._clock.now()
        reason = f"{type(fault).__name__} while it was made ready"
        async with transaction(self._sessions) as session:
            row = await put_off(session, claim, retry.put_off(claim.row, reason, now), now)
            if row:
                await self._tell(session, row, NotSent(reason))

    async def _reap(self) -> None:
        """Settle the messages that lost workers left. This happens four times a lease."""
        now = self._clock.now()
        if self._reap_at is not None and now < self._reap_at:
            return
        self._reap_at = now + self._pace.lease_on_clock / 4
        async with reading(self._sessions) as session:
            lost = await expired(session, now, _REAPED_AT_ONCE)
        for claim in lost:
            await self._reap_one(claim, now)

    async def _reap_one(self, claim: Claim, now: datetime) -> None:
        try:
            async with transaction(self._sessions) as session:
                row, error = await settle_lost(session, claim, self._failover.at, now)
                if row:
                    _log.warning("worker_lost", message_id=row.id, worker=claim.worker, state=row.state)
                if row and error:
                    await self._tell(session, row, error)
        except Exception:  # noqa: BLE001 - the other messages wait too; what it was is logged, and it comes up again
            _log.exception("reaping_failed", message_id=claim.row.id)

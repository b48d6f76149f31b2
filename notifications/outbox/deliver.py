"""Delivery: claim what is due, check it a last time, put the attempts on record, hand over, settle.

The process may die at any moment. This order keeps a message from being lost or repeated then:

1. One transaction claims, checks a last time, renders the text, and records the recipient and the attempt. An urgent
   message is claimed by itself, routine ones of a channel in a group (group.py). A message that may have gone is
   resolved before that (resolve.py).
2. The message is handed over outside any transaction. Just before anything can leave, the attempt's phase is committed.
   If the lease has ended, nothing leaves.
3. The outcome is settled. An outcome that is not certain is `unknown`, never `failed`. The message cools off before it
   is sent again.

The lease is lengthened while a message is being handed over, so that a slow mail server keeps it and a dead worker does
not. A lease that has ended is settled by whoever comes next.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from config.clock import Clock
from config.database import Sessions, is_away, reading, transact
from notifications import retry
from notifications.errors import CannotDecide, Misconfigured, Unknown
from notifications.message import OUTSIDE_SECRET, Channel
from notifications.outbox import suspension
from notifications.outbox.attempt import HandOver, Pace
from notifications.outbox.claim import Claim, Lanes, freeze, is_due, let_through, take, take_this
from notifications.outbox.ending import Ends, Undelivered
from notifications.outbox.failover import Failover
from notifications.outbox.group import due_together, end_unsent, put_on_record
from notifications.outbox.group_size import GroupSize
from notifications.outbox.prepare import LastCheck, MakeReady, Ready, Unsent
from notifications.outbox.reaping import Reaper
from notifications.outbox.resolve import Unresolved, ask, may_have_gone, settle_answer, settle_gone, sought, went
from notifications.outbox.settle import End, settle_unsent
from notifications.outbox.together import Together
from notifications.providers.sender import Senders

_log = structlog.get_logger(__name__)

Prepared = Ready | Unresolved | None


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
        self._pace = pace
        self._hand_over = HandOver(sessions, clock, pace)
        self._failover = Failover(senders)
        self._ends = Ends(sessions, clock, on_undeliverable)
        self._reap = Reaper(sessions, clock, pace, self._failover, self._ends)
        self._together = Together(sessions, clock, self._hand_over, self._failover, self._ends.settle)
        self._sizes = {channel: GroupSize() for channel in Channel}
        self._busy = False  # the last step found a message, so this one need not ask first

    async def step(
        self, *, urgent_only: bool = False, channel: Channel | None = None, resolve_only: bool = False
    ) -> bool:
        """Deal with the urgent message that is due first, else with a group of routine ones. True: there may be more.

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
        if len(prepared) == 1 or not all(isinstance(each, Ready) and each.sender for each in prepared):
            for each in prepared:
                await (self._ask(each) if isinstance(each, Unresolved) else self._send(each))
        elif prepared:
            with self._sizes[prepared[0].claim.row.message.channel].measured(len(prepared)):
                await self._together([each for each in prepared if isinstance(each, Ready)])
        return was_due

    async def anything_urgent(self) -> bool:
        """Whether an urgent message is due now, and may go."""
        return await self._is_due(self._lanes(urgent_only=True, channel=None))

    def begin_no_more(self) -> None:
        """Give back what is claimed and has not begun. What is being handed over goes on."""
        self._hand_over.stopping = True

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

    async def _claim(self, lanes: Lanes) -> tuple[bool, Sequence[Ready | Unresolved]]:
        """Whether a message was claimed, and those that are to be handed over or asked about."""
        now = self._clock.now()
        claims: Sequence[Claim] = ()

        async def claim_some(session: AsyncSession) -> tuple[bool, Sequence[Ready | Unresolved]]:
            nonlocal claims
            open_lanes = let_through(lanes, await suspension.stopped(session, now))
            claims = await self._claim_routine(session, open_lanes, now)
            if len(claims) > 1:
                return True, await self._prepare_group(session, claims, now)
            claim = await take(session, self._worker_id, now, now + self._pace.lease_on_clock, open_lanes)
            claims = [claim] if claim else []
            prepared = await self._prepare(session, claim, now) if claim else None
            return bool(claims), [prepared] if prepared else []

        try:
            return await transact(self._sessions, claim_some)
        except Exception as fault:
            if not claims or is_away(fault) or isinstance(fault, CannotDecide):
                raise  # if the claim was committed, its lease ends, and nothing has gone
            # A message that cannot be made ready must not keep the others waiting.
            if len(claims) == 1:
                await self._ends.put_off(claims[0], fault)
                return True, []
            _log.warning("group_broken_up", number=len(claims), error=type(fault).__name__)
        return True, [ready for claim in claims for ready in await self._claim_this(claim, now)]

    async def _claim_routine(self, session: AsyncSession, lanes: Lanes, now: datetime) -> Sequence[Claim]:
        """The routine messages that are due, where nothing urgent is."""
        if not lanes.routine or lanes.asking is not None or await is_due(session, now, replace(lanes, routine=[])):
            return ()
        return await due_together(session, self._worker_id, now, lanes.routine, self._sizes[lanes.routine[0]].most)

    async def _prepare_group(self, session: AsyncSession, claims: Sequence[Claim], now: datetime) -> Sequence[Ready]:
        outcomes = await self._make_ready(session, claims, lambda row: self._failover.next_for(row, now), now)
        readies = [each for each in outcomes if isinstance(each, Ready)]
        unsent = [(claim, each) for claim, each in zip(claims, outcomes, strict=True) if isinstance(each, Unsent)]
        await put_on_record(session, readies, now + self._pace.lease_on_clock)
        for row, (_, ended) in zip(await end_unsent(session, unsent, now), unsent, strict=True):
            if ended.error:
                await self._ends.tell(session, row, ended.error)
        return readies

    async def _claim_this(self, claim: Claim, now: datetime) -> Sequence[Ready]:
        """One of a group in which something went wrong, by itself."""

        async def claim_it(session: AsyncSession) -> Prepared:
            taken = None
            if not await suspension.stopped(session, now):
                taken = await take_this(session, claim, now, now + self._pace.lease_on_clock)
            return await self._prepare(session, taken, now) if taken else None

        try:
            prepared = await transact(self._sessions, claim_it)
        except Exception as fault:
            if is_away(fault) or isinstance(fault, CannotDecide):
                raise
            await self._ends.put_off(claim, fault)
            return []
        return [prepared] if isinstance(prepared, Ready) else []

    async def _prepare(self, session: AsyncSession, claim: Claim, now: datetime) -> Prepared:
        tried = await may_have_gone(session, claim.row)
        if tried and went(tried):
            await settle_gone(session, claim, tried, None, now)
            return None
        provider = self._failover.to_ask(claim.row.message.channel, tried.provider) if tried else None
        if tried and provider and retry.to_be_asked(tried):
            message_id = claim.row.seen_as(self.secret)
            return Unresolved(claim, tried, provider, await sought(session, claim.row, tried, message_id))
        [outcome] = await self._make_ready(session, [claim], lambda row: self._failover.next_for(row, now), now)
        if isinstance(outcome, Ready):
            await freeze(session, outcome.claim, outcome.attempt())
            return outcome
        row = await settle_unsent(session, claim, outcome.verdict, now)
        if row and outcome.error:
            await self._ends.tell(session, row, outcome.error)
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
                await self._ends.tell(
                    session, row, Unknown("it may have gone or not, and its provider does not know it")
                )

        await transact(self._sessions, settle_it)

    async def _send(self, ready: Ready) -> None:
        row, sender = ready.claim.row, ready.sender
        if sender is None:
            fault = Misconfigured(f"no {row.message.channel} channel is set up")
            end = End(ready.outgoing.attempt_id, ready.outgoing.started_at, error=fault)
        else:
            another = self._failover.has_another(row, sender, self._clock.now())
            end = await self._hand_over.alone(sender, ready.claim, ready.outgoing, another=another)
            elsewhere = self._failover.spare(row, sender, end.error, self._clock.now())
            end = replace(end, at=self._failover.at(row.message.channel, sender.name, elsewhere=elsewhere))
        await self._ends.settle(ready.claim, end)

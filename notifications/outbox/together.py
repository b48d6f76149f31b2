"""A group of messages handed over together: so many at a time, over lines that are kept."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime

from config.clock import Clock
from config.database import Sessions, transact
from notifications.errors import NotSent
from notifications.message import Channel
from notifications.outbox.attempt import HandOver
from notifications.outbox.claim import Claim
from notifications.outbox.failover import Failover
from notifications.outbox.group import release
from notifications.outbox.prepare import Ready
from notifications.outbox.records import Halted, Records
from notifications.outbox.settle import End
from notifications.providers.sender import Sender

AT_A_TIME = 16  # of what is not urgent, by one channel and process: what a kill can leave unknown
_AHEAD = 1.0  # real seconds at most in which the first goes by itself, and shows whether the provider is there


@dataclass(slots=True)
class _Group:
    """What is left of a group to be handed over."""

    left: deque[Ready]
    leased: dict[str, Claim]  # by id: not settled yet
    written: list[asyncio.Future[None]]  # the records of what has gone
    halted: bool = False  # by a hold or a pause


class Together:
    """Hands over groups, for all lanes of a process."""

    def __init__(
        self,
        sessions: Sessions,
        clock: Clock,
        hand_over: HandOver,
        failover: Failover,
        settle: Callable[[Claim, End], Awaitable[None]],
    ) -> None:
        self._sessions, self._clock = sessions, clock
        self._hand_over, self._failover, self._settle = hand_over, failover, settle
        self._records = Records(sessions, clock, settle)
        self._at_a_time = {channel: asyncio.Semaphore(AT_A_TIME) for channel in Channel}

    async def __call__(self, readies: Sequence[Ready]) -> None:
        """Hand them over, those that have a sender; when this is back, each is settled or given back."""
        group = _Group(deque(readies), {ready.claim.row.id: ready.claim for ready in readies}, [])
        async with self._hand_over.keeping(lambda: list(group.leased.values())):
            ahead = await self._go_ahead(group)
            runners = [self._run(group) for _ in range(min(AT_A_TIME, len(group.left)))]
            ended = await asyncio.gather(*ahead, *runners, return_exceptions=True)
            await self._give_back(list(group.left))
            ended += await asyncio.gather(*group.written, return_exceptions=True)
        if fault := next((end for end in ended if isinstance(end, BaseException)), None):
            raise fault

    async def _go_ahead(self, group: _Group) -> list[asyncio.Task[None]]:
        """Let the first go by itself until it has come through: a provider that is down costs one attempt."""
        if not self._goes_on(group):
            return []
        opened = asyncio.Event()
        ahead = asyncio.create_task(self._one(group, group.left.popleft(), opened))
        ahead.add_done_callback(lambda _: opened.set())
        with suppress(TimeoutError):
            async with asyncio.timeout(_AHEAD):
                await opened.wait()
        return [ahead]

    async def _run(self, group: _Group) -> None:
        """Hand over one after the other, while there are any and their provider is there."""
        while group.left and self._goes_on(group):
            await self._one(group, group.left.popleft())

    def _goes_on(self, group: _Group) -> bool:
        """Whether the next may begin, and would be given to the same provider now."""
        ready = group.left[0]
        if group.halted or self._hand_over.stopping:
            return False
        sender = self._failover.next_for(ready.claim.row, self._clock.now())
        awake = self._failover.awake(ready.claim.row.message.channel, self._clock.now())
        return awake and sender is ready.sender

    async def _one(self, group: _Group, ready: Ready, opened: asyncio.Event | None = None) -> None:
        if (sender := ready.sender) is None:
            raise ValueError("nobody is set up for its channel")
        async with self._at_a_time[ready.outgoing.channel]:
            self._records.under_way += 1
            try:
                end = await self._attempt(ready, sender, opened)
            finally:
                self._records.under_way -= 1
        if end.error is None:
            written = self._records.accepted(ready.claim, end)
            written.add_done_callback(lambda _: group.leased.pop(ready.claim.row.id, None))
            group.written.append(written)
            return
        self._records.notice()
        if isinstance(end.error, Halted):
            group.halted = True
            group.left.append(ready)
            return
        elsewhere = self._failover.spare(ready.claim.row, sender, end.error, self._clock.now())
        at = self._failover.at(ready.outgoing.channel, sender.name, elsewhere=elsewhere)
        await self._settle(ready.claim, replace(end, at=at))
        group.leased.pop(ready.claim.row.id, None)

    async def _attempt(self, ready: Ready, sender: Sender, opened: asyncio.Event | None) -> End:
        async def enter() -> None:
            if not await self._records.may_leave(ready.claim, ready.outgoing.attempt_id):
                raise NotSent("its lease ended before it could be handed over")
            if opened is not None:
                opened.set()

        another = self._failover.has_another(ready.claim.row, sender, self._clock.now())
        return await self._hand_over.attempt(sender, ready.outgoing, enter, another=another)

    async def _give_back(self, left: Sequence[Ready]) -> None:
        if left:
            now: datetime = self._clock.now()
            await transact(self._sessions, lambda session: release(session, left, now))

"""What groups write down while they are handed over: which messages may leave, and which have gone.

Each message waits for its own record. Those that wait at one moment are written in one transaction: so a record costs
little, and hardly anybody waits for another. A connection has one message at most that is on record as leaving.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import structlog

from config.clock import Clock
from config.database import Sessions, transact
from notifications.errors import NotSent
from notifications.outbox.claim import Claim
from notifications.outbox.group import Entering, enter_and_end
from notifications.outbox.settle import End

_log = structlog.get_logger(__name__)
_WAIT = 0.02  # seconds at most for which a record waits for those of the others that are on their way


class Halted(NotSent):
    """Nothing has left: a hold or a pause began after the message was claimed."""


@dataclass(slots=True)
class _Waiting:
    """What waits to be written, each with those who wait for it."""

    entering: list[tuple[Entering, asyncio.Future[bool]]] = field(default_factory=list)
    accepted: list[tuple[Claim, End, asyncio.Future[None]]] = field(default_factory=list)


class Records:
    """The records of one process."""

    def __init__(self, sessions: Sessions, clock: Clock, settle: Callable[[Claim, End], Awaitable[None]]) -> None:
        """`settle` writes one end down, whatever it takes: where a group's transaction fails."""
        self._sessions, self._clock, self._settle = sessions, clock, settle
        self._waiting = _Waiting()
        self._writer: asyncio.Task[None] | None = None
        self._settling: set[asyncio.Task[None]] = set()
        self._complete = asyncio.Event()
        self.under_way = 0  # hand-overs that may come to wait here soon

    async def may_leave(self, claim: Claim, attempt_id: str) -> bool:
        """Record that a message may leave from here on. False: its lease has ended, and it may not.

        Raises Halted where nothing is to go any more.
        """
        allowed: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting.entering.append((Entering(claim, attempt_id), allowed))
        self._begin()
        return await allowed

    def accepted(self, claim: Claim, end: End) -> asyncio.Future[None]:
        """Record that a message has gone; done when it is written down."""
        written: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.accepted.append((claim, end, written))
        self._begin()
        return written

    def notice(self) -> None:
        """See whether anybody is left to be waited for."""
        if len(self._waiting.entering) >= self.under_way:
            self._complete.set()

    def _begin(self) -> None:
        self.notice()
        if self._writer is None:
            self._writer = asyncio.create_task(self._write())

    async def _write(self) -> None:
        try:
            while self._waiting.entering or self._waiting.accepted:
                await self._gather()
                group, self._waiting = self._waiting, _Waiting()
                await self._write_down(group)
        finally:
            self._writer = None

    async def _gather(self) -> None:
        """Wait for those that are on their way, and for no longer than they are worth."""
        self._complete.clear()
        self.notice()
        late = asyncio.get_running_loop().call_later(_WAIT, self._complete.set)
        await self._complete.wait()
        late.cancel()

    async def _write_down(self, group: _Waiting) -> None:
        now = self._clock.now()
        entering = [entry for entry, _ in group.entering]
        ends = [(claim, end) for claim, end, _ in group.accepted]
        try:
            allowed = await transact(self._sessions, lambda session: enter_and_end(session, entering, ends, now))
        except Exception as fault:  # noqa: BLE001 - each message is told: nothing of it has left
            self._give_up(group, fault)
            return
        for entry, may in group.entering:
            if may.done():
                continue
            if allowed is None:
                may.set_exception(Halted("a hold or a pause has begun", at_once=True))
            else:
                may.set_result(entry.attempt_id in allowed)
        for _, _, written in group.accepted:
            if not written.done():
                written.set_result(None)

    def _give_up(self, group: _Waiting, fault: Exception) -> None:
        _log.warning(
            "records_not_written", number=len(group.entering) + len(group.accepted), error=type(fault).__name__
        )
        for _, may in group.entering:
            if not may.done():
                may.set_exception(fault)
        for claim, end, written in group.accepted:
            task = asyncio.create_task(self._settle_alone(claim, end, written))
            self._settling.add(task)
            task.add_done_callback(self._settling.discard)

    async def _settle_alone(self, claim: Claim, end: End, written: asyncio.Future[None]) -> None:
        try:
            await self._settle(claim, end)
        except Exception as fault:  # noqa: BLE001 - whoever waits for it is told
            if not written.done():
                written.set_exception(fault)
            return
        if not written.done():
            written.set_result(None)

"""Release: end every hold and pause, and report what had waited."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from config.clock import Clock
from config.database import Sessions, reading, transaction
from notifications.outbox import suspension
from notifications.outbox.suspension import Suspension, SuspensionCause, WaitingMessages
from service.domain.policy import PolicyBook
from service.store import plans
from service.use_cases.operations.notify_operator import OperationsCode, notify_operator
from service.use_cases.operations.suspend import figures_of
from service.use_cases.operations.withdraw_restored import Withdrawn, look_at_some, withdraw_restored

Looked = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Stopped:
    """The open suspensions, and what waits for their end.

    `too_late`: how many of the messages are too late to be sent. `to_look_at`: how many due plans were not looked at.
    """

    open: tuple[Suspension, ...]
    waiting: tuple[WaitingMessages, ...]
    too_late: int
    to_look_at: int

    @property
    def restored(self) -> bool:
        """Whether the database was restored. A release then withdraws what waits, so that nothing is told twice."""
        return any(period.cause is SuspensionCause.RESTORED for period in self.open)


async def what_is_stopped(sessions: Sessions, now: datetime) -> Stopped:
    """What a person should know before they release it."""
    async with reading(sessions) as session:
        return await _stopped(session, now)


async def release(
    sessions: Sessions, book: PolicyBook, clock: Clock, by: str, looked: Looked = lambda number: None
) -> tuple[Stopped, Withdrawn | None]:
    """End all open suspensions. Returns the state a moment before, and what was withdrawn after a restore (else None).

    After a restore, all due plans are looked at first. `looked` is called after each step with how many that were.
    """
    while True:
        async with transaction(sessions) as session:
            now = clock.now()
            stopped = await _stopped(session, now)
            if not stopped.restored or not await plans.next_due(session, now):
                return stopped, await _end(session, book, stopped, by, now)
        looked(await look_at_some(sessions, book, now))


async def _end(session: AsyncSession, book: PolicyBook, stopped: Stopped, by: str, now: datetime) -> Withdrawn | None:
    withdrawn = None
    if stopped.restored:
        since = min(period.since for period in stopped.open if period.cause is SuspensionCause.RESTORED)
        withdrawn = await withdraw_restored(session, book, since, now)
    for period in await suspension.end(session, [period.id for period in stopped.open], by, now):
        code = OperationsCode.RESTORED if period.cause is SuspensionCause.RESTORED else OperationsCode.RELEASED
        await notify_operator(session, book, code, str(period.id), now, figures=figures_of(period))
    return withdrawn


async def _stopped(session: AsyncSession, now: datetime) -> Stopped:
    return Stopped(
        open=tuple(await suspension.open_now(session, now)),
        waiting=tuple(await suspension.waiting(session, now)),
        too_late=await suspension.too_late(session, now),
        to_look_at=await plans.count_due(session, now),
    )

"""Keep to the rate limits: one message too many is withheld or waits, and a storm is held back; somebody is told."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from config.database import Sessions, reading, transaction
from notifications.message import Channel, Decision, Message, OutboxRow, Send
from notifications.outbox import rate_limits, suspension
from notifications.outbox.suspension import BY_ITSELF, Kind, SuspensionCause
from service.domain.calendar import local_day
from service.domain.keys.messages import PersonDay
from service.domain.last_check import AT_ANY_HOUR
from service.domain.policy import PolicyBook
from service.use_cases.operations.notify_operator import OPERATIONS, OperationsCode, notify_operator
from service.use_cases.operations.suspend import figure, figures_of


@dataclass(slots=True)
class Going:
    """The messages of one claim that the last check has let go so far, by where they go. None is on record yet."""

    _by_address: dict[tuple[str, Channel, str], list[Message]] = field(default_factory=lambda: defaultdict(list))

    def add(self, row: OutboxRow, send: Send) -> None:
        """Count one that goes. One that was tried before is on record, and is counted there."""
        if row.first_attempt_at is None:
            self._by_address[row.message.authority, row.message.channel, send.address].append(row.message)

    def to(self, row: OutboxRow, address: str) -> Sequence[Message]:
        """What goes to an address by the channel of a message, from the same authority."""
        return self._by_address.get((row.message.authority, row.message.channel, address), ())


async def keep_to_rate_limits(
    session: AsyncSession, book: PolicyBook, row: OutboxRow, answer: Send, going: Going, now: datetime
) -> Decision:
    """The last check's yes, unless its address has had enough. What was tried once counts already, and goes on."""
    message = row.message
    at_once = message.urgent and message.purpose not in AT_ANY_HOUR
    if at_once or row.first_attempt_at is not None:
        return answer
    gone = await rate_limits.sent_lately(session, message.authority, message.channel, answer.address, now)
    together = going.to(row, answer.address)
    gone += [rate_limits.Gone(other.purpose, other.family, now) for other in together if not other.urgent]
    refusal = rate_limits.cap(message, gone, now)
    if refusal is None:
        return answer
    if message.template != OPERATIONS:  # not about itself
        occasion = str(PersonDay(message.person, local_day(now)))
        figures: dict[str, int | str] = {"person": figure(message.person), "purpose": message.purpose.value}
        await notify_operator(
            session, book, OperationsCode.CAPPED, occasion, now, figures=figures, authority=message.authority
        )
    return refusal


async def notice_storm(sessions: Sessions, book: PolicyBook, now: datetime) -> bool:
    """Hold routine messages back for a while where far more of them are due than is usual. True: it was done now."""
    async with reading(sessions) as session:
        if not await _storm(session, now):
            return False
    async with transaction(sessions) as session:
        if not await _storm(session, now):  # another process was faster
            return False
        reason = f"more than {rate_limits.STORM} routine messages became due within minutes"
        until = now + rate_limits.STORM_LASTS
        begun = await suspension.begin(session, Kind.PAUSE, SuspensionCause.STORM, reason, BY_ITSELF, now, until)
        figures = {**figures_of(begun), "more_than": rate_limits.STORM}
        await notify_operator(session, book, OperationsCode.STORM, str(begun.id), now, figures=figures, urgent=True)
    return True


async def _storm(session: AsyncSession, now: datetime) -> bool:
    if not await rate_limits.is_storm(session, now, None):
        return False
    if await suspension.current(session, now):
        return False  # nothing of it goes anyway
    last_pause = await suspension.latest(session, SuspensionCause.STORM)
    ended = None if last_pause is None else last_pause.ended_at or last_pause.until
    return await rate_limits.is_storm(session, now, ended)

"""Keep to the rate limits: one message too many is withheld or waits, and a storm is held back; somebody is told."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from config.database import Sessions, reading, transaction
from notifications.message import Decision, Message, OutboxRow, Send
from notifications.outbox import rate_limits, suspension
from notifications.outbox.rate_limits import Gone, Place
from notifications.outbox.suspension import BY_ITSELF, Kind, SuspensionCause
from service.domain.calendar import local_day
from service.domain.keys.messages import PersonDay
from service.domain.policy import PolicyBook
from service.use_cases.operations.notify_operator import OPERATIONS, Directories, OperationsCode, notify_operator
from service.use_cases.operations.suspend import figure, figures_of


@dataclass(slots=True)
class Going:
    """The messages of one claim that the last check has let go so far, by where they go. None is on record yet."""

    gone: Mapping[Place, Sequence[Gone]]  # what is on record of the last day, wherever one of the claim may go
    directories: Directories
    _by_place: dict[Place, list[Message]] = field(default_factory=lambda: defaultdict(list))
    _capped: set[tuple[str | None, str]] = field(default_factory=set)

    def is_first_capped(self, authority: str | None, occasion: str) -> bool:
        """Whether an occasion of being sent too much, which is told once, is new in this claim."""
        is_first = (authority, occasion) not in self._capped
        self._capped.add((authority, occasion))
        return is_first

    def add(self, row: OutboxRow, send: Send) -> None:
        """Count one that goes. One that was tried before is on record, and is counted there."""
        if row.first_attempt_at is None:
            self._by_place[_place(row, send)].append(row.message)

    def with_it(self, row: OutboxRow, send: Send) -> Sequence[Message]:
        """What goes where a message is to go, by the same channel and from the same authority."""
        return self._by_place.get(_place(row, send), ())


async def going_of(
    session: AsyncSession, answers: Sequence[tuple[OutboxRow, Decision]], directories: Directories, now: datetime
) -> Going:
    """Nothing yet, of the messages of a claim, with what went before wherever one of them is wanted."""
    places = {
        _place(row, decision)
        for row, decision in answers
        if isinstance(decision, Send) and row.first_attempt_at is None and rate_limits.is_limited(row.message)
    }
    return Going(await rate_limits.sent_lately(session, places, now), directories)


def _place(row: OutboxRow, send: Send) -> Place:
    return row.message.authority, row.message.channel, send.address


async def keep_to_rate_limits(
    session: AsyncSession, book: PolicyBook, row: OutboxRow, answer: Send, going: Going, now: datetime
) -> Decision:
    """The last check's yes, unless its address has had enough. What was tried once counts already, and goes on."""
    message = row.message
    if row.first_attempt_at is not None or not rate_limits.is_limited(message):
        return answer
    together = [Gone(other.purpose, other.family, now) for other in going.with_it(row, answer) if not other.urgent]
    gone = [*going.gone[_place(row, answer)], *together]
    refusal = rate_limits.cap(message, gone, now)
    if refusal is None:
        return answer
    occasion = str(PersonDay(message.person, local_day(now)))
    if message.template != OPERATIONS and going.is_first_capped(message.authority, occasion):  # not about itself
        figures: dict[str, int | str] = {"person": figure(message.person), "purpose": message.purpose.value}
        await notify_operator(
            session,
            book,
            OperationsCode.CAPPED,
            occasion,
            now,
            figures=figures,
            authority=message.authority,
            directories=going.directories,
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

"""Release: end every hold and pause, and say what had waited."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from config.database import Sessions, reading, transaction
from notifications import interruption
from notifications.interruption import Interruption, Waiting
from service.domain.policy import PolicyBook
from service.use_cases.interrupt import figures_of
from service.use_cases.tell_owner import tell_owner


@dataclass(frozen=True, slots=True)
class Stopped:
    """What is open, and what waits for its end. `too_late`: how many of them have a time that has passed."""

    open: tuple[Interruption, ...]
    waiting: tuple[Waiting, ...]
    too_late: int


async def what_is_stopped(sessions: Sessions, now: datetime) -> Stopped:
    """What a person should know before they let it go."""
    async with reading(sessions) as session:
        return await _stopped(session, now)


async def release(sessions: Sessions, book: PolicyBook, by: str, now: datetime) -> Stopped:
    """End what is open; as it stood a moment before."""
    async with transaction(sessions) as session:
        stood = await _stopped(session, now)
        await interruption.end(session, [one.id for one in stood.open], by, now)
        for one in stood.open:
            await tell_owner(session, book, "released", str(one.id), now, figures=figures_of(one))
        return stood


async def _stopped(session: AsyncSession, now: datetime) -> Stopped:
    found = await interruption.open_now(session, now)
    waiting = await interruption.waiting(session, now)
    return Stopped(tuple(found), tuple(waiting), await interruption.too_late(session, now))

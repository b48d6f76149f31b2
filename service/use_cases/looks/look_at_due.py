"""Look at the plans that have been due longest."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from config.database import Sessions, reading, transact, transaction
from notifications.errors import CannotDecide
from notifications.outbox import outbox
from service.domain.own_id import OwnId
from service.domain.policy import PolicyBook
from service.domain.telling.alerts import LATE
from service.store import plans
from service.use_cases.looks.look_at_plan import look_at_due_plans, note_failure


async def look_at_due(sessions: Sessions, book: PolicyBook, now: datetime, most: int = 1) -> int:
    """Look at plans that are due, at most so many in one transaction, and give how many. 0: none is due.

    What they need is read and written together. More than a few at a time are for those who keep nobody waiting by it,
    such as a long file that is taken in.
    """
    async with reading(sessions) as session:
        due = await plans.next_due(session, now, most)
    return await _look_at(sessions, book, now, due)


async def look_at_late_alerts(sessions: Sessions, book: PolicyBook, now: datetime, most: int = 1) -> int:
    """Look at plans that are due and whose alerts have waited: what is right now is told, and once.

    Gives how many; 0: there is none. To be done after a gap, before what has waited goes.
    """
    async with reading(sessions) as session:
        waiting = {OwnId(*plan) for plan in await outbox.plans_waiting(session, now - LATE)}
        due = (await plans.due_among(session, waiting, now))[:most]
    return await _look_at(sessions, book, now, due)


async def _look_at(sessions: Sessions, book: PolicyBook, now: datetime, due: Sequence[OwnId]) -> int:
    try:
        await _look(sessions, book, now, due)
    except (DBAPIError, CannotDecide):
        raise  # the database or this process is in trouble, not a plan
    except Exception as error:  # noqa: BLE001 - whatever one plan's facts provoke, its neighbours are looked at
        await _look_one_by_one(sessions, book, now, due, error)
    return len(due)


async def _look(sessions: Sessions, book: PolicyBook, now: datetime, due: Sequence[OwnId]) -> None:
    if not due:
        return

    async def look(session: AsyncSession) -> None:
        # Another process may have been faster: then a plan is found no longer due, and nothing is written.
        await look_at_due_plans(session, book, due, now)

    await transact(sessions, look)


async def _look_one_by_one(
    sessions: Sessions, book: PolicyBook, now: datetime, due: Sequence[OwnId], error: Exception
) -> None:
    """One of these failed, and all was rolled back: again, each in a transaction of its own."""
    if len(due) == 1:
        async with transaction(sessions) as session:
            await note_failure(session, due[0], error, now)
        return
    for plan in due:
        try:
            await _look(sessions, book, now, [plan])
        except (DBAPIError, CannotDecide):
            raise
        except Exception as fault:  # noqa: BLE001 - as above
            await _look_one_by_one(sessions, book, now, [plan], fault)

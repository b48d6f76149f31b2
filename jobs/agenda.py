"""The agenda: what there is to do, asked in one transaction for all ticks, so that an idle process is quiet.

It holds until something comes in here or is done here, and otherwise for some seconds: by then another process may have
put something in. What has a moment is due at its moment without being asked for again.
"""

import asyncio
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from enum import Enum, auto

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from config.clock import NEVER
from config.database import reading
from notifications.outbox import rate_limits, suspension
from notifications.outbox.claim import next_due
from service.app import Service
from service.domain.policy import PolicyBook
from service.store import digest_lines, inbound
from service.store.tables import plan
from service.use_cases.looks.send_gathered import routine_hours
from service.use_cases.texts.receive_text import TEXT_PROVIDERS

_HOLDS = 1.9  # real seconds: every other second, ticks that come each second find it old


class Need(Enum):
    """What can be on the agenda."""

    URGENT = auto()  # an urgent message is due
    ROUTINE = auto()  # any message is
    LOOK = auto()  # a plan is due to be looked at
    GATHER = auto()  # lines can be gathered
    TEXT = auto()  # a text that came in is not understood yet
    SUSPENSION = auto()  # a pause is over, or there is a storm


class Agenda:
    """When each need is next due, as far as is known."""

    def __init__(self, service: Service, elapsed: Callable[[], float] = time.monotonic) -> None:
        """`elapsed` counts real seconds. Only its differences matter."""
        self._service, self._elapsed = service, elapsed
        self._asked_at: float | None = None
        self._due: Mapping[Need, datetime | None] = {}
        self._asking = asyncio.Lock()
        self._changes = 0  # how often it was said that something may have changed

    async def calls_for(self, need: Need, now: datetime) -> bool:
        """Whether there is something to do now. It may turn out to be nothing after all."""
        async with self._asking:
            if self._asked_at is None or self._elapsed() - self._asked_at >= _HOLDS:
                asked_at, changes = self._elapsed(), self._changes
                async with reading(self._service.sessions) as session:
                    self._due = await _due(session, self._service.book, now)
                self._asked_at = asked_at if changes == self._changes else None
        moment = self._due[need]
        return moment is not None and moment <= now

    def ask_again(self) -> None:
        """Believe nothing of it any more: something has come in, or was done."""
        self._changes += 1
        self._asked_at = None


async def _due(session: AsyncSession, book: PolicyBook, now: datetime) -> dict[Need, datetime | None]:
    urgent, routine = await next_due(session)
    any_message = min((moment for moment in (urgent, routine) if moment is not None), default=None)
    gathers = routine_hours(book, now) and await digest_lines.any_to_gather(session, now)
    stormy = await rate_limits.is_storm(session, now, None)
    return {
        Need.URGENT: urgent,
        Need.ROUTINE: any_message,
        Need.LOOK: await session.scalar(select(func.min(plan.c.next_look))),
        Need.GATHER: NEVER if gathers else None,
        Need.TEXT: NEVER if await inbound.next_untaken(session, TEXT_PROVIDERS) is not None else None,
        Need.SUSPENSION: NEVER if stormy or await suspension.over(session, now) else None,
    }

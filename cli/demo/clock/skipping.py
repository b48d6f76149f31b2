"""To the next working morning in one step: what lies between is posted, told and answered on the way."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import datetime, timedelta

from sqlalchemy import Select, exists, or_, select

from cli.demo.clock.demo_clock import DemoClock
from cli.demo.data.caseload import MORNING
from cli.demo.standins.case_system import CaseSystem
from cli.demo.standins.phone_owners import PhoneOwners
from config.database import Sessions, reading
from notifications.message import State
from notifications.tables import message
from service.domain.calendar import Calendar, at_local, local, local_day
from service.store.tables import plan, raw_inbound

_CALENDAR = Calendar()
_STRIDE = timedelta(hours=2)
_BETWEEN_LOOKS, _PATIENCE = 0.05, 30.0  # real seconds
_ON_THE_WAY = (State.QUEUED.value, State.CLAIMED.value)


def next_morning(now: datetime) -> datetime:
    """08:25 on the next working day; today's, while that is still to come."""
    day = local_day(now)
    if not _CALENDAR.is_working(day) or local(now).time() >= MORNING:
        day = _CALENDAR.add_working_days(day, 1)
    return at_local(day, MORNING)


async def skip_to_morning(clock: DemoClock, cases: CaseSystem, phones: PhoneOwners, sessions: Sessions) -> None:
    """Set the clock to the next working morning, and let it go on if it was going."""
    was_paused, now = clock.is_paused, clock.now()
    morning = max(next_morning(now), now + timedelta(seconds=1))
    # A text that is not sent in its window is never sent: the clock stands still there until what is due is done.
    for halt in phones.halts(now, morning):
        await _skip(clock, cases, halt)
        await _until_done(sessions, halt)
        await phones.answer()
        await _until_done(sessions, halt)
    await _skip(clock, cases, morning)
    if not was_paused:
        clock.go()


async def _skip(clock: DemoClock, cases: CaseSystem, moment: datetime) -> None:
    """Set the clock forward, a few hours of the script at a time."""
    async with cases.turn:
        while cases.next_at and cases.next_at <= moment:
            clock.skip_to(min(cases.next_at + _STRIDE, moment))
            await cases.post_due()
        clock.skip_to(moment)


async def _until_done(sessions: Sessions, now: datetime) -> None:
    """Wait until the service has nothing left to look at, understand or send at a moment, but not for ever."""
    waiting = select(
        or_(
            exists().where(plan.c.next_look <= now),
            exists().where(raw_inbound.c.taken_as.is_(None)),
            exists().where(message.c.state.in_(_ON_THE_WAY), message.c.next_attempt_at <= now),
            exists().where(message.c.state == State.CLAIMED.value),
        )
    )
    with suppress(TimeoutError):
        async with asyncio.timeout(_PATIENCE):
            while await _holds(sessions, waiting):  # noqa: ASYNC110 - the service tells nobody that it has done
                await asyncio.sleep(_BETWEEN_LOOKS)


async def _holds(sessions: Sessions, condition: Select[bool]) -> bool:
    async with reading(sessions) as session:
        return bool(await session.scalar(condition))

"""Brings the story's events and answers at their hours, and lets the clock wait until all that is due is done."""

import asyncio
import time
from contextlib import suppress
from datetime import datetime, timedelta

import httpx2
from sqlalchemy import Column, ColumnElement, exists, func, or_, select, true

from cli.demo.pages.demonstration import Demonstration
from config.clock import NEVER
from config.database import reading
from notifications.message import State
from notifications.tables import message
from service.store.tables import digest_line, plan, pull, raw_inbound
from service.use_cases.overviews.open_alerts import open_alerts

# How fast the clock goes where a bottom line was crossed, until those told last have been: half an hour in 20 seconds.
_SLOW, _UNTIL_TOLD = 90.0, timedelta(minutes=70)
_BETWEEN_LOOKS, _PATIENCE = 0.05, 20.0  # real seconds
# Where what is still to be done stands: its moment, and what it must be to count.
_DUE: tuple[tuple[Column[datetime], ColumnElement[bool]], ...] = (
    (plan.c.next_look, true()),
    (digest_line.c.at, digest_line.c.digest.is_(None)),
    (message.c.next_attempt_at, message.c.state == State.QUEUED.value),
)


class Conductor:
    """Lets the clock go from one moment at which something is due to the next."""

    def __init__(self, demonstration: Demonstration) -> None:
        self._here, self._clock = demonstration, demonstration.clock
        self._done_at = time.monotonic()

    async def run(self) -> None:
        """Conduct; ends only by being cancelled."""
        while True:
            with suppress(httpx2.TransportError):  # the service is busy: the events stay first in the script
                await self.step()
            await asyncio.sleep(_BETWEEN_LOOKS)

    async def step(self) -> None:
        """Post and answer what is due. Then let the clock go on, unless the service is not done with what held it."""
        cases, phones = self._here.case_system, self._here.phone_owners
        await cases.post_due()
        await phones.answer()
        now = self._clock.now()
        if not self._clock.is_held or (not cases.posting and await self._is_done(now)):
            self._done_at = time.monotonic()
        elif time.monotonic() - self._done_at < _PATIENCE:
            return
        due = min(filter(None, [await self._due(now), cases.next_at, phones.next_at(now)]), default=None)
        self._clock.run_until(due, _SLOW if await self._climbs(now) else None)

    async def _is_done(self, now: datetime) -> bool:
        """Whether the service has nothing left to look at, understand, gather or send at a moment."""
        due = await self._due(NEVER)
        async with reading(self._here.service.sessions) as session:
            at_work = or_(
                exists().where(raw_inbound.c.taken_as.is_(None)),
                exists().where(message.c.state == State.CLAIMED.value),
                exists().where(pull.c.covered_until < now),  # else nobody could say that a text was not answered
            )
            return (due is None or due > now) and not await session.scalar(select(at_work))

    async def _due(self, after: datetime) -> datetime | None:
        """The first moment after another at which the service has something to look at, to gather or to send."""
        selects = [select(func.min(at)).where(at > after, counts) for at, counts in _DUE]
        async with reading(self._here.service.sessions) as session:
            moments = [await session.scalar(query) for query in selects]
        return min(filter(None, moments), default=None)

    async def _climbs(self, now: datetime) -> bool:
        """Whether an alert is on its way up."""
        async with reading(self._here.service.sessions) as session:
            alerts = await open_alerts(session, self._here.service.book, now)
        return any(now - alert.crossed_at < _UNTIL_TOLD for alert in alerts)

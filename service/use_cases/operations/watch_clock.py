"""Watch the clock: a jump is noticed and told, and what is not urgent waits until a person has looked at it.

Meanwhile time goes on by what has really passed (config/clock.py): nothing is concluded from a false hour, leases and
next looks stay what they were, and alerts go on.
"""

from datetime import datetime, timedelta

import structlog
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from config.clock import CanJump, Clock
from config.database import Sessions, reading, transaction
from notifications.channels.spec import Channel
from notifications.outbox import outbox, suspension
from notifications.outbox.suspension import BY_ITSELF, Kind, SuspensionCause
from service.domain.calendar import local
from service.domain.keys.messages import ClockJump
from service.domain.keys.problems import ClockJumpedKey, ClocksDifferKey
from service.domain.policy import PolicyBook
from service.domain.telling.records import Problem
from service.store import high_water_marks, plans, problems
from service.use_cases.operations.notify_operator import OperationsCode, notify_operator

PAUSE_FROM = timedelta(minutes=10)  # a smaller jump is told, and followed
BEHIND = timedelta(minutes=5)  # by so much two machines' clocks may differ before the database seems to be ahead
SKEW = timedelta(seconds=2)  # between PostgreSQL's clock and ours
_COMPARE_EVERY = timedelta(minutes=1)
# No attempt that may have gone is alive for longer.
_COOL_OFF = max(channel.spec.cool_off for channel in Channel)
_RUNG = timedelta(minutes=30)

_log = structlog.get_logger(__name__)


class ClockWatch:
    """What one process knows of its clock."""

    def __init__(self, sessions: Sessions, book: PolicyBook, clock: Clock) -> None:
        self._sessions = sessions
        self._book = book
        self._clock = clock if isinstance(clock, CanJump) else None  # any other is moved by whoever owns it
        self._pause: int | None = None
        self._compared: datetime | None = None

    async def begin(self, now: datetime) -> None:
        """At the start: tell where the clock is earlier than what is stored already."""
        async with reading(self._sessions) as session:
            newest = await high_water_marks.newest_moment(session)
        if self._clock is not None and newest is not None and now < newest - BEHIND:
            async with transaction(self._sessions) as session:
                await self._tell(session, now - newest, now, "the clock is earlier than what is stored already")

    async def look(self, now: datetime) -> None:
        """To be asked every few seconds, with what the clock has just said."""
        if self._clock is None:
            return
        await self._compare(now)
        jump = self._clock.jump
        if self._pause is not None:
            await self._see_to_the_pause(self._clock, jump, now)
        elif jump:
            await self._notice(self._clock, jump, now)

    async def _notice(self, clock: CanJump, jump: timedelta, now: datetime) -> None:
        async with transaction(self._sessions) as session:
            await self._tell(session, jump, now, "the clock jumped")
            if abs(jump) > PAUSE_FROM:
                self._pause = await _paused(session, jump, now)
        if self._pause is None:
            await self._agree(clock, jump)

    async def _see_to_the_pause(self, clock: CanJump, jump: timedelta, now: datetime) -> None:
        """Over, as soon as the clock agrees again; followed, as soon as a person has ended it."""
        async with reading(self._sessions) as session:
            pause = await suspension.find(session, self._pause) if self._pause is not None else None
        if pause is None or (jump and pause.ended_at is None):
            return
        async with transaction(self._sessions) as session:
            if not jump:
                await suspension.end(session, [pause.id], BY_ITSELF, now)
            # Another machine, whose clock had jumped as well, may have ended it, for its own agrees again.
            by_itself = jump and pause.ended_by == BY_ITSELF
            self._pause = await _paused(session, jump, now) if by_itself else None
        if jump and self._pause is None:
            await self._agree(clock, jump)

    async def _agree(self, clock: CanJump, jump: timedelta) -> None:
        clock.agree()
        _log.warning("clock_followed", seconds=int(jump.total_seconds()))
        if jump < timedelta(0):
            async with transaction(self._sessions) as session:
                await set_back(session, -jump, clock.now())

    async def _tell(self, session: AsyncSession, jump: timedelta, now: datetime, what: str) -> None:
        seconds = int(jump.total_seconds())
        _log.error("clock_jumped", seconds=seconds, what=what)
        occasion = str(ClockJump(now.isoformat(timespec="minutes"), seconds))
        detail = f"{what}, by {seconds} seconds; set it right (NTP), then: planwatch release"
        await problems.add(session, [Problem(str(ClockJumpedKey(occasion)), now, None, "clock", detail)])
        figures: dict[str, int | str] = {"seconds": seconds, "at": f"{local(now):%Y-%m-%d %H:%M}"}
        await notify_operator(session, self._book, OperationsCode.CLOCK, occasion, now, figures=figures, urgent=True)

    async def _compare(self, now: datetime) -> None:
        """Compare PostgreSQL's clock with ours, now and then; SQLite has none of its own."""
        if self._compared is not None and now - self._compared < _COMPARE_EVERY:
            return
        self._compared = now
        async with reading(self._sessions) as session:
            skew = await database_skew(session, now)
        if abs(skew) > SKEW:
            _log.error("clocks_differ", seconds=round(skew.total_seconds(), 1))
            detail = f"the database's clock is {skew.total_seconds():.0f} seconds from ours: set both right (NTP)"
            problem = Problem(str(ClocksDifferKey(now.date())), now, None, "clocks_differ", detail)
            async with transaction(self._sessions) as session:
                await problems.add(session, [problem])


async def database_skew(session: AsyncSession, now: datetime) -> timedelta:
    """By how much the database's clock is ahead of ours; zero on SQLite, which has none of its own."""
    if session.get_bind().dialect.name != "postgresql":
        return timedelta(0)
    theirs: datetime = (await session.execute(select(func.clock_timestamp()))).scalar_one()
    return theirs - now


async def set_back(session: AsyncSession, by: timedelta, now: datetime) -> None:
    """After the clock was followed backwards: what was put off by the later hour must not wait for it to come again."""
    await outbox.bring_forward(session, now, now + by + _COOL_OFF, _COOL_OFF)
    if by > PAUSE_FROM:  # a rung that is some minutes late is better than one that is told twice
        await plans.bring_forward(session, now, now + by + _RUNG)


async def _paused(session: AsyncSession, jump: timedelta, now: datetime) -> int:
    """The pause for a jump: one that another process has begun is enough."""
    there = [one.id for one in await suspension.open_now(session, now) if one.cause is SuspensionCause.CLOCK]
    if there:
        return there[0]
    reason = f"it stands {int(jump.total_seconds())} seconds from where it should; time goes on as before"
    return (await suspension.begin(session, Kind.PAUSE, SuspensionCause.CLOCK, reason, BY_ITSELF, now)).id

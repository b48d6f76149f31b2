"""Watch the clock: a jump is noticed and told, and routine messages wait until a person has looked at it.

Meanwhile the service's time goes on with elapsed time (config/clock.py). So nothing is concluded from a false hour,
leases and next looks stay right, and alerts go on.
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
from notifications.providers.senders import PROVIDERS
from service.domain.calendar import local
from service.domain.keys.messages import ClockJump
from service.domain.keys.problems import ClockJumpedKey, ClocksDifferKey
from service.domain.policy import PolicyBook
from service.domain.telling.records import Problem
from service.store import high_water_marks, plans, problems
from service.use_cases.operations.notify_operator import OperationsCode, notify_operator

PAUSE_FROM = timedelta(minutes=10)  # a smaller jump is told, and followed without a pause
BEHIND = timedelta(minutes=5)  # the clocks of two machines may differ by this before the database seems to be ahead
SKEW = timedelta(seconds=2)  # between PostgreSQL's clock and ours
_COMPARE_EVERY = timedelta(minutes=1)
# No attempt of unknown outcome lives longer.
_COOL_OFF = max(
    *(channel.spec.cool_off for channel in Channel),
    *(provider.cool_off for provider in PROVIDERS.values() if provider.cool_off is not None),
)
_RUNG = timedelta(minutes=30)

_log = structlog.get_logger(__name__)


class ClockWatch:
    """Watches the clock of one process."""

    def __init__(self, sessions: Sessions, book: PolicyBook, clock: Clock) -> None:
        self._sessions = sessions
        self._book = book
        self._clock = clock if isinstance(clock, CanJump) else None  # any other clock is moved by its owner
        self._pause_id: int | None = None
        self._compared_at: datetime | None = None

    async def begin(self, now: datetime) -> None:
        """At the start: tell if the clock is earlier than what is stored already."""
        async with reading(self._sessions) as session:
            newest = await high_water_marks.newest_moment(session)
        if self._clock is not None and newest is not None and now < newest - BEHIND:
            async with transaction(self._sessions) as session:
                await self._tell(session, now - newest, now, "the clock is earlier than what is stored already")

    async def look(self, now: datetime) -> None:
        """Look at the clock. Call this every few seconds, with the moment that the clock has just given."""
        if self._clock is None:
            return
        await self._compare(self._clock, now)
        jump = self._clock.jump
        if self._pause_id is not None:
            await self._check_pause(self._clock, jump, now)
        elif jump:
            await self._report_jump(self._clock, jump, now)

    async def _report_jump(self, clock: CanJump, jump: timedelta, now: datetime) -> None:
        async with transaction(self._sessions) as session:
            await self._tell(session, jump, now, "the clock jumped")
            if abs(jump) > PAUSE_FROM:
                self._pause_id = await _pause_for(session, jump, now)
        if self._pause_id is None:
            await self._follow(clock, jump)

    async def _check_pause(self, clock: CanJump, jump: timedelta, now: datetime) -> None:
        """End the pause when the clock agrees again. Follow the clock when a person has ended the pause."""
        async with reading(self._sessions) as session:
            pause = await suspension.find(session, self._pause_id) if self._pause_id is not None else None
        if pause is None or (jump and pause.ended_at is None):
            return
        async with transaction(self._sessions) as session:
            if not jump:
                await suspension.end(session, [pause.id], BY_ITSELF, now)
            # Another machine whose clock had jumped, too, may have ended the pause because its own clock agrees again.
            ended_elsewhere = jump and pause.ended_by == BY_ITSELF
            self._pause_id = await _pause_for(session, jump, now) if ended_elsewhere else None
        if jump and self._pause_id is None:
            await self._follow(clock, jump)

    async def _follow(self, clock: CanJump, jump: timedelta) -> None:
        clock.follow()
        _log.warning("clock_followed", seconds=int(jump.total_seconds()))
        if jump < timedelta(0):
            async with transaction(self._sessions) as session:
                await set_back(session, -jump, clock.now())

    async def _tell(self, session: AsyncSession, jump: timedelta, now: datetime, symptom: str) -> None:
        seconds = int(jump.total_seconds())
        _log.error("clock_jumped", seconds=seconds, what=symptom)
        occasion = str(ClockJump(now.isoformat(timespec="minutes"), seconds))
        detail = f"{symptom}, by {seconds} seconds; set it right (NTP), then: planwatch release"
        await problems.add(session, [Problem(str(ClockJumpedKey(occasion)), now, None, None, "clock", detail)])
        figures: dict[str, int | str] = {"seconds": seconds, "at": f"{local(now):%Y-%m-%d %H:%M}"}
        await notify_operator(session, self._book, OperationsCode.CLOCK, occasion, now, figures=figures, urgent=True)

    async def _compare(self, clock: Clock, now: datetime) -> None:
        """Compare PostgreSQL's clock with ours, once a minute. SQLite has no clock of its own."""
        if self._compared_at is not None and now - self._compared_at < _COMPARE_EVERY:
            return
        self._compared_at = now
        async with reading(self._sessions) as session:
            skew = await database_skew(session, clock)
        if abs(skew) > SKEW:
            _log.error("clocks_differ", seconds=round(skew.total_seconds(), 1))
            detail = f"the database's clock is {skew.total_seconds():.0f} seconds from ours: set both right (NTP)"
            problem = Problem(str(ClocksDifferKey(now.date())), now, None, None, "clocks_differ", detail)
            async with transaction(self._sessions) as session:
                await problems.add(session, [problem])


async def database_skew(session: AsyncSession, clock: Clock) -> timedelta:
    """How far the database's clock is ahead of ours, at the least. Zero on SQLite, which has no clock of its own.

    Its answer may have waited, as it does after a failover: any moment between question and answer agrees with ours.
    """
    if session.get_bind().dialect.name != "postgresql":
        return timedelta(0)
    before = clock.now()
    database_now: datetime = (await session.execute(select(func.clock_timestamp()))).scalar_one()
    return database_now - min(max(database_now, before), clock.now())


async def set_back(session: AsyncSession, by: timedelta, now: datetime) -> None:
    """Bring forward what was put off until a later hour of a clock that has been set back `by` some time."""
    await outbox.bring_forward(session, now, now + by + _COOL_OFF, _COOL_OFF)
    if by > PAUSE_FROM:  # a rung some minutes late is better than one told twice
        await plans.bring_forward(session, now, now + by + _RUNG)


async def _pause_for(session: AsyncSession, jump: timedelta, now: datetime) -> int:
    """The id of the pause for a jump. One that another process has begun is enough."""
    suspensions = await suspension.open_now(session, now)
    open_pauses = [period.id for period in suspensions if period.cause is SuspensionCause.CLOCK]
    if open_pauses:
        return open_pauses[0]
    reason = f"it stands {int(jump.total_seconds())} seconds from where it should; time goes on as before"
    return (await suspension.begin(session, Kind.PAUSE, SuspensionCause.CLOCK, reason, BY_ITSELF, now)).id

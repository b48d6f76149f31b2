"""Notice that the database was replaced by an older copy, and hold all messages."""

from datetime import datetime
from pathlib import Path

import structlog
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from config.database import Sessions, reading, transaction
from notifications.outbox import suspension
from notifications.outbox.suspension import BY_ITSELF, Kind, Suspension, SuspensionCause
from service import high_water_mark
from service.store import high_water_marks
from service.store.high_water_marks import HighWaterMarks

_log = structlog.get_logger(__name__)


async def hold_restored(session: AsyncSession, reason: str, by: str, now: datetime) -> Suspension:
    """Hold all messages because the database was restored. One such hold that is open already is enough."""
    for period in await suspension.open_now(session, now):
        if period.cause is SuspensionCause.RESTORED:
            return period
    return await suspension.begin(session, Kind.HOLD, SuspensionCause.RESTORED, reason, by, now)


class DatabaseWatch:
    """Compares the marks of the database with the ones that it had before, at the start and every few seconds."""

    def __init__(self, engine: AsyncEngine, sessions: Sessions, database_url: str) -> None:
        self._engine = engine
        self._sessions = sessions
        self._marks_file = high_water_mark.path_of(database_url)
        url = make_url(database_url)
        is_file = self._marks_file is not None and url.get_backend_name() == "sqlite"
        self._file = Path(str(url.database)) if is_file else None
        self._inode: int | None = None
        self._seen: HighWaterMarks | None = None
        self._seen_at: datetime | None = None
        self._unwritable = False

    async def look(self, now: datetime) -> bool:
        """Compare once. True: the database is an older copy, and a hold was begun.

        A copy that lacks only what was done since the last comparison is not noticed.
        """
        await self._reconnect_if_replaced()
        async with reading(self._sessions) as session:
            newest = await high_water_marks.newest(session)
        expected = self._seen or self._saved()
        is_older = expected is not None and newest.behind(expected) and await self._hold(expected, newest, now)
        if newest != self._seen:
            self._save(newest, now)
        self._seen_at = now
        return is_older

    async def _reconnect_if_replaced(self) -> None:
        """Close all connections when the file was replaced: open ones would go on with the old file."""
        if self._file is None:
            return
        try:
            inode = self._file.stat().st_ino
        except FileNotFoundError:
            _log.error("database_gone", what="its file was taken away; put it back, or start planwatch again")
            return
        if self._inode is not None and inode != self._inode:
            _log.error("database_replaced", what="another file was put in its place")
            await self._engine.dispose()
        self._inode = inode

    async def _hold(self, expected: HighWaterMarks, newest: HighWaterMarks, now: datetime) -> bool:
        reason = f"its newest event is number {newest.events}; number {expected.events} had been taken"
        if newest.events >= expected.events:
            reason = "its newest attempt at sending is older than one that was made"
        async with transaction(self._sessions) as session:
            last_hold = await suspension.latest(session, SuspensionCause.RESTORED)
            if last_hold is not None and self._seen_at is not None and last_hold.since >= self._seen_at:
                return False  # another process, or `planwatch restore`, has seen to it
            await hold_restored(session, reason, BY_ITSELF, now)
        _log.error(
            "database_restored", known=expected.events, found=newest.events, what="nothing is sent until a release"
        )
        return True

    def _saved(self) -> HighWaterMarks | None:
        if self._marks_file is None:
            return None
        try:
            saved = high_water_mark.read(self._marks_file)
        except OSError as error:
            self._log_once(error)
            return None
        self._seen_at = saved.at if saved else None
        return saved.marks if saved else None

    def _save(self, newest: HighWaterMarks, now: datetime) -> None:
        self._seen = newest
        if self._marks_file is None:
            return
        try:
            high_water_mark.write(self._marks_file, newest, now)
            self._unwritable = False
        except OSError as error:
            self._log_once(error)

    def _log_once(self, error: OSError) -> None:
        if not self._unwritable:
            _log.error("marks_not_kept", error=type(error).__name__, what="an older database would not be noticed")
        self._unwritable = True

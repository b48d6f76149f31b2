"""Notice that the database is another one, or an older one, than that which was worked with: and hold everything."""

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
from service.store.high_water_marks import Marks

_log = structlog.get_logger(__name__)


async def hold_restored(session: AsyncSession, reason: str, by: str, now: datetime) -> Suspension:
    """Hold everything, for the database was restored; one such hold that is open already is enough."""
    for one in await suspension.open_now(session, now):
        if one.cause is SuspensionCause.RESTORED:
            return one
    return await suspension.begin(session, Kind.HOLD, SuspensionCause.RESTORED, reason, by, now)


class DatabaseWatch:
    """Compares how far the database has come with how far it had come, at the start and every few seconds after."""

    def __init__(self, engine: AsyncEngine, sessions: Sessions, database_url: str) -> None:
        self._engine = engine
        self._sessions = sessions
        self._place = high_water_mark.place_of(database_url)
        url = make_url(database_url)
        here = self._place is not None and url.get_backend_name() == "sqlite"
        self._file = Path(str(url.database)) if here else None
        self._inode: int | None = None
        self._known: Marks | None = None
        self._known_at: datetime | None = None
        self._unwritable = False

    async def look(self, now: datetime) -> bool:
        """Look once. True: the database has gone back, and a hold was begun.

        What was done in the seconds before it went back, and after the last look, is not known to it.
        """
        await self._open_anew_if_replaced()
        async with reading(self._sessions) as session:
            found = await high_water_marks.newest(session)
        known = self._known or self._remembered()
        went_back = known is not None and found.behind(known) and await self._hold(known, found, now)
        if found != self._known:
            self._remember(found, now)
        self._known_at = now
        return went_back

    async def _open_anew_if_replaced(self) -> None:
        """Connections that are open go on with a file that was put aside: they are closed, and see the new one."""
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

    async def _hold(self, known: Marks, found: Marks, now: datetime) -> bool:
        reason = f"its newest event is number {found.events}; number {known.events} had been taken"
        if found.events >= known.events:
            reason = "its newest attempt at sending is older than one that was made"
        async with transaction(self._sessions) as session:
            last = await suspension.latest(session, SuspensionCause.RESTORED)
            if last is not None and self._known_at is not None and last.since >= self._known_at:
                return False  # another process, or `planwatch restore`, has seen to it
            await hold_restored(session, reason, BY_ITSELF, now)
        _log.error("database_restored", known=known.events, found=found.events, what="nothing is sent until a release")
        return True

    def _remembered(self) -> Marks | None:
        if self._place is None:
            return None
        try:
            found = high_water_mark.read(self._place)
        except OSError as error:
            self._complain(error)
            return None
        self._known_at = found.at if found else None
        return found.marks if found else None

    def _remember(self, found: Marks, now: datetime) -> None:
        self._known = found
        if self._place is None:
            return
        try:
            high_water_mark.write(self._place, found, now)
            self._unwritable = False
        except OSError as error:
            self._complain(error)

    def _complain(self, error: OSError) -> None:
        if not self._unwritable:
            _log.error("marks_not_kept", error=type(error).__name__, what="an older database would not be noticed")
        self._unwritable = True

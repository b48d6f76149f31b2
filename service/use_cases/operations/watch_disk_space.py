"""Watch the space on the disk: while it is full, the configuration owner is told; when there is space, all goes on."""

from datetime import datetime

import structlog

from config.database import Sessions, transaction
from config.disk_reserve import DiskReserve
from service.domain.policy import PolicyBook
from service.domain.telling.records import Problem
from service.store import problems
from service.use_cases.operations.notify_operator import OperationsCode, notify_operator

_log = structlog.get_logger(__name__)


async def watch_disk_space(sessions: Sessions, book: PolicyBook, disk_reserve: DiskReserve, now: datetime) -> None:
    """While the disk is full, tell it once a day. When it is not full any more, delete the problem."""
    if disk_reserve.is_kept:
        return
    if disk_reserve.make():
        _log.info("disk_reserve_made")
        async with transaction(sessions) as session:
            await problems.mended(session, [OperationsCode.DISK_FULL])
        return
    async with transaction(sessions) as session:
        detail = "the disk of the database is full: make room, and planwatch goes on by itself"
        await problems.add(
            session, [Problem(OperationsCode.DISK_FULL, now, None, None, OperationsCode.DISK_FULL, detail)]
        )
        await notify_operator(session, book, OperationsCode.DISK_FULL, f"{now:%Y-%m-%d}", now, urgent=True)

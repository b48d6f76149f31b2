"""What holds for every restored database: it is of a revision that we know, nobody is at work, and it starts held."""

from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from notifications.outbox.suspension import Cause, Kind, begin
from service.backups.package import BackupError, Label
from service.store import schema

BY = "planwatch restore"
AT_WORK = timedelta(minutes=1)  # a process that was seen so recently is taken to live


def check_revision(found: str, label: Label) -> None:
    """A `BackupError` for a database of a newer planwatch, or another than its label says."""
    if found != label.revision:
        raise BackupError(f"the backup says that it is of revision {label.revision}, and is of {found}.")
    if not schema.knows(found):
        raise BackupError(
            f"the backup is of revision {found}, which this planwatch does not know: install a newer one."
        )


def refuse_at_work(processes: int) -> None:
    """A `BackupError` where processes were seen at work in the last minute."""
    if processes:
        number = "a process was" if processes == 1 else f"{processes} processes were"
        raise BackupError(
            f"{number} at work on this database in the last minute: stop every planwatch first, and wait."
        )


async def open_hold(session: AsyncSession, label: Label, now: datetime) -> None:
    """Have nothing sent from this database until a person has looked: what was sent since the backup is not in it."""
    await begin(session, Kind.HOLD, Cause.RESTORED, reason(label), BY, now)


def reason(label: Label) -> str:
    """What stands in the hold."""
    return f"restored from the backup of {label.made_at:%d %b %Y %H:%M} UTC"

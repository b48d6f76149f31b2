"""The rules for every restored database: we know its revision, no process is at work on it, and it begins in a hold."""

from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from notifications.outbox.suspension import Kind, SuspensionCause, begin
from service.backups.package import BackupError, Label
from service.store import schema

BY = "planwatch restore"
AT_WORK = timedelta(minutes=1)  # a process that gave a sign of life so recently is taken to be alive


def check_revision(revision: str, label: Label) -> None:
    """Raise `BackupError` if the revision differs from the label's, or belongs to a newer planwatch."""
    if revision != label.revision:
        raise BackupError(f"the backup says that it is of revision {label.revision}, and is of {revision}.")
    if not schema.knows(revision):
        raise BackupError(
            f"the backup is of revision {revision}, which this planwatch does not know: install a newer one."
        )


def refuse_at_work(processes: int) -> None:
    """Raise `BackupError` if `processes`, the number at work in the last minute, is not 0."""
    if processes:
        number = "a process was" if processes == 1 else f"{processes} processes were"
        raise BackupError(
            f"{number} at work on this database in the last minute: stop every planwatch first, and wait."
        )


async def open_hold(session: AsyncSession, label: Label, now: datetime) -> None:
    """Begin a hold: the database does not know what was sent since the backup, so a person must look first."""
    await begin(session, Kind.HOLD, SuspensionCause.RESTORED, reason(label), BY, now)


def reason(label: Label) -> str:
    """The reason of the hold."""
    return f"restored from the backup of {label.made_at:%d %b %Y %H:%M} UTC"

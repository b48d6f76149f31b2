"""`planwatch backup` and `planwatch restore`: copy the database into a file and back, with a progress bar."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn
from sqlalchemy.engine import make_url

from cli.console import err, out
from config.clock import SystemClock
from config.database import sqlite_file
from config.settings import Settings
from service.backups import package, postgresql, sqlite
from service.backups.package import BackupError
from service.domain.calendar import local

_NAME = "planwatch-{:%Y%m%dT%H%M%SZ}.backup"


def back_up(target: Path, keep: int | None) -> None:
    """Write a backup to a file, or to a new file named after the time in a folder; then keep only `keep` of these."""
    now = SystemClock().now()
    file = target / _NAME.format(now) if target.is_dir() else target
    if keep is not None and file is target:
        raise BackupError(f"{target} is no folder: --keep counts the backups in a folder.")
    url = Settings.load().database_url
    database = sqlite_file(url)
    with _bar("backup") as progress:
        if database:
            size = sqlite.back_up(database, file, now, progress)
        else:
            size = asyncio.run(postgresql.back_up(url, file, now, progress))
    out.print(f"The database is in {file} ({size:,} bytes), whole and on disk.")
    if keep is not None:
        _remove_old(target, keep)


def restore(file: Path, *, replace: bool, check: bool) -> None:
    """Verify a backup and, unless only to `check` it, replace the database with it and hold all messages."""
    with _bar("check") as progress:
        label = package.verify(file, progress)
    out.print(
        f"{file} is whole: {label.database}, revision {label.revision}, of {local(label.made_at):%d %b %Y %H:%M}."
    )
    if check:
        return
    url = Settings.load().database_url
    if label.database != make_url(url).get_backend_name():
        raise BackupError(f"the backup is of {label.database}: set PLANWATCH_DATABASE_URL to a database of that kind.")
    replaced = asyncio.run(_put_back(file, label, url, replace=replace))
    if replaced:
        out.print(f"What was there before is kept in {replaced}.")
    out.print("The database is restored, and held: nothing is sent until somebody lets it go (planwatch release).")


async def _put_back(file: Path, label: package.Label, url: str, *, replace: bool) -> Path | str | None:
    now, database = SystemClock().now(), sqlite_file(url)
    if database:
        return await sqlite.restore(file, label, database, now, replace=replace)
    return await postgresql.restore(file, label, url, now, replace=replace)


def _remove_old(folder: Path, keep: int) -> None:
    """Remove the oldest backups of a folder until `keep` are left."""
    for old in sorted(folder.glob("planwatch-*Z.backup"))[:-keep]:
        old.unlink(missing_ok=True)
        out.print(f"{old.name} was removed: the last {keep} are kept.")


@contextmanager
def _bar(title: str) -> Iterator[package.Progress]:
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=err, disable=not err.is_terminal, transient=True) as progress:
        task = progress.add_task(title, total=None)
        yield lambda done, of: progress.update(task, completed=done, total=of)

"""Backups of SQLite: its own backup copies the file while others write; a restore needs the file to itself."""

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import datetime
from pathlib import Path

from config.database import make_engine, make_sessions, transaction
from service.backups import package
from service.backups.package import BackupError, Label, Progress
from service.backups.places import put_in_place, settle, workplace
from service.backups.restored import AT_WORK, check_revision, open_hold, refuse_at_work
from service.store import schema

_PAGES = 256  # in one step, which is a megabyte; progress is reported after each
_PATIENCE = 30.0  # seconds for a writer


def back_up(database: Path, file: Path, now: datetime, progress: Progress) -> int:
    """Copy a database in use into a backup; return the size of the file in bytes.

    A file that is there already is replaced at the end, when the new one is whole and on disk.
    """
    if not database.is_file():
        raise BackupError(f"there is no database at {database}: look at PLANWATCH_DATABASE_URL.")
    with workplace(file) as folder:
        copy, backup = folder / "copy.db", folder / "backup"
        try:
            _copy(database, copy, progress)
            size = package.write(backup, Label("sqlite", _examine(copy), now), package.pieces(copy))
            put_in_place(backup, file)
        except (sqlite3.DatabaseError, OSError) as error:  # no room, or a disk that fails
            raise BackupError(f"the copy was not made ({error}); what was at {file} before is there still.") from None
    return size


async def restore(file: Path, label: Label, database: Path, now: datetime, *, replace: bool) -> Path | None:
    """Replace a database with a verified backup, in a hold; return the path that keeps the old database, if any."""
    _refuse(database, now, replace=replace)
    with workplace(database) as folder:
        restored = folder / "restored.db"
        package.unpack(file, restored)
        check_revision(_examine(restored), label)
        await _bring_up(restored, label, now)
        _refuse(database, now, replace=replace)
        old = _keep(database, now)
        put_in_place(restored, database)
    return old


def _copy(database: Path, copy: Path, progress: Progress) -> None:
    copy.touch(mode=0o600)
    with closing(_connect(database)) as source, closing(_connect(copy)) as target:
        # The open transaction reads one moment's state; without it, each write by others would restart the backup.
        source.execute("BEGIN")
        source.execute("SELECT count(*) FROM sqlite_master").fetchone()
        source.backup(target, pages=_PAGES, progress=lambda _, left, pages: progress(pages - left, pages))
        target.execute("PRAGMA journal_mode = DELETE")  # all of it in the one file


def _connect(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(path, isolation_level=None, timeout=_PATIENCE)


def _examine(path: Path) -> str:
    """The revision of a database; `BackupError` if it is damaged or not planwatch's."""
    try:
        with closing(_connect(path)) as database:
            [(verdict,)] = database.execute("PRAGMA integrity_check(1)").fetchall()
            if verdict == "ok" and not database.execute("PRAGMA foreign_key_check").fetchall():
                return str(database.execute("SELECT version_num FROM alembic_version").fetchone()[0])
    except (sqlite3.DatabaseError, TypeError) as error:
        raise BackupError(f"the database is no whole one of planwatch ({type(error).__name__}).") from None
    raise BackupError("the database is damaged: it does not pass SQLite's integrity check.")


async def _bring_up(path: Path, label: Label, now: datetime) -> None:
    """Bring it to the present revision and begin a hold, before any process can open it in its place."""
    engine = make_engine(f"sqlite+aiosqlite:///{path}")
    try:
        await schema.upgrade(engine)
        async with transaction(make_sessions(engine)) as session:
            await open_hold(session, label, now)
    finally:
        await engine.dispose()
    with closing(_connect(path)) as database:
        database.execute("PRAGMA journal_mode = DELETE")
    with path.open("rb+") as restored:
        os.fsync(restored.fileno())


def _refuse(database: Path, now: datetime, *, replace: bool) -> None:
    """Raise `BackupError` if a database would be overwritten without `replace`, or is in use."""
    if not database.exists():
        return
    if not replace:
        raise BackupError(f"there is a database at {database} already: --replace puts it aside, and keeps it.")
    with _readable(database) as old:
        since = (now - AT_WORK).replace(tzinfo=None).isoformat(" ", "microseconds")
        refuse_at_work(_count(old, since))
        _have_alone(old)


@contextmanager
def _readable(database: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(database, isolation_level=None, timeout=1.0)) as old:
        yield old


def _count(old: sqlite3.Connection, since: str) -> int:
    with suppress(sqlite3.DatabaseError):  # it is damaged, or older than this table
        return int(old.execute("SELECT count(*) FROM process WHERE seen_at > ?", (since,)).fetchone()[0])
    return 0


def _have_alone(old: sqlite3.Connection) -> None:
    """Merge the write-ahead log into the file, which SQLite refuses while another process has the database open."""
    try:
        old.execute("PRAGMA journal_mode = DELETE").fetchone()
    except sqlite3.OperationalError:
        raise BackupError("the database is in use: stop every planwatch that works on it first.") from None
    except sqlite3.DatabaseError:
        return  # a damaged one is kept as it is


def _keep(database: Path, now: datetime) -> Path | None:
    """Give the old database a second name before it loses its own, so that it is never missing; return that name."""
    if not database.exists():
        return None
    kept = database.with_name(f"{database.name}.replaced-{now:%Y%m%dT%H%M%SZ}")
    try:
        os.link(database, kept)
    except OSError:  # not every file system has hard links
        shutil.copy2(database, kept)
    for suffix in ("-wal", "-shm"):  # left by a damaged database; SQLite would take them for the new one's
        with suppress(FileNotFoundError):
            database.with_name(database.name + suffix).replace(kept.with_name(kept.name + suffix))
    settle(kept)
    return kept

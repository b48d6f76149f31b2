"""Backups of PostgreSQL: written by its own pg_dump, and put back whole or not at all, in one transaction."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import insert, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from config.database import make_engine
from notifications.outbox.suspension import Cause, Kind
from notifications.tables import interruption
from service.backups import package
from service.backups.package import BackupError, Label, Progress
from service.backups.places import put_in_place, workplace
from service.backups.restored import AT_WORK, BY, check_revision, reason, refuse_at_work
from service.store import schema

_CHUNK = 1024 * 1024
_SCHEMA = "public"  # all of ours stands in it


@dataclass(frozen=True, slots=True)
class _There:
    """What stands in a database now."""

    revision: str | None
    processes: int


async def back_up(url: str, file: Path, now: datetime, progress: Progress) -> int:
    """Copy a database in use into a backup, as it stood at one moment; the size of the file in bytes."""
    there = await _look(url, now)
    if there.revision is None:
        raise BackupError("there is no planwatch in this database: look at PLANWATCH_DATABASE_URL.")
    with workplace(file) as folder:
        made = folder / "backup"
        try:
            size = package.write(made, Label("postgresql", there.revision, now), _dumped(url, progress))
            put_in_place(made, file)
        except OSError as error:
            raise BackupError(f"the copy was not made ({error}); what was at {file} before is there still.") from None
    return size


async def restore(file: Path, label: Label, url: str, now: datetime, *, replace: bool) -> str | None:
    """Put a backup that was verified into a database, in a hold; the schema in which the old tables are kept, if any.

    All of it is one transaction: the old tables stay where they are until the new ones are there, and held.
    """
    check_revision(label.revision, label)
    there = await _look(url, now)
    refuse_at_work(there.processes)
    if there.revision is not None and not replace:
        raise BackupError("there is a planwatch in this database already: --replace puts it aside, and keeps it.")
    kept = f"replaced_{now:%Y%m%dt%H%M%Sz}" if there.revision is not None else None
    with workplace(file) as folder:
        dump, script = folder / "dump", folder / "script.sql"
        package.unpack(file, dump)
        _run(["pg_restore", "--no-owner", "--no-privileges", f"--file={script}", str(dump)])
        before, after = folder / "before.sql", folder / "after.sql"
        before.write_text(_put_aside(kept))
        after.write_text(_begin_held(label, now))
        scripts = [f"--file={one}" for one in (before, script, after)]
        _run(["psql", "--no-psqlrc", "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1", *scripts], url)
    await _bring_up(url)
    return kept


def _put_aside(kept: str | None) -> str:
    if kept is None:
        return f'DROP SCHEMA IF EXISTS "{_SCHEMA}";\n'  # refused by PostgreSQL where anything stands in it
    lock = f'LOCK TABLE "{_SCHEMA}"."message" IN ACCESS EXCLUSIVE MODE NOWAIT;'
    return f'{lock}\nALTER SCHEMA "{_SCHEMA}" RENAME TO "{kept}";\n'


def _begin_held(label: Label, now: datetime) -> str:
    values = {"kind": Kind.HOLD, "cause": Cause.RESTORED, "reason": reason(label), "by": BY, "since": now}
    plain = {name: str(value) for name, value in values.items() if name != "since"}
    held = insert(interruption).values(**plain, since=now)
    words = postgresql.dialect()  # type: ignore[no-untyped-call] # SQLAlchemy gives it no type
    said = held.compile(dialect=words, compile_kwargs={"literal_binds": True})
    return f'SET search_path = "{_SCHEMA}";\n{said};\n'


async def _look(url: str, now: datetime) -> _There:
    engine = make_engine(url)
    try:
        async with engine.connect() as connection:
            if await schema.revision(connection) is None:
                return _There(None, 0)
            return _There(await schema.revision(connection), await _at_work(connection, now))
    except (SQLAlchemyError, OSError) as error:
        raise BackupError(f"the database does not answer ({type(error).__name__}).") from None
    finally:
        await engine.dispose()


async def _at_work(connection: AsyncConnection, now: datetime) -> int:
    seen = text("SELECT count(*) FROM process WHERE seen_at > :since")
    return int((await connection.execute(seen, {"since": now - AT_WORK})).scalar_one())


async def _bring_up(url: str) -> None:
    engine = make_engine(url)
    try:
        await schema.upgrade(engine)
    finally:
        await engine.dispose()


def _dumped(url: str, progress: Progress) -> Iterator[bytes]:
    """What pg_dump writes, piece by piece; a `BackupError` at the end where it did not come to its own."""
    told = [_tool("pg_dump"), "--format=custom", f"--schema={_SCHEMA}", "--no-owner", "--no-privileges"]
    done = 0
    with tempfile.TemporaryFile() as said:
        piped = {"stdout": subprocess.PIPE, "stderr": said, "env": _environment(url)}
        with subprocess.Popen(told, **piped) as dump:  # type: ignore[call-overload]  # noqa: S603 - words of ours
            while chunk := dump.stdout.read(_CHUNK):
                done += len(chunk)
                progress(done, None)
                yield chunk
        said.seek(0)
        if dump.returncode:
            raise BackupError(f"pg_dump did not come to its end: {_first_line(said.read().decode(errors='replace'))}")


def _run(told: Sequence[str], url: str | None = None) -> None:
    environment = _environment(url) if url else None
    ended = subprocess.run(  # noqa: S603 - PostgreSQL's own programs, with words of ours
        [_tool(told[0]), *told[1:]], env=environment, capture_output=True, check=False
    )
    if ended.returncode:
        said = _first_line(ended.stderr.decode(errors="replace"))
        raise BackupError(f"{told[0]} did not come to its end, and nothing was changed: {said}")


def _tool(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise BackupError(
            f"{name} is not on this machine: install PostgreSQL's client programs, of the server's version or newer "
            "(Debian, Ubuntu: postgresql-client)."
        )
    return found


def _environment(url: str) -> Mapping[str, str]:
    """Where the database is, in the words of PostgreSQL's own programs: no password stands in a list of processes."""
    parsed = make_url(url)
    asked = {name: str(value) for name, value in parsed.query.items()}
    known = {
        "PGHOST": asked.get("host") or parsed.host,
        "PGPORT": str(parsed.port) if parsed.port else asked.get("port"),
        "PGUSER": parsed.username,
        "PGPASSWORD": parsed.password,
        "PGDATABASE": parsed.database,
        "PGSSLMODE": asked.get("ssl") or asked.get("sslmode"),
    }
    return {**os.environ, **{name: value for name, value in known.items() if value}}


def _first_line(said: str) -> str:
    """What went wrong, without the rows that PostgreSQL quotes below it."""
    return next((line for line in said.splitlines() if line.strip()), "it does not say why")

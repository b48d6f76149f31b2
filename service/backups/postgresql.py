"""Backups of PostgreSQL: pg_dump writes them, and a restore is one transaction, so it is whole or not at all."""

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
from notifications.outbox.suspension import Kind, SuspensionCause
from notifications.tables import interruption
from service.backups import package
from service.backups.package import BackupError, Label, Progress
from service.backups.places import put_in_place, workplace
from service.backups.restored import AT_WORK, BY, check_revision, reason, refuse_at_work
from service.store import schema

_CHUNK = 1024 * 1024
_SCHEMA = "public"  # holds all our tables


@dataclass(frozen=True, slots=True)
class _Present:
    """The present state of a database; `revision` is None if it holds no planwatch."""

    revision: str | None
    processes: int


async def back_up(url: str, file: Path, now: datetime, progress: Progress) -> int:
    """Copy a database in use, as it stood at one moment, into a backup; return the size of the file in bytes."""
    present = await _look(url, now)
    if present.revision is None:
        raise BackupError("there is no planwatch in this database: look at PLANWATCH_DATABASE_URL.")
    with workplace(file) as folder:
        backup = folder / "backup"
        try:
            size = package.write(backup, Label("postgresql", present.revision, now), _dumped(url, progress))
            put_in_place(backup, file)
        except OSError as error:
            raise BackupError(f"the copy was not made ({error}); what was at {file} before is there still.") from None
    return size


async def restore(file: Path, label: Label, url: str, now: datetime, *, replace: bool) -> str | None:
    """Restore a verified backup into a database, in a hold; return the schema that keeps the old tables, if any.

    All of it is one transaction: the old tables stay in place until the new ones are there and held.
    """
    check_revision(label.revision, label)
    present = await _look(url, now)
    refuse_at_work(present.processes)
    if present.revision is not None and not replace:
        raise BackupError("there is a planwatch in this database already: --replace puts it aside, and keeps it.")
    kept_schema = f"replaced_{now:%Y%m%dt%H%M%Sz}" if present.revision is not None else None
    with workplace(file) as folder:
        dump, script = folder / "dump", folder / "script.sql"
        package.unpack(file, dump)
        _run(["pg_restore", "--no-owner", "--no-privileges", f"--file={script}", str(dump)])
        before, after = folder / "before.sql", folder / "after.sql"
        before.write_text(_put_aside(kept_schema))
        after.write_text(_begin_held(label, now))
        scripts = [f"--file={path}" for path in (before, script, after)]
        _run(["psql", "--no-psqlrc", "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1", *scripts], url)
    await _bring_up(url)
    return kept_schema


def _put_aside(kept_schema: str | None) -> str:
    if kept_schema is None:
        return f'DROP SCHEMA IF EXISTS "{_SCHEMA}";\n'  # PostgreSQL refuses this if the schema is not empty
    lock = f'LOCK TABLE "{_SCHEMA}"."message" IN ACCESS EXCLUSIVE MODE NOWAIT;'
    return f'{lock}\nALTER SCHEMA "{_SCHEMA}" RENAME TO "{kept_schema}";\n'


def _begin_held(label: Label, now: datetime) -> str:
    values = {"kind": Kind.HOLD, "cause": SuspensionCause.RESTORED, "reason": reason(label), "by": BY, "since": now}
    texts = {name: str(value) for name, value in values.items() if name != "since"}
    hold = insert(interruption).values(**texts, since=now)
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call] # SQLAlchemy gives it no type
    statement = hold.compile(dialect=dialect, compile_kwargs={"literal_binds": True})
    return f'SET search_path = "{_SCHEMA}";\n{statement};\n'


async def _look(url: str, now: datetime) -> _Present:
    engine = make_engine(url)
    try:
        async with engine.connect() as connection:
            if await schema.revision(connection) is None:
                return _Present(None, 0)
            return _Present(await schema.revision(connection), await _at_work(connection, now))
    except (SQLAlchemyError, OSError) as error:
        raise BackupError(f"the database does not answer ({type(error).__name__}).") from None
    finally:
        await engine.dispose()


async def _at_work(connection: AsyncConnection, now: datetime) -> int:
    query = text("SELECT count(*) FROM process WHERE seen_at > :since")
    return int((await connection.execute(query, {"since": now - AT_WORK})).scalar_one())


async def _bring_up(url: str) -> None:
    engine = make_engine(url)
    try:
        await schema.upgrade(engine)
    finally:
        await engine.dispose()


def _dumped(url: str, progress: Progress) -> Iterator[bytes]:
    """The output of pg_dump, chunk by chunk; `BackupError` at the end if pg_dump failed."""
    command = [_tool("pg_dump"), "--format=custom", f"--schema={_SCHEMA}", "--no-owner", "--no-privileges"]
    done = 0
    with tempfile.TemporaryFile() as errors:
        piped = {"stdout": subprocess.PIPE, "stderr": errors, "env": _environment(url)}
        with subprocess.Popen(command, **piped) as dump:  # type: ignore[call-overload]  # noqa: S603 - our own arguments
            while chunk := dump.stdout.read(_CHUNK):
                done += len(chunk)
                progress(done, None)
                yield chunk
        errors.seek(0)
        if dump.returncode:
            raise BackupError(f"pg_dump did not come to its end: {_first_line(errors.read().decode(errors='replace'))}")


def _run(command: Sequence[str], url: str | None = None) -> None:
    environment = _environment(url) if url else None
    completed = subprocess.run(  # noqa: S603 - PostgreSQL's own programs, with our own arguments
        [_tool(command[0]), *command[1:]], env=environment, capture_output=True, check=False
    )
    if completed.returncode:
        fault = _first_line(completed.stderr.decode(errors="replace"))
        raise BackupError(f"{command[0]} did not come to its end, and nothing was changed: {fault}")


def _tool(name: str) -> str:
    path = shutil.which(name)
    if path is None:
        raise BackupError(
            f"{name} is not on this machine: install PostgreSQL's client programs, of the server's version or newer "
            "(Debian, Ubuntu: postgresql-client)."
        )
    return path


def _environment(url: str) -> Mapping[str, str]:
    """The environment that tells PostgreSQL's programs where the database is: no list of processes shows a password."""
    parsed = make_url(url)
    options = {name: str(value) for name, value in parsed.query.items()}
    variables = {
        "PGHOST": options.get("host") or parsed.host,
        "PGPORT": str(parsed.port) if parsed.port else options.get("port"),
        "PGUSER": parsed.username,
        "PGPASSWORD": parsed.password,
        "PGDATABASE": parsed.database,
        "PGSSLMODE": options.get("ssl") or options.get("sslmode"),
    }
    return {**os.environ, **{name: value for name, value in variables.items() if value}}


def _first_line(errors: str) -> str:
    """The fault alone, without the rows that PostgreSQL quotes below it."""
    return next((line for line in errors.splitlines() if line.strip()), "it does not say why")

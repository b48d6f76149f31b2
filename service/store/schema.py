"""The schema: brought up to date by the migrations, whoever starts first."""

from functools import cache
from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

import notifications.tables  # noqa: F401 - it puts its tables into `metadata`
import service.store.tables  # noqa: F401 - likewise
from config.database import make_engine, metadata

_MIGRATIONS = Path(__file__).resolve().parent.parent / "migrations"
_LOCK = 7_526_002  # any number that is ours: PostgreSQL's locks of this kind are told apart by it


async def upgrade(engine: AsyncEngine) -> tuple[str | None, str | None]:
    """Run the steps that are missing, in one transaction; from which revision to which.

    Two processes that start at once take turns: the second finds everything done.
    """
    if engine.dialect.name == "sqlite":  # it waits for its turn in any case
        return await _upgrade(engine)
    async with engine.connect() as connection:
        before = await revision(connection)
    if before == newest():
        return before, before
    patient = make_engine(engine.url, patient=True)  # the others' steps, and our own, take as long as they take
    try:
        return await _upgrade(patient)
    finally:
        await patient.dispose()


async def _upgrade(engine: AsyncEngine) -> tuple[str | None, str | None]:
    async with engine.begin() as connection:
        if connection.dialect.name == "postgresql":  # SQLite's transactions begin by taking the only write lock
            await connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        before = await connection.run_sync(_revision)
        if before != newest():
            await connection.run_sync(_run_steps)
    return before, newest()


async def revision(connection: AsyncConnection) -> str | None:
    """The revision that the database has; None for an empty one."""
    return await connection.run_sync(_revision)


@cache
def newest() -> str | None:
    """The revision that this program wants. To find it, all steps are read: once in a process, it does not change."""
    return ScriptDirectory(str(_MIGRATIONS)).get_current_head()


def knows(revision: str) -> bool:
    """Whether a revision is this program's, or of one before it: none of a newer one can be brought up to date."""
    return revision in {step.revision for step in ScriptDirectory(str(_MIGRATIONS)).walk_revisions()}


async def differences(connection: AsyncConnection) -> list[object]:
    """How the database differs from the tables as the program knows them: nothing, if the migrations are complete."""
    return await connection.run_sync(
        lambda here: list(compare_metadata(MigrationContext.configure(here, opts={"compare_type": True}), metadata))
    )


def write_step(connection: Connection, message: str, number: str) -> None:
    """Write a new step for what differs; for those who change tables: see CONTRIBUTING."""
    command.revision(_config(connection), message=message, autogenerate=True, rev_id=number)


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _run_steps(connection: Connection) -> None:
    command.upgrade(_config(connection), "head")


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config

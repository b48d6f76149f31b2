"""The schema of the database. The first process that starts brings it up to date by the migrations.

A new SQLite begins with a script of what all steps make, which is itself made by them: see `tests/documents`.
What runs them is imported where they run: every command asks for the revision, and few ever run a step.
"""

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

import notifications.tables  # noqa: F401 - it puts its tables into `metadata`
import service.store.access_tables
import service.store.alert_tables
import service.store.credentials
import service.store.page_tables
import service.store.policy_tables
import service.store.tables  # noqa: F401 - likewise
from config.database import make_engine

if TYPE_CHECKING:
    from alembic.config import Config

_MIGRATIONS = Path(__file__).resolve().parent.parent / "migrations"
NEW_SQLITE = _MIGRATIONS / "new_sqlite.sql"
_LOCK = 7_526_002  # an arbitrary number that tells our advisory locks from those of others


async def upgrade(engine: AsyncEngine) -> tuple[str | None, str | None]:
    """Run the missing steps in one transaction, and return the revisions before and after.

    Of two processes that start at once, the second waits for the first and finds everything done.
    """
    if engine.dialect.name == "sqlite":  # it has one writer at a time in any case
        return await _upgrade(engine)
    async with engine.connect() as connection:
        before = await revision(connection)
    if before == newest():
        return before, before
    patient = make_engine(engine.url, patient=True)  # the steps, ours and those of others, may take long
    try:
        return await _upgrade(patient)
    finally:
        await patient.dispose()


async def _upgrade(engine: AsyncEngine) -> tuple[str | None, str | None]:
    async with engine.begin() as connection:
        if connection.dialect.name == "postgresql":  # SQLite's transactions begin by taking the only write lock
            await connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        before = await connection.run_sync(_revision)
        if before is None and connection.dialect.name == "sqlite":
            await connection.run_sync(_make_new)
        if await connection.run_sync(_revision) != newest():
            await connection.run_sync(run_steps)
    return before, newest()


async def revision(connection: AsyncConnection) -> str | None:
    """The revision of the database. None: it is empty."""
    return await connection.run_sync(_revision)


@cache
def newest() -> str:
    """The revision that this program wants."""
    return max(_revisions())


def knows(revision: str) -> bool:
    """Whether this program or an older one made a revision. A newer program's cannot be brought up to date."""
    return revision in _revisions()


def write_step(connection: Connection, message: str, number: str) -> None:
    """Write a new step for the differences. For developers who change tables: see CONTRIBUTING."""
    from alembic import command

    command.revision(_config(connection), message=message, autogenerate=True, rev_id=number)


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    stored: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return stored


def _revisions() -> list[str]:
    """The revisions of all steps: each file is named after its own."""
    return [path.name.partition("_")[0] for path in (_MIGRATIONS / "versions").glob("[0-9]*.py")]


def _make_new(connection: Connection) -> None:
    """What the steps make together: by themselves they make tables over and over, for a third of a second."""
    _, *statements = NEW_SQLITE.read_text(encoding="utf-8").split("\n\n")
    for statement in statements:
        connection.exec_driver_sql(statement)


def run_steps(connection: Connection) -> None:
    """Run the missing steps, whatever stands in the database."""
    from alembic import command

    command.upgrade(_config(connection), "head")


def _config(connection: Connection) -> "Config":
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config

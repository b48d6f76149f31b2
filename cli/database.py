"""`planwatch db`, and the way to the database for any command that needs it once."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import TypeVar

from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from cli.console import err, out
from cli.faults import CommandError
from config.clock import SystemClock
from config.database import Sessions, make_engine, make_sessions, reading, sqlite_file
from config.settings import Settings
from service.store import schema

Result = TypeVar("Result")


def with_database(ask: Callable[[Sessions, datetime], Awaitable[Result]], *, patient: bool = False) -> Result:
    """Bring the database of the settings up to date, return what `ask` gives for this moment, and disconnect.

    `patient`: a statement may take as long as it takes.

    CommandError where there is none: asked from another folder, the command would make an empty one there.
    """

    async def run(engine: AsyncEngine) -> Result:
        await schema.upgrade(engine)
        return await ask(make_sessions(engine), SystemClock().now())

    return asyncio.run(_connected(run, patient=patient))


def with_reading(ask: Callable[[AsyncSession, datetime], Awaitable[Result]]) -> Result:
    """Return what `ask` reads in one session for this moment. It writes and locks nothing.

    CommandError where there is no database, or one that this version cannot read.
    """

    async def run(engine: AsyncEngine) -> Result:
        async with reading(make_sessions(engine)) as session:
            revision = await schema.revision(await session.connection())
            if revision != schema.newest():
                raise CommandError(_of_another_version(revision))
            return await ask(session, SystemClock().now())

    return asyncio.run(_connected(run))


async def _connected(run: Callable[[AsyncEngine], Awaitable[Result]], *, patient: bool = False) -> Result:
    url = Settings.load().database_url
    file = sqlite_file(url)
    if file is not None and not file.exists():
        raise CommandError(
            f"there is no database at {file.absolute()}. Is this the folder in which planwatch runs? Otherwise set "
            "PLANWATCH_DATABASE_URL; planwatch db upgrade makes a new one."
        )
    engine = make_engine(url, patient=patient)
    try:
        return await run(engine)
    finally:
        await engine.dispose()


def _of_another_version(revision: str | None) -> str:
    if revision is None:
        return "the database is empty; planwatch db upgrade prepares it."
    if schema.knows(revision):
        return f"the database is of an older version (revision {revision}); planwatch db upgrade brings it up to date."
    return f"the database was made by a newer planwatch (revision {revision}); use that version."


def tell_new_database(url: str) -> None:
    """Say where a database will be made, if there is none at this address yet."""
    file = sqlite_file(url)
    if file is not None and not file.exists():
        err.print(f"A new database is made at {file.absolute()}.", markup=False, soft_wrap=True)


def upgrade() -> None:
    """Bring the database up to date, and print its revision before and after."""
    tell_new_database(Settings.load().database_url)
    before, after = asyncio.run(_upgrade())
    if before == after:
        out.print(f"The database is up to date (revision {after}).")
    else:
        out.print(f"The database was brought from {before or 'nothing'} to revision {after}.")


async def _upgrade() -> tuple[str | None, str | None]:
    engine = make_engine(Settings.load().database_url)
    try:
        return await schema.upgrade(engine)
    finally:
        await engine.dispose()

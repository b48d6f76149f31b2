"""`planwatch db`, and the way to the database for any command that needs it once."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import TypeVar

from cli.console import out
from config.clock import SystemClock
from config.database import Sessions, make_engine, make_sessions
from config.settings import Settings
from service.store import schema

Result = TypeVar("Result")


def with_database(ask: Callable[[Sessions, datetime], Awaitable[Result]]) -> Result:
    """Bring the database of the settings up to date, return what `ask` gives for this moment, and disconnect."""

    async def run() -> Result:
        engine = make_engine(Settings.load().database_url)
        try:
            await schema.upgrade(engine)
            return await ask(make_sessions(engine), SystemClock().now())
        finally:
            await engine.dispose()

    return asyncio.run(run())


def upgrade() -> None:
    """Bring the database up to date, and print its revision before and after."""
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

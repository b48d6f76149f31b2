"""`planwatch db`: look after the database."""

import asyncio

from cli.console import out
from config.database import make_engine
from config.settings import Settings
from service.store import schema


def upgrade() -> None:
    """Bring the database up to date, and say from where to where."""
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

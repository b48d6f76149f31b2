"""Writes a new step for what was changed in the tables: `python -m service.migrations 0002 "Add ..."`; then read it.

Then `python -m tests.documents.new_database > service/migrations/new_sqlite.sql`, from which new databases are made.
"""

import asyncio
import sys
import tempfile

from config.database import make_engine
from service.store.schema import upgrade, write_step


async def write(number: str, message: str) -> None:
    """Compare a new database, brought up to date, with the tables as they are now, and write the difference down."""
    with tempfile.TemporaryDirectory() as folder:
        engine = make_engine(f"sqlite+aiosqlite:///{folder}/empty.db")
        await upgrade(engine)
        async with engine.connect() as connection:
            await connection.run_sync(write_step, message, number)
        await engine.dispose()


if __name__ == "__main__":
    asyncio.run(write(*sys.argv[1:3]))

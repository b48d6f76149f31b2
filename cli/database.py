"""A command's own way to the database: brought up to date, asked once, and left."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import TypeVar

from config.clock import SystemClock
from config.database import Sessions, make_engine, make_sessions
from config.settings import Settings
from service.store import schema

Found = TypeVar("Found")


def with_database(ask: Callable[[Sessions, datetime], Awaitable[Found]]) -> Found:
    """What this gives, asked now of the database that the settings name."""

    async def run() -> Found:
        engine = make_engine(Settings.load().database_url)
        try:
            await schema.upgrade(engine)
            return await ask(make_sessions(engine), SystemClock().now())
        finally:
            await engine.dispose()

    return asyncio.run(run())

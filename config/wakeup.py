"""Wakeups between processes on one PostgreSQL (LISTEN and NOTIFY). They are sent in a transaction, with its commit.

A wakeup only saves time: a process that misses it finds the same work at its next tick. On SQLite there are none, and
the ticks suffice.
"""

import asyncio
from collections.abc import Callable

import structlog
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

_log = structlog.get_logger(__name__)
_NAME = "planwatch_work"
_AGAIN_AFTER = 1.0  # seconds
_NOTIFY = text(f"NOTIFY {_NAME}")


async def send(session: AsyncSession) -> None:
    """Wake the other processes when this transaction is committed, for work that should not wait for a tick."""
    if session.get_bind().dialect.name == "postgresql":
        await session.execute(_NOTIFY)


async def listen(engine: AsyncEngine, wake: Callable[[], None]) -> None:
    """Call `wake` for every wakeup, until cancelled. It is also called after each connection, for what was missed."""
    if engine.dialect.name != "postgresql":
        return
    import asyncpg  # it is an extra

    is_logged = False
    while True:
        try:
            await _listen_once(engine, wake)
            is_logged = False
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            if not is_logged:
                _log.warning("wakeups_not_received", error=type(error).__name__)
            is_logged = True
        await asyncio.sleep(_AGAIN_AFTER)


async def _listen_once(engine: AsyncEngine, wake: Callable[[], None]) -> None:
    """Listen until one connection is lost."""
    from config import postgres

    connection = await postgres.outside_the_pool(engine)
    lost = asyncio.Event()
    connection.add_termination_listener(lambda *_: lost.set())
    try:
        await connection.add_listener(_NAME, lambda *_: wake())
        wake()
        await lost.wait()
    finally:
        connection.terminate()

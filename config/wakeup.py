"""The bell between processes on one PostgreSQL: rung in a transaction, and heard by the others once it is committed.

It only saves time: whoever does not hear it finds the same work with the next tick. On SQLite the ticks do it alone.
"""

import asyncio
from collections.abc import Callable

import structlog
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

_log = structlog.get_logger(__name__)
_NAME = "planwatch_work"
_AGAIN_AFTER = 1.0  # seconds
_RING = text(f"NOTIFY {_NAME}")


async def ring(session: AsyncSession) -> None:
    """Tell the other processes, when this transaction is committed, that there is work that should not wait."""
    if session.get_bind().dialect.name == "postgresql":
        await session.execute(_RING)


async def listen(engine: AsyncEngine, heard: Callable[[], None]) -> None:
    """Call `heard` whenever the bell is rung, until cancelled; and after each connection, for what was missed."""
    if engine.dialect.name != "postgresql":
        return
    import asyncpg  # it is an extra

    silent = False
    while True:
        try:
            await _listen_once(engine, heard)
            silent = False
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            if not silent:
                _log.warning("bell_not_heard", error=type(error).__name__)
            silent = True
        await asyncio.sleep(_AGAIN_AFTER)


async def _listen_once(engine: AsyncEngine, heard: Callable[[], None]) -> None:
    """As long as one connection holds."""
    from config import postgres

    options = dict(engine.dialect.create_connect_args(engine.url)[1]) | postgres.connect_options(patient=False)
    connection = await options.pop("async_creator_fn")(**options)
    lost = asyncio.Event()
    connection.add_termination_listener(lambda *_: lost.set())
    try:
        await connection.add_listener(_NAME, lambda *_: heard())
        heard()
        await lost.wait()
    finally:
        connection.terminate()

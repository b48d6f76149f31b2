"""Whether a connection keeps its session of PostgreSQL, or a pooler gives it another one with each transaction."""

import asyncio
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import asyncpg

from config import postgres
from config.database import make_engine

NOT_KEPT = (
    "between planwatch and PostgreSQL stands a pooler that gives a connection another session with each transaction "
    "(PgBouncer: pool_mode = transaction or statement). Prepared statements, wakeups and time limits do not hold "
    "there, so the service does not start. Set pool_mode = session for its database, or name the server itself in "
    "PLANWATCH_DATABASE_URL."
)
_HEARD_WITHIN = 5.0  # seconds; without a pooler it is heard before the next answer


@dataclass(frozen=True, slots=True)
class Observed:
    """What two connections saw: by which processes of the server each was served, and whether one heard the other.

    `served`: one connection, in transactions of its own, before, within and after the other's; `meanwhile`: the other.
    """

    served: Sequence[int]
    meanwhile: int
    heard: bool

    @property
    def keeps_sessions(self) -> bool:
        """Whether a connection has a session to itself: nobody else gets it, and what it listens for comes to it."""
        return set(self.served) == {self.served[0]} and self.meanwhile not in self.served and self.heard


async def keeps_sessions(url: str) -> bool:
    """Ask PostgreSQL itself: a pooler cannot be told by its address, and some do not say what they are.

    An `OSError` where no server can be reached.
    """
    engine = make_engine(url)
    connections: list[Any] = []
    try:
        for _ in range(2):
            connections.append(await postgres.outside_the_pool(engine))  # noqa: PERF401 - the first is ended where the second fails
        return (await _observe(*connections)).keeps_sessions
    except (asyncpg.InvalidSQLStatementNameError, asyncpg.DuplicatePreparedStatementError):
        return False  # what was prepared is in another session, or this one has what somebody else prepared
    finally:
        for connection in connections:
            connection.terminate()
        await engine.dispose()


async def _observe(connection: Any, neighbour: Any) -> Observed:
    """What they see. An `OSError` where the server is lost meanwhile."""
    notified, channel = asyncio.Event(), f"planwatch_{secrets.token_hex(8)}"
    await connection.add_listener(channel, lambda *_: notified.set())
    served = [await _process(connection)]
    transaction = neighbour.transaction()
    try:
        await transaction.start()
    except asyncpg.PostgresConnectionError:
        # A pooler that hands on after each statement ends whoever begins a transaction. Where the server was lost
        # instead, the next statement fails as well.
        return Observed([*served, await _process(connection)], served[0], heard=False)
    meanwhile = await _process(neighbour)
    served.append(await _process(connection))
    await neighbour.execute(f"NOTIFY {channel}")
    await transaction.commit()
    served.append(await _process(connection))
    if Observed(served, meanwhile, heard=True).keeps_sessions:  # else it is settled, and nothing need be waited for
        await _wait(notified)
    return Observed(served, meanwhile, notified.is_set())


async def _process(connection: Any) -> int:
    try:
        return int(await connection.fetchval("SELECT pg_backend_pid()"))
    except (asyncpg.PostgresConnectionError, asyncpg.InterfaceError) as error:
        raise ConnectionResetError("the server was lost") from error


async def _wait(notified: asyncio.Event) -> None:
    try:
        async with asyncio.timeout(_HEARD_WITHIN):
            await notified.wait()
    except TimeoutError:
        return

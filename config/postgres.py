"""PostgreSQL: connections that never wait for ever, never to a standby, and that keep what they were told."""

import socket
from collections.abc import Mapping
from typing import Any

import asyncpg
from sqlalchemy import event
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine

# One for each tick that may be at work, another for each lane (the lease of its message), and some for requests.
POOL: Mapping[str, Any] = {
    "pool_size": 10,
    "max_overflow": 30,
    "pool_timeout": 10,  # seconds; whoever waits longer for a connection is told to come again
    "pool_recycle": 1800,
    "pool_pre_ping": True,  # after a restart or a switch to another server the old connections are found dead, and left
}
_CONNECT_WITHIN = 5.0  # seconds
_ANSWER_WITHIN = 25.0  # longer than the server grants a statement: if it can still say so, it does
_SESSION = {
    "application_name": "planwatch",
    "timezone": "UTC",
    "synchronous_commit": "on",  # what was answered is on disk, and on a standby's disk where one is synchronous
    "statement_timeout": "20s",
    "lock_timeout": "10s",
    "idle_in_transaction_session_timeout": "30s",  # a process that stands still gives back what it has locked
    "jit": "off",  # our questions are short; to compile them takes longer than to answer them
}
# A machine that is cut off says nothing, so it is asked: dead after about ten seconds. The names of the socket module.
_KEEP_ALIVE = {"TCP_KEEPIDLE": 4, "TCP_KEEPINTVL": 2, "TCP_KEEPCNT": 3, "TCP_USER_TIMEOUT": 10_000}


def connect_options(*, patient: bool) -> dict[str, Any]:
    """What each connection is made with. `patient`: for a migration, which may take as long as it takes."""
    session = {name: value for name, value in _SESSION.items() if not (patient and name.endswith("_timeout"))}
    # Prepared statements are each connection's own, and die with it: none is taken along to another server.
    return {
        "async_creator_fn": connect,
        "timeout": _CONNECT_WITHIN,
        "command_timeout": None if patient else _ANSWER_WITHIN,
        "server_settings": session,
        "target_session_attrs": "read-write",  # nothing is decided from a standby, which may be behind
    }


async def connect(**options: Any) -> Any:
    """A connection of the driver's own; an `OSError` where no server, or only a standby, can be had."""
    try:
        connection = await asyncpg.connect(**options)
    except asyncpg.TargetServerAttributeNotMatched as error:
        raise ConnectionRefusedError("only a standby answers, to which nothing can be written") from error
    _keep_alive(connection)
    return connection


def tell_losses(engine: AsyncEngine) -> None:
    """Have a connection that breaks or does not answer in time end in an error of the database, and be thrown away."""
    event.listen(engine.sync_engine, "handle_error", _as_loss)


def _as_loss(context: ExceptionContext) -> OperationalError | None:
    # The driver lets errors of the network through as they are; a TimeoutError is one of them.
    if not isinstance(context.original_exception, OSError):
        return None
    context.is_disconnect = True
    return OperationalError(context.statement, None, context.original_exception)


def _keep_alive(connection: Any) -> None:
    # The driver has no option for it.
    wire = connection._transport.get_extra_info("socket")
    if wire is None or wire.family not in (socket.AF_INET, socket.AF_INET6):
        return
    wire.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in _KEEP_ALIVE.items():
        if hasattr(socket, name):  # not every system has all of them
            wire.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)

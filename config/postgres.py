"""PostgreSQL: connections with time limits, never to a standby, whose commits are on disk when they return."""

import socket
from collections.abc import Mapping
from typing import Any

import asyncpg
from sqlalchemy import event
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine

# One connection for each tick, another for each lane (to lengthen its lease), and some for requests.
POOL: Mapping[str, Any] = {
    "pool_size": 10,
    "max_overflow": 30,
    "pool_timeout": 10,  # seconds; a request that waits longer is answered with 503
    "pool_recycle": 1800,
    "pool_pre_ping": True,  # after a restart or a failover the dead connections are noticed and dropped
}
_CONNECT_WITHIN = 5.0  # seconds
_ANSWER_WITHIN = 25.0  # longer than the server's own limit, so that its error comes first if it can still send one
_SESSION = {
    "application_name": "planwatch",
    "timezone": "UTC",
    "synchronous_commit": "on",  # a commit is on disk, and on the disk of a synchronous standby, before it returns
    "statement_timeout": "20s",
    "lock_timeout": "10s",
    "idle_in_transaction_session_timeout": "30s",  # a process that hangs gives its locks back
    "jit": "off",  # our statements are short: compiling one takes longer than running it
}
# A machine that is cut off sends nothing, so it is probed: dead after about ten seconds. Names of the socket module.
_KEEP_ALIVE = {"TCP_KEEPIDLE": 4, "TCP_KEEPINTVL": 2, "TCP_KEEPCNT": 3, "TCP_USER_TIMEOUT": 10_000}


def connect_options(*, patient: bool) -> dict[str, Any]:
    """The options of each connection. `patient`: without time limits, for a migration."""
    session = {name: value for name, value in _SESSION.items() if not (patient and name.endswith("_timeout"))}
    # Prepared statements belong to a connection, and end with it: none is carried over to another server.
    return {
        "async_creator_fn": connect,
        "timeout": _CONNECT_WITHIN,
        "command_timeout": None if patient else _ANSWER_WITHIN,
        "server_settings": session,
        "target_session_attrs": "read-write",  # a standby may be behind, so nothing is decided from it
    }


async def connect(**options: Any) -> Any:
    """A connection of the driver. An `OSError` where no server, or only a standby, can be reached."""
    try:
        connection = await asyncpg.connect(**options)
    except asyncpg.TargetServerAttributeNotMatched as error:
        raise ConnectionRefusedError("only a standby answers, to which nothing can be written") from error
    _keep_alive(connection)
    return connection


def tell_losses(engine: AsyncEngine) -> None:
    """Turn a broken or silent connection into an error of the database, and drop the connection."""
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

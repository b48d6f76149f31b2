"""PostgreSQL: connections with time limits, never to a standby, whose commits are on disk when they return."""

import socket
from collections.abc import Mapping, Sequence
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
# Said while the connection begins. A pooler lets nothing else through there: PgBouncer refuses it, or leaves it out.
_GREETING = {"application_name": "planwatch", "timezone": "UTC"}
# Said as its first statement.
_SESSION = {
    "synchronous_commit": "on",  # a commit is on disk, and on the disk of a synchronous standby, before it returns
    "statement_timeout": "20s",
    "lock_timeout": "10s",
    "idle_in_transaction_session_timeout": "30s",  # a process that hangs gives its locks back
    "jit": "off",  # our statements are short: compiling one takes longer than running it
}
# A machine that is cut off sends nothing, so it is probed: dead after about ten seconds. Names of the socket module.
_KEEP_ALIVE = {"TCP_KEEPIDLE": 4, "TCP_KEEPINTVL": 2, "TCP_KEEPCNT": 3, "TCP_USER_TIMEOUT": 10_000}


# The first two letters of the states by which a server or a pooler says that it takes nobody now: the next may.
_TAKES_NOBODY = frozenset({"08", "53", "57", "58"})


def connect_options(*, patient: bool) -> dict[str, Any]:
    """The options of each connection. `patient`: without time limits, for a migration."""
    session = {name: value for name, value in _SESSION.items() if not (patient and name.endswith("_timeout"))}
    # Prepared statements belong to a connection, and end with it: none is carried over to another server.
    return {
        "async_creator_fn": Servers(session).connect,
        "timeout": _CONNECT_WITHIN,
        "command_timeout": None if patient else _ANSWER_WITHIN,
        "server_settings": dict(_GREETING),
        "target_session_attrs": "read-write",  # a standby may be behind, so nothing is decided from it
    }


class Servers:
    """The servers of an address. Each has its own time to answer; whichever took us last is tried first.

    The driver by itself gives all of them one time together: a machine without power, which answers nothing, would use
    it up for the others.
    """

    def __init__(self, session: Mapping[str, str]) -> None:
        """`session` holds the settings of each connection."""
        self._statement = "".join(f"SET {name} = '{value}';" for name, value in session.items())
        self._last_good = 0

    async def connect(self, **options: Any) -> Any:
        """A connection of the driver. An `OSError` where no server, or only a standby, can be reached."""
        servers = _each(options.pop("host", None), options.pop("port", None))
        # The places shift where the number of servers does, which it does not: an engine has one address.
        order = sorted(range(len(servers)), key=lambda place: place != self._last_good)
        refusal: OSError = ConnectionRefusedError("no server is named")
        for place in order:
            try:
                connection = await self._begin(**servers[place], **options)
            except OSError as error:
                refusal = _worse(refusal, error)
            else:
                self._last_good = place
                return connection
        raise refusal

    async def _begin(self, **options: Any) -> Any:
        try:
            connection = await asyncpg.connect(**options)
        except asyncpg.TargetServerAttributeNotMatched as error:
            raise _StandbyError("only a standby answers, to which nothing can be written") from error
        except asyncpg.PostgresError as error:
            raise _as_refusal(error) from error
        try:
            _keep_alive(connection)
            await connection.execute(self._statement)
        except BaseException as error:
            connection.terminate()
            if isinstance(error, asyncpg.PostgresError | asyncpg.InterfaceError):
                raise _as_refusal(error) from error
            raise
        return connection


class _StandbyError(ConnectionRefusedError):
    """A server answers, and it is not the one to write to."""


def _each(host: Any, port: Any) -> Sequence[dict[str, Any]]:
    """What names each server to the driver."""
    if isinstance(host, list):
        return [{"host": one_host, "port": one_port} for one_host, one_port in zip(host, port, strict=True)]
    return [{name: value for name, value in (("host", host), ("port", port)) if value is not None}]


def _worse(earlier: OSError, later: OSError) -> OSError:
    """Of two refusals the one that says more."""
    return earlier if isinstance(earlier, _StandbyError) else later


def _as_refusal(error: Exception) -> Exception:
    """The error itself where it is about us, such as a wrong password; else that the server takes nobody now."""
    state = str(getattr(error, "sqlstate", None) or "08")
    return ConnectionRefusedError(f"no session ({type(error).__name__})") if state[:2] in _TAKES_NOBODY else error


async def outside_the_pool(engine: AsyncEngine) -> Any:
    """A connection of the driver's own, with the engine's address and the usual limits; whoever asks ends it."""
    options = dict(engine.dialect.create_connect_args(engine.url)[1]) | connect_options(patient=False)
    return await options.pop("async_creator_fn")(**options)


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

"""An application on a listening socket, for as long as a context lasts."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn
from starlette.types import ASGIApp

from cli.connections import WAITING, BoundedServer, bounded
from cli.faults import CommandError

_LAST_SECONDS = 5


def listen(host: str, port: int = 0) -> socket.socket:
    """A socket that listens; port 0 is any that is free. CommandError: it is not to be had."""
    try:
        return socket.create_server((host, port), backlog=WAITING)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise CommandError(f"cannot listen on {host}:{port} ({reason}); choose another with --port") from None


@asynccontextmanager
async def serving(app: ASGIApp, listening: socket.socket) -> AsyncIterator[asyncio.Task[None]]:
    """Serve an application, and give the task of it. At the end what is being answered has a few seconds left."""
    config = uvicorn.Config(app, log_config=None, access_log=False, lifespan="off")
    bounded(config)
    config.timeout_graceful_shutdown = _LAST_SECONDS
    server = BoundedServer(config)
    task = asyncio.create_task(server.serve(sockets=[listening]))
    try:
        yield task
    finally:
        server.should_exit = True
        await task

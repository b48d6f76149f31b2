"""A web server of the product's kind, with its bounds, in the test's own process."""

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import uvicorn

from cli.connections import GRACE, MOST_CONNECTIONS, BoundedServer, bounded


@asynccontextmanager
async def served(app: Any, most: int = MOST_CONNECTIONS, grace: int = GRACE) -> AsyncIterator[int]:
    """Serve an application on loopback, with so many connections at most, and a stranger's beats of grace; the port."""
    config = uvicorn.Config(app, log_config=None, access_log=False, lifespan="off")
    bounded(config, most, grace)
    config.load()
    server, listening = BoundedServer(config), socket.create_server(("127.0.0.1", 0))
    server.lifespan = config.lifespan_class(config)
    await server.startup(sockets=[listening])
    try:
        yield int(listening.getsockname()[1])
    finally:
        server.should_exit = True
        await server.shutdown(sockets=[listening])

"""Connections to a mail server that are kept open, as whoever sends many emails writes them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiosmtplib

from bench.peers.mail import NUMBER_OF_CONNECTIONS


class KeptConnections:
    """So many connections at most; who wants one waits for the next that is free."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._free: asyncio.LifoQueue[aiosmtplib.SMTP | None] = asyncio.LifoQueue()
        for _ in range(NUMBER_OF_CONNECTIONS):
            self._free.put_nowait(None)

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[aiosmtplib.SMTP]:
        """One of them, opened when it is used for the first time."""
        smtp = await self._free.get()
        if smtp is None:
            smtp = aiosmtplib.SMTP(hostname="127.0.0.1", port=self._port, start_tls=False)
            await smtp.connect()
        try:
            yield smtp
        finally:
            self._free.put_nowait(smtp)

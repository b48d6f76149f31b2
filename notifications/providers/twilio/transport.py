"""What Twilio's client asks for HTTP: with time limits, which its own has none of, and over connections that are kept.

A connection is kept for a second. So a burst of texts shares some, and a single text has a new one: a stale one, which
the other side has closed, could fail when it matters.
"""

import asyncio
import ssl
from base64 import b64encode
from collections.abc import Mapping
from datetime import timedelta
from urllib.parse import urlencode
from urllib.request import getproxies, proxy_bypass

import aiohttp
from twilio.http.response import Response
from yarl import URL

from config.clock import Clock
from notifications.errors import TryLater
from notifications.providers.sender import clock_difference, retry_after

_KEPT = 1.0  # seconds
_FORM = {"Content-Type": "application/x-www-form-urlencoded"}
_TOO_MANY_REQUESTS = 429


class TwilioTransport:
    """The requests of one sender."""

    is_async = True

    def __init__(self, seconds: float, clock: Clock) -> None:
        self._seconds = seconds
        self._clock = clock
        self.difference: timedelta | None = None  # of Twilio's clock from ours, by its newest answer
        self._trust = ssl.create_default_context()  # slow to make: once
        self._connections: tuple[asyncio.AbstractEventLoop, aiohttp.TCPConnector] | None = None
        self._proxied: dict[tuple[str, str | None], bool] = {}

    async def request(
        self,
        method: str,
        url: str,
        params: Mapping[str, object] | None = None,
        data: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,  # noqa: ASYNC109 - the library's signature
        allow_redirects: bool = False,
    ) -> Response:
        """One request, never repeated and never redirected."""
        asked_at = self._clock.now()
        query = f"{'&' if '?' in url else '?'}{urlencode(params)}" if params else ""
        form = None if data is None else urlencode(data).encode()
        everything = {**(headers or {}), **(_FORM if form is not None else {}), **(_signed_in(*auth) if auth else {})}
        address = URL(url + query, encoded=True)
        async with (
            self._session(timeout or self._seconds, by_proxy=self._goes_by_proxy(address)) as http,
            http.request(method, address, data=form, headers=everything, allow_redirects=False) as answer,
        ):
            text = await answer.text()
        self.difference = clock_difference(answer.headers, asked_at, self._clock.now())
        if answer.status == _TOO_MANY_REQUESTS:
            # Raised here, because the client's own exception leaves the headers behind.
            raise TryLater("Twilio asks for patience", retry_after(answer.headers))
        return Response(answer.status, text, answer.headers)

    async def close(self) -> None:
        """Close what is kept."""
        if self._connections is not None:
            await self._connections[1].close()
            self._connections = None

    def _goes_by_proxy(self, address: URL) -> bool:
        """Whether the environment names a proxy for an address, as it did when that was asked first."""
        # Left to itself the library asks this of each request, and for a password in a file, each in another thread.
        place = (address.scheme, address.host)
        if place not in self._proxied:
            self._proxied[place] = address.scheme in getproxies() and not proxy_bypass(address.host or "")
        return self._proxied[place]

    def _session(self, seconds: float, *, by_proxy: bool) -> aiohttp.ClientSession:
        return aiohttp.ClientSession(
            connector=self._connector(),
            connector_owner=False,
            timeout=aiohttp.ClientTimeout(total=seconds),
            trust_env=by_proxy,
        )

    def _connector(self) -> aiohttp.TCPConnector:
        loop = asyncio.get_running_loop()
        if self._connections is None or self._connections[0] is not loop:
            self._connections = loop, aiohttp.TCPConnector(ssl=self._trust, keepalive_timeout=_KEPT, limit=0)
        return self._connections[1]


def _signed_in(name: str, password: str) -> dict[str, str]:
    return {"Authorization": f"Basic {b64encode(f'{name}:{password}'.encode()).decode('ascii')}"}

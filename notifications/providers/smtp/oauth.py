"""Access tokens for a mail server that takes no passwords (XOAUTH2), by client credentials (RFC 6749, 4.4)."""

import asyncio
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

import httpx2

from notifications.errors import Misconfigured, TryLater

_SECONDS = 20.0  # for the whole of a request
_EARLY = 120.0  # seconds before its end in which a token is not used any more: an attempt takes a while
_USUAL = 300.0  # seconds that a token holds if its issuer does not say


@dataclass
class TokenSource:
    """The tokens of one application: one is used until shortly before its end, then another is asked for."""

    url: str
    client_id: str
    client_secret: str = field(repr=False)
    scope: str
    elapsed: Callable[[], float] = field(default=time.monotonic, repr=False)

    def __post_init__(self) -> None:
        self._token: str | None = None
        self._until = 0.0
        self._asking = asyncio.Lock()

    async def token(self) -> str:
        """A token that holds for a while yet. Raises Misconfigured or TryLater where none is to be had."""
        async with self._asking:
            if self._token is None or self.elapsed() >= self._until:
                asked_at = self.elapsed()
                self._token, holds = await self._ask()
                # One that hardly holds is used at least for the attempt that it was fetched for.
                self._until = asked_at + max(holds - _EARLY, 0.0)
            return self._token

    def forget(self) -> None:
        """Ask for another token next time: the mail server has refused this one."""
        self._token = None

    async def _ask(self) -> tuple[str, float]:
        form = {
            "grant_type": "client_credentials",
            "client_id": self.client_id,
            "client_secret": self.client_secret,
            "scope": self.scope,
        }
        try:
            async with asyncio.timeout(_SECONDS), httpx2.AsyncClient(verify=self._trust, timeout=_SECONDS) as http:
                answer = await http.post(self.url, data=form, headers={"Accept": "application/json"})
        except (httpx2.HTTPError, httpx2.InvalidURL, TimeoutError) as error:
            raise Misconfigured(f"no connection to the issuer of access tokens ({type(error).__name__})") from error
        if answer.status_code == httpx2.codes.TOO_MANY_REQUESTS or answer.status_code >= 500:
            raise TryLater(f"the issuer of access tokens asks for patience ({answer.status_code})")
        if answer.status_code != httpx2.codes.OK:
            raise Misconfigured(
                f"the issuer of access tokens does not take our client id and secret ({answer.status_code})"
            )
        return _read(answer)

    @cached_property
    def _trust(self) -> ssl.SSLContext:
        return ssl.create_default_context()  # slow to make: once


def _read(answer: httpx2.Response) -> tuple[str, float]:
    """The token in an answer, and for how many seconds it holds."""
    try:
        fields = answer.json()
        token, holds = fields["access_token"], float(fields.get("expires_in", _USUAL))
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise Misconfigured("the answer of the issuer of access tokens cannot be read") from error
    if not isinstance(token, str) or not token.isascii() or not token.isprintable() or not token:
        raise Misconfigured("the issuer of access tokens has given none")
    return token, holds

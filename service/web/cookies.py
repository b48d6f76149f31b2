"""Our cookies: small, for this host alone, out of reach of scripts, and never over a line that others can read."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from fastapi import Request
from fastapi.responses import Response

from config.settings import LOOPBACK, Settings
from service.web.page_errors import PageError


@dataclass(frozen=True, slots=True)
class Cookie:
    """How this request's cookies are called and kept."""

    prefix: str
    secure: bool

    @classmethod
    def of(cls, settings: Settings, request: Request) -> "Cookie":
        """Behind https `__Host-` cookies; on this machine plain ones; anything else is refused: PageError 421."""
        if urlsplit(settings.public_url or "").scheme == "https":
            return COOKIES[0]
        if (request.url.hostname or "") in LOOPBACK:
            return COOKIES[1]
        words = (
            "Signing in needs a line that nobody else can read: set PLANWATCH_PUBLIC_URL to this service's https://…"
        )
        raise PageError(421, "Nobody can sign in at this address", words)

    def read(self, request: Request, name: str, longest: int) -> str | None:
        """What a browser kept under a name; None: nothing, or too much."""
        value = request.cookies.get(self.prefix + name)
        return value if value and len(value) <= longest else None

    def write(self, response: Response, name: str, value: str, seconds: int | None = None) -> None:
        """Let a browser keep something; without `seconds` until it is closed."""
        response.set_cookie(
            self.prefix + name, value, max_age=seconds, path="/", secure=self.secure, httponly=True, samesite="lax"
        )

    def forget(self, response: Response, name: str) -> None:
        """Let a browser forget what it kept under a name."""
        response.delete_cookie(self.prefix + name, path="/", secure=self.secure, httponly=True, samesite="lax")


COOKIES = (Cookie("__Host-planwatch-", secure=True), Cookie("planwatch-", secure=False))

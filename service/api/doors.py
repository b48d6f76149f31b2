"""What holds for every request and answer: which hosts are served, and the headers that keep browsers careful."""

import ipaddress
from collections.abc import Collection
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.api.problems import problem
from service.api.refusing import peer
from service.app import Service
from service.refused_requests import RefusalKind

# Monitoring asks under the name of the machine or container.
_FOR_ANY_HOST = frozenset({"/healthz", "/readyz", "/metrics"})
_A_YEAR = "max-age=31536000; includeSubDomains"
# What is for programs is nothing that a browser shows, frames, or runs; pages say for themselves what they need.
_FOR_PROGRAMS = "default-src 'none'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; sandbox"


class Doors:
    """Answers 421 for a host that is not ours, gives every answer its headers, and counts it."""

    def __init__(self, app: ASGIApp, service: Service) -> None:
        self._app, self._service = app, service
        public = urlsplit(service.settings.public_url or "")
        self._hosts = frozenset({*service.settings.allowed_hosts, *filter(None, [public.hostname])})
        self._headers = {
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "no-store",
            "Content-Security-Policy": _FOR_PROGRAMS,
            "Referrer-Policy": "same-origin",
        }
        if public.scheme == "https":
            self._headers["Strict-Transport-Security"] = _A_YEAR

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request, or refuse it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._service.answers[message["status"]] += 1
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
            await send(message)

        if scope["path"] not in _FOR_ANY_HOST and not is_ours(Headers(scope=scope).get("host", ""), self._hosts):
            detail = "This host is not served here. If it should be, name it in PLANWATCH_ALLOWED_HOSTS."
            self._service.refused_requests.note(RefusalKind.HOST_UNKNOWN, peer(HTTPConnection(scope)))
            await problem(421, detail)(scope, receive, send_with_headers)
            return
        try:
            await self._app(scope, receive, send_with_headers)
        except Exception:  # counted here, and answered further out
            self._service.answers[500] += 1
            raise


def is_ours(host: str, hosts: Collection[str]) -> bool:
    """Whether a Host header may be answered. Where no host is set up, each may.

    A name without a dot and an address of numbers are always ours: nobody outside can make a browser take them for
    another site.
    """
    try:
        name = urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return False
    if not hosts or name in hosts or "." not in name.rstrip("."):
        return True
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True

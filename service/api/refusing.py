"""Refusing whoever does not show who it is: noted, and 429 for a peer that fails too often."""

import ipaddress
from collections.abc import Callable, Mapping

from starlette.requests import HTTPConnection

from service.api.problems import ProblemError
from service.app import Service
from service.refused_requests import RefusalKind

# Under this name a server that cuts strangers off puts what tells it that a caller is none.
STAY = "planwatch.stay"
_OF_A_NETWORK = 64  # bits: whoever has one address of version 6 has all of its network


def peer(connection: HTTPConnection) -> str:
    """Who is calling, by address; of version 6, by network."""
    host = connection.client.host if connection.client is not None else ""
    if ":" not in host:
        return host
    try:
        address = ipaddress.IPv6Address(host.partition("%")[0])
    except ValueError:
        return host
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(ipaddress.IPv6Network((address, _OF_A_NETWORK), strict=False).network_address)


def let_stay(connection: HTTPConnection) -> None:
    """Say that the caller has shown who it is: however many others come, its connection is not cut off."""
    stay: Callable[[], None] | None = connection.scope.get("state", {}).get(STAY)
    if stay is not None:
        stay()


def refusal(
    service: Service,
    connection: HTTPConnection,
    kind: RefusalKind,
    status: int,
    detail: str,
    *,
    headers: Mapping[str, str] | None = None,
    token: str | None = None,
) -> ProblemError:
    """The answer to somebody who has not shown who it is. A good token is never asked how often others have failed."""
    refused = service.refused_requests
    refused.note(kind, peer(connection), token)
    seconds = refused.failed(peer(connection))
    if seconds is None:
        return ProblemError(status, detail, headers)
    limited = {"Retry-After": str(seconds), "Connection": "close"}
    return ProblemError(429, f"{detail} This was said to your address too often; come back in {seconds} s.", limited)

"""Requests that were refused: counted by kind, logged without content, and limited for each peer."""

import asyncio
import math
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

import structlog

_log = structlog.get_logger(__name__)
# A system that tries a token which has ended once a second stays below this.
MOST_FAILURES = 60  # of one peer, in a minute
_MINUTE = 60.0  # seconds
_MOST_PEERS = 10_000  # before those whose minute is over are forgotten


class RefusalKind(StrEnum):
    """Why a request, or an event in it, was refused."""

    TOKEN_MISSING = "token_missing"  # noqa: S105 - the name of a kind
    TOKEN_UNKNOWN = "token_unknown"  # noqa: S105
    TOKEN_ENDED = "token_ended"  # noqa: S105
    AUTHORITY_FORBIDDEN = "authority_forbidden"  # an event that names another authority than its token's
    EVENT_CONFLICT = "event_conflict"
    EVENT_FAULTY = "event_faulty"
    SIGNATURE_FORGED = "signature_forged"  # a call that poses as Twilio's, or of which we have the wrong address or key
    CALLBACK_TOKEN_WRONG = "callback_token_wrong"  # noqa: S105 - likewise for Notify
    LINK_UNKNOWN = "link_unknown"  # a link to acknowledge by that was never made
    SIGN_IN_WRONG = "sign_in_wrong"  # a name, password or code that is wrong
    SIGN_IN_LIMITED = "sign_in_limited"  # a try that was refused unseen, after too many
    HOST_UNKNOWN = "host_unknown"


@dataclass(slots=True)
class _Unlogged:
    """Refusals of one kind since the last line about it."""

    number: int = 0
    peers: set[str] = field(default_factory=set)


class RefusedRequests:
    """Those of one process. Real seconds count: a demonstration's clock runs faster."""

    def __init__(self, elapsed: Callable[[], float] = time.monotonic) -> None:
        self._elapsed = elapsed
        self.counts: Counter[RefusalKind] = Counter(dict.fromkeys(RefusalKind, 0))
        self._failures: dict[str, tuple[float, int]] = {}  # peer → when its minute began, and how many were in it
        self._unlogged: dict[tuple[RefusalKind, str | None], _Unlogged] = {}

    def note(self, kind: RefusalKind, peer: str, token: str | None = None) -> None:
        """Count a refusal. The first of a kind and token is logged at once, what follows in its minute in one line."""
        self.counts[kind] += 1
        unlogged = self._unlogged.get((kind, token))
        if unlogged is not None:
            unlogged.number += 1
            unlogged.peers.add(peer)
            return
        self._unlogged[kind, token] = _Unlogged()
        _write(kind, token, 1, 1)
        asyncio.get_running_loop().call_later(_MINUTE, self.log_rest, kind, token)

    def log_rest(self, kind: RefusalKind, token: str | None) -> None:
        """Log what came since the last line; the next refusal is logged at once again."""
        unlogged = self._unlogged.pop((kind, token))
        if unlogged.number:
            _write(kind, token, unlogged.number, len(unlogged.peers))

    def failed(self, peer: str) -> int | None:
        """Note that a peer has not shown who it is. Where that is too often: the seconds until its minute is over."""
        now = self._elapsed()
        began, number = self._failures.get(peer, (now, 0))
        if now - began >= _MINUTE:
            began, number = now, 0
        self._failures[peer] = (began, number + 1)
        if len(self._failures) > _MOST_PEERS:
            self._failures = {name: given for name, given in self._failures.items() if now - given[0] < _MINUTE}
        return math.ceil(began + _MINUTE - now) if number >= MOST_FAILURES else None


def _write(kind: RefusalKind, token: str | None, number: int, peers: int) -> None:
    """A line without content. It says how many peers there were and not which: an address may be a person's."""
    _log.warning("requests_refused", kind=kind.value, number=number, peers=peers, token=token)

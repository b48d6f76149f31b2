"""The turns of the auditor: look, tell whoever looks after planwatch, send the heartbeat if all is well."""

import asyncio
import time
from collections.abc import Awaitable, Callable

import structlog

from service.sentinel.auditor import Auditor
from service.sentinel.codes import CODES

_log = structlog.get_logger(__name__)
LOOK_EVERY = 15.0  # real seconds
BEAT_EVERY = 60.0
_TURN_WITHIN = 60.0  # a database that hangs must not keep the heartbeat's silence from being noticed in the log


class Watch:
    """Turns of one auditor. `tell` puts into the outbox what is new; `beat`, where there is one, tells the outside."""

    def __init__(
        self,
        auditor: Auditor,
        tell: Callable[[], Awaitable[int]],
        beat: Callable[[], Awaitable[bool]] | None,
        elapsed: Callable[[], float] = time.monotonic,
    ) -> None:
        self._auditor, self._tell, self._beat, self._elapsed = auditor, tell, beat, elapsed
        self._beaten_at: float | None = None
        self._before: dict[str, int] = {}

    async def turn(self) -> bool:
        """One turn: whether the look came to its end. Without one there is no heartbeat."""
        try:
            async with asyncio.timeout(_TURN_WITHIN):
                found = await self._auditor.look()
        except Exception as error:  # noqa: BLE001 - whatever keeps it from looking, it goes on trying, and is silent
            _log.error("auditor could not look", fault=type(error).__name__)
            return False
        self._say(found)
        await self._tell_safely()
        if not withholding(found):
            await self._beat_if_due()
        return True

    def _say(self, found: dict[str, int]) -> None:
        for code in sorted(found.keys() | self._before.keys()):
            if found.get(code, 0) != self._before.get(code, 0):
                _log.warning("auditor found", code=code, number=found.get(code, 0))
        self._before = found

    async def _tell_safely(self) -> None:
        try:
            await self._tell()
        except Exception as error:  # noqa: BLE001 - what is found stands on /readyz still, and the heartbeat is silent
            _log.error("findings could not be told", fault=type(error).__name__)

    async def _beat_if_due(self) -> None:
        now = self._elapsed()
        # A little early rather than one look too late.
        due = self._beaten_at is None or now - self._beaten_at >= BEAT_EVERY - LOOK_EVERY / 2
        if self._beat is not None and due and await self._beat():
            self._beaten_at = now


def withholding(found: dict[str, int]) -> list[str]:
    """The codes, of those found, during which there is no heartbeat."""
    return sorted(code for code in found if code not in CODES or CODES[code].withholds)

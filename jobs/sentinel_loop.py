"""The loop of the sentinel: audit, tell the configuration owners, and send the heartbeat if all is well."""

import asyncio
import time
from collections.abc import Awaitable, Callable

import structlog

from service.sentinel.auditor import Auditor
from service.sentinel.codes import CODES

_log = structlog.get_logger(__name__)
AUDIT_EVERY = 15.0  # real seconds
HEARTBEAT_EVERY = 60.0
_AUDIT_WITHIN = 60.0  # after this the log says why there is no heartbeat, even if the database hangs


class SentinelLoop:
    """Audits again and again. `tell` queues messages about new findings; `send_heartbeat` calls somebody outside."""

    def __init__(
        self,
        auditor: Auditor,
        tell: Callable[[], Awaitable[int]],
        send_heartbeat: Callable[[], Awaitable[bool]] | None,
        elapsed: Callable[[], float] = time.monotonic,
    ) -> None:
        self._auditor, self._tell, self._send_heartbeat, self._elapsed = auditor, tell, send_heartbeat, elapsed
        self._heartbeat_at: float | None = None
        self._logged: dict[str, int] = {}

    async def run_once(self) -> bool:
        """Audit once, and say whether the audit came to its end. Without that there is no heartbeat."""
        try:
            async with asyncio.timeout(_AUDIT_WITHIN):
                counts = await self._auditor.look()
        except Exception as error:  # noqa: BLE001 - it goes on trying, whatever the fault, and sends no heartbeat
            _log.error("audit_failed", fault=type(error).__name__)
            return False
        self._log_changes(counts)
        await self._tell_safely()
        if not withholding(counts):
            await self._send_heartbeat_if_due()
        return True

    def _log_changes(self, counts: dict[str, int]) -> None:
        for code in sorted(counts.keys() | self._logged.keys()):
            if counts.get(code, 0) != self._logged.get(code, 0):
                _log.warning("finding_changed", code=code, number=counts.get(code, 0))
        self._logged = counts

    async def _tell_safely(self) -> None:
        try:
            await self._tell()
        except Exception as error:  # noqa: BLE001 - /readyz still shows the findings, and there is no heartbeat
            _log.error("findings_not_told", fault=type(error).__name__)

    async def _send_heartbeat_if_due(self) -> None:
        now = self._elapsed()
        # Rather a little early than one audit late.
        due = self._heartbeat_at is None or now - self._heartbeat_at >= HEARTBEAT_EVERY - AUDIT_EVERY / 2
        if self._send_heartbeat is not None and due and await self._send_heartbeat():
            self._heartbeat_at = now


def withholding(counts: dict[str, int]) -> list[str]:
    """Those of the codes during which there is no heartbeat."""
    return sorted(code for code in counts if code not in CODES or CODES[code].withholds)

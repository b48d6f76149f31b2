"""Reaping: the messages that lost workers left are settled by what is known of them."""

from datetime import datetime

import structlog

from config.clock import Clock
from config.database import Sessions, reading, transaction
from notifications.outbox.attempt import Pace
from notifications.outbox.claim import Claim, expired
from notifications.outbox.ending import Ends
from notifications.outbox.failover import Failover
from notifications.outbox.settle import settle_lost

_log = structlog.get_logger(__name__)

_AT_ONCE = 50  # then it is the turn of what is due


class Reaper:
    """Settles the claims whose leases have ended, four times a lease."""

    def __init__(self, sessions: Sessions, clock: Clock, pace: Pace, failover: Failover, ends: Ends) -> None:
        self._sessions, self._clock, self._pace = sessions, clock, pace
        self._failover, self._ends = failover, ends
        self._at: datetime | None = None

    async def __call__(self) -> None:
        """Settle what lost workers left, if it is time. Where there is more, the next call goes on."""
        now = self._clock.now()
        if self._at is not None and now < self._at:
            return
        self._at = now + self._pace.lease_on_clock / 4
        async with reading(self._sessions) as session:
            lost = await expired(session, now, _AT_ONCE)
        if len(lost) == _AT_ONCE:
            self._at = now
        for claim in lost:
            await self._reap_one(claim, now)

    async def _reap_one(self, claim: Claim, now: datetime) -> None:
        try:
            async with transaction(self._sessions) as session:
                row, error = await settle_lost(session, claim, self._failover.at, now)
                if row:
                    _log.warning("worker_lost", message_id=row.id, worker=claim.worker, state=row.state)
                if row and error:
                    await self._ends.tell(session, row, error)
        except Exception:  # noqa: BLE001 - the other messages wait too; what it was is logged, and it comes up again
            _log.exception("reaping_failed", message_id=claim.row.id)

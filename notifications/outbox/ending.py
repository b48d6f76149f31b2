"""The ends of claims, each by itself: written down whatever it takes, and told where a person must know."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from config.clock import Clock
from config.database import Sessions, is_away, transaction
from notifications import retry
from notifications.errors import DeliveryError, NotSent, RefusesUs, TooLate
from notifications.message import OutboxRow, State
from notifications.outbox.claim import Claim
from notifications.outbox.settle import End, put_off, settle

Undelivered = Callable[[AsyncSession, OutboxRow, DeliveryError], Awaitable[None]]

_log = structlog.get_logger(__name__)

_SETTLE_WAITS = (0.1, 0.5, 1.0, 2.0, 4.0)  # real seconds, between tries to write an end down
_SETTLE_AWAY = (5.0,) * 120  # while the database is away: what has gone must not go again when it returns
_TOLD = (State.UNDELIVERABLE, State.FAILED, State.HELD)


class Ends:
    """Writes down how claims end."""

    def __init__(self, sessions: Sessions, clock: Clock, on_undeliverable: Undelivered) -> None:
        self._sessions, self._clock, self._on_undeliverable = sessions, clock, on_undeliverable

    async def settle(self, claim: Claim, end: End) -> None:
        """Write the end down, whatever it takes. Else the lease would run out on a message that has gone."""
        for tried, wait in enumerate((*_SETTLE_WAITS, *_SETTLE_AWAY)):
            try:
                await self._settle_once(claim, end)
            except DBAPIError as error:
                if tried >= len(_SETTLE_WAITS) and not is_away(error):
                    raise
                _log.warning("settling_failed", message_id=claim.row.id, error=type(error).__name__)
                await asyncio.sleep(wait)
            else:
                return
        await self._settle_once(claim, end)

    async def tell(self, session: AsyncSession, row: OutboxRow, error: DeliveryError) -> None:
        """Tell of a message that has ended without having gone for certain, and of a refusal of us."""
        if row.state in _TOLD or isinstance(error, TooLate | RefusesUs):
            await self._on_undeliverable(session, row, error)

    async def put_off(self, claim: Claim, fault: Exception) -> None:
        """Let a message wait that a fault of ours keeps from being made ready."""
        _log.error("message_put_off", message_id=claim.row.id, exc_info=fault)
        now = self._clock.now()
        reason = f"{type(fault).__name__} while it was made ready"
        async with transaction(self._sessions) as session:
            row = await put_off(session, claim, retry.put_off(claim.row, reason, now), now)
            if row:
                await self.tell(session, row, NotSent(reason))

    async def _settle_once(self, claim: Claim, end: End, *, tell: bool = True) -> None:
        now = self._clock.now()
        try:
            async with transaction(self._sessions) as session:
                row = await settle(session, claim, end, now)
                if tell and row and end.error:
                    await self.tell(session, row, end.error)
        except DBAPIError:
            raise
        except Exception:  # the message itself is settled, whatever goes wrong in the telling
            if not tell:
                raise
            # A message that goes again and again is worse than one of which nobody is told. The row shows its state.
            _log.exception("telling_failed", message_id=claim.row.id)
            await self._settle_once(claim, end, tell=False)

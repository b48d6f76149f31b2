"""Whether the service has done what its clock's moment calls for: what a skipping clock waits for."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import datetime

from sqlalchemy import Select, exists, or_, select

from config.database import Sessions, reading
from notifications.message import State
from notifications.tables import message
from service.store.tables import plan, raw_inbound

_BETWEEN_LOOKS = 0.05  # real seconds
_PATIENCE = 8.0  # real seconds
_ON_THE_WAY = (State.QUEUED.value, State.CLAIMED.value)


async def settled(sessions: Sessions, now: datetime) -> None:
    """Wait until nothing is left to be looked at, understood or sent at a moment, but not for ever."""
    waiting = select(
        or_(
            exists().where(plan.c.next_look <= now),
            exists().where(raw_inbound.c.taken_as.is_(None)),
            exists().where(message.c.state.in_(_ON_THE_WAY), message.c.next_attempt_at <= now),
            exists().where(message.c.state == State.CLAIMED.value),
        )
    )

    with suppress(TimeoutError):
        async with asyncio.timeout(_PATIENCE):
            while await _holds(sessions, waiting):  # noqa: ASYNC110 - the service tells nobody that it has done
                await asyncio.sleep(_BETWEEN_LOOKS)


async def _holds(sessions: Sessions, condition: Select[bool]) -> bool:
    async with reading(sessions) as session:
        return bool(await session.scalar(condition))

"""Send a canary: write to ourselves by the way that messages take, so that what is swallowed there is noticed."""

import asyncio
from datetime import datetime

import structlog

from config.database import Sessions, reading, transaction
from notifications.errors import DeliveryError
from notifications.mailbox.canary import canary
from notifications.message import Outcome, Outgoing
from notifications.outbox import suspension
from notifications.outbox.suspension import Kind
from notifications.providers.sender import CanWriteToItself
from notifications.retry import outcome_of
from service.domain.keys.messages import CanaryKey
from service.store import canaries

_LIMIT = 60.0  # real seconds for all of it: nobody waits for it

_log = structlog.get_logger(__name__)


async def send_canary(sessions: Sessions, sender: CanWriteToItself, now: datetime) -> None:
    """Send this slot's canary, unless another process has, or nothing is to be sent. A refusal is only noted."""
    async with reading(sessions) as session:
        if await canaries.is_begun(session, now):
            return
    async with transaction(sessions) as session:
        held = await suspension.stopped(session, now) is Kind.HOLD
        mark = None if held else await canaries.begin(session, now)
    if mark is None:
        return
    outcome = await _hand_over(sender, canary(str(CanaryKey(mark)), mark, sender.mail_from, now))
    async with transaction(sessions) as session:
        await canaries.settle(session, mark, outcome)


async def _hand_over(sender: CanWriteToItself, outgoing: Outgoing) -> Outcome:
    try:
        async with asyncio.timeout(_LIMIT):
            await sender.send(outgoing)
    except DeliveryError as error:
        _log.warning("canary_not_taken", fault=f"{type(error).__name__}: {error}")
        return outcome_of(error)
    except TimeoutError:
        return Outcome.UNKNOWN
    return Outcome.ACCEPTED

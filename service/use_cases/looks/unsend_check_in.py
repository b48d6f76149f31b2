"""Take back a check-in text that surely did not go: it cannot be missed, and is recorded as withheld."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from notifications.message import Message, Purpose
from service.domain.keys.ledger import StepKey, WithheldCheckInKey, WithheldKey
from service.domain.keys.messages import TextKey
from service.domain.telling.contact import Reason
from service.domain.telling.records import Withheld
from service.store import ledger, plans, withheld


async def unsend_check_in(
    session: AsyncSession, message: Message, reason: str, now: datetime, *, worker_knows: bool
) -> None:
    """Take back that somebody was asked.

    `worker_knows`: the worker learns of it in another way, and needs no notice of its own. A message that is no
    check-in text is left alone. A text stays asked where nobody knows whether it went.
    """
    if message.purpose is not Purpose.CHECK_IN or message.plan is None:
        return
    check_in = TextKey.parse(message.key).of
    why = reason if reason in set(Reason) else Reason.OUTDATED.value
    steps = [str(WithheldCheckInKey(check_in, why)), *([str(StepKey.untold(check_in))] if worker_knows else [])]
    await ledger.forget(session, message.plan, check_in)
    await ledger.tell(session, message.plan, steps, now)
    record = str(WithheldKey(message.plan, check_in, why, now))
    await withheld.add(session, [Withheld(record, now, message.plan, message.person, Purpose.CHECK_IN, why)])
    await plans.mark_due(session, [message.plan], now)

"""Not asked: a check-in text that surely did not go cannot be missed, and stands on record as held back."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from notifications.message import Message, Purpose
from service.domain.telling.contact import Reason
from service.domain.telling.records import Withheld
from service.store import ledger, plans, withheld


async def unsend_check_in(session: AsyncSession, message: Message, reason: str, now: datetime, *, told: bool) -> None:
    """Take back that somebody was asked. `told`: the worker learns of it otherwise, and needs no notice of its own.

    Whatever is no check-in text is left alone. A text of which it is not known whether it went stays asked.
    """
    if message.purpose is not Purpose.CHECK_IN or message.plan is None:
        return
    key = message.key.removesuffix("|text")
    why = reason if reason in set(Reason) else Reason.OUTDATED.value
    await ledger.forget(session, message.plan, key)
    await ledger.tell(session, message.plan, [f"{key}|withheld|{why}", *([f"{key}|untold"] if told else [])], now)
    record = f"withheld|{message.plan}|{key}|{why}|{now.isoformat()}"
    await withheld.add(session, [Withheld(record, now, message.plan, message.person, "check_in", why)])
    await plans.mark_due(session, [message.plan], now)

"""Take back a check-in text that surely did not go: it cannot be missed, and is recorded as withheld."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from notifications.message import Message, Purpose
from service.domain.keys.ledger import StepKey, WithheldCheckInKey, WithheldKey
from service.domain.own_id import OwnId
from service.domain.telling.asked_texts import check_ins_of
from service.domain.telling.contact import Reason
from service.domain.telling.records import Withheld
from service.store import ledger, plans, withheld


async def unsend_check_in(
    session: AsyncSession, message: Message, reason: str, now: datetime, *, worker_knows: bool
) -> None:
    """Take back that somebody was asked, on each plan for which the text asked.

    `worker_knows`: the worker learns of it in another way, and needs no notice of its own. A message that is no
    check-in text is left alone. A text stays asked where nobody knows whether it went.
    """
    if message.purpose is not Purpose.CHECK_IN:
        return
    why = reason if reason in set(Reason) else Reason.OUTDATED.value
    recorded: set[OwnId] = set()
    for reference, check_in in check_ins_of(message):
        plan = OwnId(message.authority, reference)
        before = await ledger.of_plan(session, plan)
        if any(str(WithheldCheckInKey(check_in, other_reason.value)) in before.told for other_reason in Reason):
            continue  # a look has found by itself that this plan's check-in cannot be asked
        steps = [str(WithheldCheckInKey(check_in, why)), *([str(StepKey.untold(check_in))] if worker_knows else [])]
        await ledger.forget(session, plan, check_in)
        await ledger.tell(session, plan, steps, now)
        if plan not in recorded:
            record = str(WithheldKey(plan.id, check_in, why, now))
            held = Withheld(record, now, *plan, message.person, Purpose.CHECK_IN, why)
            await withheld.add(session, [held])
        recorded.add(plan)
    await plans.mark_due(session, recorded, now)

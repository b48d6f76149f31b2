"""Canaries: emails that planwatch writes to itself, which show whether email that a mail server took arrives."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from service.sentinel.finding import Asked, AuditFinding
from service.store.tables import canary

_ARRIVES_WITHIN = timedelta(minutes=10)
_STILL_SENT = timedelta(hours=1)  # if none was sent for so long, none is being sent: a hold, or no mailbox any more
_LOOKED_BACK = timedelta(days=1)
_IN_A_ROW = 2


async def swallowed(session: AsyncSession, context: Asked) -> Sequence[AuditFinding]:
    """One finding if the latest two canaries that the server accepted are late, or if no canary has arrived at all.

    The second holds whether or not they were accepted, once the oldest of the last day was sent an hour ago.
    """
    rows = await session.execute(
        select(canary.c.sent_at, canary.c.outcome, canary.c.arrived_at)
        .where(canary.c.sent_at <= context.now - _ARRIVES_WITHIN, canary.c.sent_at > context.now - _LOOKED_BACK)
        .order_by(canary.c.sent_at.desc())
    )
    sent = [(sent_at, outcome, arrived_at) for sent_at, outcome, arrived_at in rows]
    if not sent or sent[0][0] <= context.now - _STILL_SENT:
        return []
    arrived = [sent_at for sent_at, _, arrived_at in sent if arrived_at is not None]
    accepted = [arrived_at for _, outcome, arrived_at in sent if outcome == "accepted"][:_IN_A_ROW]
    lost = len(accepted) == _IN_A_ROW and not any(accepted)
    none_arrived = not arrived and sent[-1][0] <= context.now - _STILL_SENT
    return [AuditFinding("mail_swallowed", "", _detail(sent[-1][0], arrived))] if lost or none_arrived else []


def _detail(oldest: datetime, arrived: Sequence[datetime]) -> str:
    if arrived:
        return f"the last canary that arrived was sent {arrived[0]:%F %H:%M}Z"
    return f"no canary has arrived since {oldest:%F %H:%M}Z"

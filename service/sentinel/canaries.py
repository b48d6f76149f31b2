"""Whether email arrives that a mail server has taken: what planwatch writes to itself shows it."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from service.sentinel.finding import Asked, Finding
from service.store.tables import canary

_ARRIVES_WITHIN = timedelta(minutes=10)
_STILL_SENT = timedelta(hours=1)  # with none in so long, none goes: a hold, or a mailbox that is read no more
_LOOKED_BACK = timedelta(days=1)
_IN_A_ROW = 2


async def swallowed(session: AsyncSession, asked: Asked) -> Sequence[Finding]:
    """Whether the last two that the server took have not arrived in time; or none has at all, taken or not."""
    rows = await session.execute(
        select(canary.c.sent_at, canary.c.outcome, canary.c.arrived_at)
        .where(canary.c.sent_at <= asked.now - _ARRIVES_WITHIN, canary.c.sent_at > asked.now - _LOOKED_BACK)
        .order_by(canary.c.sent_at.desc())
    )
    sent = [(sent_at, outcome, arrived_at) for sent_at, outcome, arrived_at in rows]
    if not sent or sent[0][0] <= asked.now - _STILL_SENT:
        return []
    came = [sent_at for sent_at, _, arrived_at in sent if arrived_at is not None]
    taken = [arrived_at for _, outcome, arrived_at in sent if outcome == "accepted"][:_IN_A_ROW]
    lost = len(taken) == _IN_A_ROW and not any(taken)
    none_ever = not came and sent[-1][0] <= asked.now - _STILL_SENT
    return [Finding("mail_swallowed", "", _said(sent[-1][0], came))] if lost or none_ever else []


def _said(first: datetime, came: Sequence[datetime]) -> str:
    if came:
        return f"the last canary that arrived was sent {came[0]:%F %H:%M}Z"
    return f"no canary has arrived since {first:%F %H:%M}Z"

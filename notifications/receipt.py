"""The provider's later word: what it had taken has not arrived after all."""

from datetime import datetime

from sqlalchemy import or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from notifications.message import OutboxRow, State
from notifications.outbox import row_of
from notifications.tables import attempt, message

# A claimed one may still wait for the answer that this word has overtaken.
_MAY_HAVE_GONE = (State.SENT, State.CLAIMED, State.UNKNOWN, State.HELD)


async def did_not_arrive(
    session: AsyncSession, provider_id: str, attempt_id: str | None, reason: str, now: datetime
) -> OutboxRow | None:
    """Note that an attempt, by the provider's id or ours, did not arrive: its message is undeliverable from now on.

    None where nothing follows: no message of ours, ended otherwise already, or tried again since.
    """
    ours = or_(attempt.c.id == attempt_id, attempt.c.provider_id == provider_id)
    found = (await session.execute(select(attempt.c.message_id, attempt.c.n).where(ours).limit(1))).first()
    if found is None:
        return None
    statement = (
        update(message)
        .where(
            message.c.id == found.message_id, message.c.attempts == found.n, message.c.state.in_(list(_MAY_HAVE_GONE))
        )
        .values(
            state=State.UNDELIVERABLE,
            reason=reason,
            next_attempt_at=None,
            lease_owner=None,
            lease_until=None,
            settled_at=now,
        )
        .returning(*message.c)
    )
    row = (await session.execute(statement)).mappings().first()
    return row_of(row) if row else None

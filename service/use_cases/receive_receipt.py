"""Receive a receipt: how far a provider says that a text of ours has come, never a step back.

That it has not arrived after all is told like a refusal at the door: to a person, and an alert goes on another way.
"""

import re
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from config.database import Sessions, transaction
from notifications.errors import Undeliverable
from notifications.receipt import did_not_arrive
from service.store import receipts
from service.store.receipts import Receipt
from service.use_cases.undeliverable import Undelivered

# Twilio's words in the order of a message's life. The last ones are ends: the first of them to come stays.
_RANKS = {
    "accepted": 0,
    "scheduled": 0,
    "queued": 1,
    "sending": 2,
    "sent": 3,
    "delivered": 4,
    "undelivered": 4,
    "failed": 4,
    "canceled": 4,
    "read": 5,
}


_DID_NOT_ARRIVE = frozenset({"undelivered", "failed", "canceled"})


async def receive_receipt(
    sessions: Sessions, tell: Undelivered, sid: str, attempt: str | None, form: Mapping[str, str], now: datetime
) -> bool:
    """Keep what is news; False where it is known, older than what is known, or no word of Twilio's.

    `tell` is told, in the same transaction, of a message that has not arrived; once, however often Twilio says so.
    """
    status = form.get("MessageStatus", "")
    if status not in _RANKS:
        return False
    error = form.get("ErrorCode", "")[:40] or None
    async with transaction(sessions) as session:
        news = await receipts.note(session, Receipt("twilio", sid, attempt, status, _RANKS[status], error, now))
        if news and status in _DID_NOT_ARRIVE:
            await _not_arrived(session, tell, sid, attempt, _reason(status, error), now)
    return news


def _reason(status: str, error: str | None) -> str:
    code = f" ({error})" if error and re.fullmatch(r"\d{1,8}", error) else ""
    return f"Twilio took it and could not deliver it: {status}{code}"


async def _not_arrived(
    session: AsyncSession, tell: Undelivered, sid: str, attempt: str | None, reason: str, now: datetime
) -> None:
    row = await did_not_arrive(session, sid, attempt, reason, now)
    if row is not None:
        await tell(session, row, Undeliverable(reason))

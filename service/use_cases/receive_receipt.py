"""Receive a receipt: how far a provider says that a text of ours has come, never a step back."""

from collections.abc import Mapping
from datetime import datetime

from config.database import Sessions, transaction
from service.store import receipts
from service.store.receipts import Receipt

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


async def receive_receipt(
    sessions: Sessions, sid: str, attempt: str | None, form: Mapping[str, str], now: datetime
) -> bool:
    """Keep what is news; False where it is known, older than what is known, or no word of Twilio's."""
    status = form.get("MessageStatus", "")
    if status not in _RANKS:
        return False
    error = form.get("ErrorCode", "")[:40] or None
    async with transaction(sessions) as session:
        return await receipts.note(session, Receipt("twilio", sid, attempt, status, _RANKS[status], error, now))

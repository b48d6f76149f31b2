"""Receive a receipt: how far a provider says that a message of ours has come, never a step back.

That it has the message settles an attempt of unknown outcome. That the message has not arrived after all is told like
a refusal at the door: to a person, and an alert goes on another way.
"""

import re
from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from config.database import Sessions, transact
from notifications.errors import Blocked, Undeliverable
from notifications.message import State
from notifications.outbox.delivery_report import Named, did_not_arrive, has_it, meant
from notifications.providers.status import Status
from notifications.providers.statuses import BLOCKED, STATUSES
from service.store import delivery_reports
from service.store.delivery_reports import Receipt
from service.use_cases.delivery.undeliverable import Undelivered

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Word:
    """What a provider says: its id for the message, how far it is in its own word, and by what else it names it."""

    provider: str
    id: str
    status: str
    attempt: str | None = None
    reference: str | None = None  # the id that the world sees
    error: str | None = None


async def receive_delivery_report(sessions: Sessions, tell: Undelivered, word: Word, now: datetime) -> bool:
    """Keep what is news; False where it is known, older than what is known, or no word of this provider's.

    `tell` is told, in the same transaction, of a message that has not arrived; once, however often this is said.
    """
    status = STATUSES[word.provider].get(word.status)
    if status is None:
        return False
    return await transact(sessions, lambda session: _note(session, tell, word, status, now))


async def _note(session: AsyncSession, tell: Undelivered, word: Word, status: Status, now: datetime) -> bool:
    tried = await meant(session, Named(word.provider, word.id, word.attempt, word.reference))
    known = tried.id if tried else None
    receipt = Receipt(word.provider, word.id, known, word.status, status.rank, _code(word), now)
    if not await delivery_reports.note(session, receipt):
        return False
    if tried is None:
        _log.warning("receipt_of_a_stranger", provider=word.provider, id=word.id)
        return True
    await has_it(session, tried, word.id, now)
    row = None if status.arrived else await did_not_arrive(session, tried, _refusal(word), now)
    if row is not None and row.state is State.UNDELIVERABLE:
        await tell(session, row, _refusal(word))
    return True


def _refusal(word: Word) -> Undeliverable:
    code = _code(word)
    kind = Blocked if code in BLOCKED[word.provider] else Undeliverable
    named = f" ({code})" if code else ""
    return kind(f"{word.provider} took it and could not deliver it: {word.status}{named}")


def _code(word: Word) -> str | None:
    """The number of a provider's fault; what else stands in its place is not repeated."""
    return word.error if word.error and re.fullmatch(r"\d{1,8}", word.error) else None

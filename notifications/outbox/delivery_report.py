"""The provider's later word: that it has what it was handed, or that this has not arrived after all.

A word may come twice, in any order, before the provider's answer to us, or after our worker died. It is the truth
about one attempt, and settles what was not known of it.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from notifications import retry
from notifications.errors import Undeliverable
from notifications.message import OutboxRow, Outcome, State
from notifications.outbox.outbox import row_of
from notifications.tables import attempt, message

# A claimed one may still wait for the answer that this word has overtaken.
_MAY_HAVE_GONE = (State.SENT, State.CLAIMED, State.UNKNOWN, State.HELD)
# What a provider's word that it has it is news for; a claimed one is settled by whoever has claimed it.
_NOT_KNOWN_TO_HAVE_GONE = (State.QUEUED, State.UNKNOWN, State.HELD)
_OPEN = (Outcome.UNKNOWN, Outcome.NOT_FOUND)


@dataclass(frozen=True, slots=True)
class Named:
    """By what a provider names a message: its own id, ours for the attempt, or the id that the world sees."""

    provider: str
    provider_id: str | None
    attempt_id: str | None = None
    outside_id: str | None = None


@dataclass(frozen=True, slots=True)
class Meant:
    """The attempt that a provider speaks of."""

    id: str
    message_id: str
    n: int


async def meant(session: AsyncSession, named: Named) -> Meant | None:
    """The attempt that is named: by our id for it, else by the provider's, else the newest that can be it."""
    # Attempts of the first release do not say whose they are.
    theirs = or_(attempt.c.provider == named.provider, attempt.c.provider.is_(None))
    for condition in _ways(named):
        columns = (attempt.c.id, attempt.c.message_id, attempt.c.n)
        found = select(*columns).where(theirs, condition).order_by(attempt.c.n.desc())
        row = (await session.execute(found.limit(1))).first()
        if row is not None:
            return Meant(row.id, row.message_id, row.n)
    return None


def _ways(named: Named) -> list[ColumnElement[bool]]:
    ways = []
    if named.attempt_id is not None:
        ways.append(attempt.c.id == named.attempt_id)
    if named.provider_id is not None:
        ways.append(attempt.c.provider_id == named.provider_id)
    if named.outside_id is not None:
        ids = select(message.c.id).where(message.c.outside_id == named.outside_id)
        ways.append(and_(attempt.c.message_id.in_(ids), _can_be_it(named)))
    return ways


def _can_be_it(named: Named) -> ColumnElement[bool]:
    """Where the provider's id is known, no attempt that has another one, and none that certainly did not go."""
    if named.provider_id is None:
        return attempt.c.id.is_not(None)
    return and_(attempt.c.provider_id.is_(None), or_(attempt.c.outcome.is_(None), attempt.c.outcome.in_(_OPEN)))


async def has_it(session: AsyncSession, tried: Meant, provider_id: str, now: datetime) -> None:
    """Note that a provider has an attempt: where its outcome was not known, its message has gone."""
    here = attempt.c.id == tried.id
    await session.execute(update(attempt).where(here, attempt.c.provider_id.is_(None)).values(provider_id=provider_id))
    not_so = (attempt.c.outcome.is_not(None), attempt.c.outcome != Outcome.ACCEPTED)
    await session.execute(update(attempt).where(here, *not_so).values(outcome=Outcome.FOUND))
    await session.execute(
        update(message)
        .where(message.c.id == tried.message_id, message.c.attempts == tried.n)
        .where(message.c.state.in_(_NOT_KNOWN_TO_HAVE_GONE))
        .values(state=State.SENT, reason=None, next_attempt_at=None, settled_at=now)
    )


async def did_not_arrive(session: AsyncSession, tried: Meant, error: Undeliverable, now: datetime) -> OutboxRow | None:
    """Note that an attempt did not arrive: that is the end of its message. The message, or None where nothing follows.

    Nothing follows where it ended otherwise already, or was tried again since.
    """
    still = (message.c.id == tried.message_id, message.c.attempts == tried.n, message.c.state.in_(_MAY_HAVE_GONE))
    found = (await session.execute(select(message).where(*still))).mappings().first()
    if found is None:
        return None
    verdict = retry.verdict(row_of(found), error, now)
    ended = {"state": verdict.state, "reason": verdict.reason, "next_attempt_at": None, "settled_at": now}
    statement = update(message).where(*still).values(**ended, lease_owner=None, lease_until=None)
    row = (await session.execute(statement.returning(*message.c))).mappings().first()
    return row_of(row) if row else None

"""The end of a claim: what became of it is written once, by whoever still has the fence number."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import String, bindparam, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql.dml import ReturningUpdate

from config.database import UTCDateTime
from notifications import retry
from notifications.errors import DeliveryError, Unknown
from notifications.foreign_words import cleaned
from notifications.message import Channel, OutboxRow, Outcome, Phase, State
from notifications.outbox.claim import OWN_ATTEMPT, OWN_MESSAGE, Claim, whose
from notifications.outbox.outbox import row_of
from notifications.retry import NOWHERE, At, Verdict
from notifications.tables import attempt, message

_LONGEST_REASON = 500
_WAITING = (State.QUEUED, State.UNKNOWN)
_NOBODY_ANSWERED = (Outcome.UNKNOWN, Outcome.NOT_SENT)


@dataclass(frozen=True, slots=True)
class End:
    """How an attempt ended: with the provider's id, or with an error."""

    attempt_id: str
    started_at: datetime
    provider_id: str | None = None
    error: DeliveryError | None = None
    at: At = NOWHERE


async def settle(session: AsyncSession, claim: Claim, end: End, now: datetime) -> OutboxRow | None:
    """Record the end of an attempt and what follows. None: the message is another worker's, and only the attempt is
    recorded.

    An answer that comes after the lease ended is still the truth while nobody else has claimed the message.
    """
    outcome, error = retry.outcome_of(end.error), end.error
    if await _end_attempt(session, claim, end, outcome, now) and isinstance(error, Unknown):
        error = None  # the provider's own word that it has it came in before the worker's
        outcome = Outcome.FOUND
        key = {"attempt": end.attempt_id, "own_authority": claim.row.message.authority}
        await session.execute(update(attempt).where(*OWN_ATTEMPT).values(outcome=outcome), key)
    verdict = retry.verdict(claim.row, error, now, end.at)
    unknown_since = end.started_at if isinstance(error, Unknown) else None
    states = [State.CLAIMED, State.UNKNOWN, *([State.HELD] if error is None else [])]
    return await close(session, claim, verdict, states, now, unknown_since=unknown_since)


async def settle_unsent(session: AsyncSession, claim: Claim, verdict: Verdict, now: datetime) -> OutboxRow | None:
    """Record that a claimed message ends, or waits again, without an attempt."""
    return await close(session, claim, verdict, [State.CLAIMED], now)


async def settle_lost(
    session: AsyncSession, claim: Claim, at_provider: Callable[[Channel, str | None], At], now: datetime
) -> tuple[OutboxRow | None, DeliveryError | None]:
    """Record what is known of a claim whose lease has ended; None where its worker came back in the meantime.

    The fence stays: an answer that the worker brings later is taken, as long as nobody else has claimed the message.
    """
    its_own = (attempt.c.message_id == claim.row.id, attempt.c.authority == claim.row.message.authority)
    newest = select(attempt).where(*its_own, attempt.c.n == claim.row.attempts)
    # Everybody who settles locks the attempt before its message; else two of them would wait for each other.
    lost_attempt = (await session.execute(newest.with_for_update())).mappings().first()
    if lost_attempt is None or lost_attempt["ended_at"] is not None:
        # The worker died while it made the message ready again, or asked about it.
        return await close(session, claim, _as_before(claim.row, now), [State.CLAIMED], now, only_expired=True), None
    if lost_attempt["provider_id"] is not None:  # the provider's own word came in before the worker's
        error = None
    else:
        error = retry.after_lost_worker(Phase(lost_attempt["phase"]), claim.row.attempts)
    verdict = retry.verdict(claim.row, error, now, at_provider(claim.row.message.channel, lost_attempt["provider"]))
    unknown_since = lost_attempt["started_at"] if isinstance(error, Unknown) else None
    row = await close(session, claim, verdict, [State.CLAIMED], now, unknown_since=unknown_since, only_expired=True)
    if row:
        end = End(lost_attempt["id"], lost_attempt["started_at"], lost_attempt["provider_id"], error)
        await _end_attempt(session, claim, end, retry.outcome_of(error), now)
    return row, error


def _as_before(row: OutboxRow, now: datetime) -> Verdict:
    return Verdict(State.QUEUED if row.unknown_since is None else State.UNKNOWN, now, row.reason)


async def put_off(session: AsyncSession, claim: Claim, verdict: Verdict, now: datetime) -> OutboxRow | None:
    """After a claim was rolled back by a fault of ours: let the message wait, so that others get their turn."""
    statement = (
        update(message)
        .where(message.c.id == claim.row.id, message.c.fence == claim.fence - 1, message.c.state.in_(_WAITING))
        .values(**standing(verdict, now), attempts=message.c.attempts + 1)
        .values(first_attempt_at=func.coalesce(message.c.first_attempt_at, now))
        .returning(*message.c)
    )
    row = (await session.execute(statement)).mappings().first()
    return row_of(row) if row else None


async def _end_attempt(session: AsyncSession, claim: Claim, end: End, outcome: Outcome, now: datetime) -> str | None:
    """Write an attempt's end down, and give the provider's id for it, whoever brought that."""
    ended = {
        "attempt": end.attempt_id,
        "own_authority": claim.row.message.authority,
        "new_outcome": outcome,
        # Whatever a provider says, writing down that it has the message must not fail: the message would go again.
        "new_provider_id": cleaned(end.provider_id) if end.provider_id else None,
        "new_error": type(end.error).__name__ if end.error else None,
        "new_ended_at": now,
    }
    provider_id: str | None = await session.scalar(_END_ATTEMPT[outcome in _NOBODY_ANSWERED], ended)
    return provider_id


async def close(
    session: AsyncSession,
    claim: Claim,
    verdict: Verdict,
    states: list[State],
    now: datetime,
    *,
    unknown_since: datetime | None = None,
    only_expired: bool = False,
) -> OutboxRow | None:
    """End a claim with a verdict. None where the row no longer has the claim's fence and one of these states."""
    parameters = whose(claim) | {"new_unknown_since": unknown_since}
    parameters |= {"now": now} if only_expired else {}
    parameters |= {f"new_{name}": value for name, value in standing(verdict, now).items()}
    row = (await session.execute(_close(tuple(states), only_expired), parameters)).mappings().first()
    return row_of(row) if row else None


def standing(verdict: Verdict, now: datetime) -> dict[str, object]:
    """The columns of a message that say how it stands, after a verdict."""
    return {
        "state": verdict.state,
        "reason": cleaned(verdict.reason, _LONGEST_REASON) if verdict.reason else None,
        "next_attempt_at": verdict.again_at,
        "settled_at": now if verdict.again_at is None else None,
        "lease_owner": None,
        "lease_until": None,
    }


# Statements are built once: building one takes longer than running it.


def _end_attempt_in(phase: object) -> ReturningUpdate[Any]:
    return (
        update(attempt)
        .where(*OWN_ATTEMPT)
        .values(
            phase=phase,
            outcome=bindparam("new_outcome"),
            provider_id=func.coalesce(bindparam("new_provider_id", type_=String), attempt.c.provider_id),
            error=bindparam("new_error"),
            ended_at=bindparam("new_ended_at"),
        )
        .returning(attempt.c.provider_id)
    )


_END_ATTEMPT = {True: _end_attempt_in(attempt.c.phase), False: _end_attempt_in(Phase.ANSWERED)}


@cache
def _close(states: tuple[State, ...], only_expired: bool) -> ReturningUpdate[Any]:
    statement = update(message).where(
        *OWN_MESSAGE, message.c.fence == bindparam("own_fence"), message.c.state.in_(states)
    )
    if only_expired:
        statement = statement.where(message.c.lease_until <= bindparam("now"))
    unknown_since = func.coalesce(message.c.unknown_since, bindparam("new_unknown_since", type_=UTCDateTime))
    names = ("state", "reason", "next_attempt_at", "settled_at", "lease_owner", "lease_until")
    values: dict[str, Any] = {name: bindparam(f"new_{name}") for name in names}
    return statement.values(**values, unknown_since=unknown_since).returning(*message.c)

"""The claim on a message: a lease with a fence number, taken, held on to, and checked before anything leaves.

A claim counts the row's fence up by one. Whoever writes later must still have that number: a worker that slept past
its lease finds another one there, or none, and is refused.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import ColumnElement, ScalarSelect, Update, false, func, insert, select, true, update
from sqlalchemy.ext.asyncio import AsyncSession

from notifications.interruption import Kind, stopped
from notifications.message import Channel, OutboxRow, Outcome, Outgoing, Phase, State
from notifications.outbox import row_of
from notifications.retry import READS
from notifications.tables import attempt, message


@dataclass(frozen=True, slots=True)
class Claim:
    """A message that this worker has, as it stood when it was taken."""

    row: OutboxRow
    fence: int
    worker: str


@dataclass(frozen=True, slots=True)
class Lanes:
    """What a worker takes: what is urgent by these channels, and, where there is none, what is not by those.

    With `asking` only what may have gone to one of these providers, and is still to be asked for there.
    """

    urgent: Sequence[Channel]
    routine: Sequence[Channel]
    asking: Sequence[str] | None = None


async def is_due(session: AsyncSession, now: datetime, lanes: Lanes) -> bool:
    """Whether there is something to take: asked by the idle, because taking needs the right to write."""
    return (await session.scalar(select(_first(now, lanes, lock=False)))) is not None


def let_through(lanes: Lanes, by: Kind | None) -> Lanes:
    """What is left of the lanes while a hold or a pause is open."""
    if by is None:
        return lanes
    return replace(lanes, urgent=lanes.urgent if by is Kind.PAUSE else [], routine=[])


async def take(session: AsyncSession, worker: str, now: datetime, until: datetime, lanes: Lanes) -> Claim | None:
    """Claim the message that has been due longest. None: nothing is due, or may go, or others are taking it just now.

    Of two workers that want one row the loser waits for the winner (SQLite) or passes over the row (PostgreSQL); it
    never sees the row as due. What a hold or a pause stops is left where it is, and loses nothing by it.
    """
    lanes = let_through(lanes, await stopped(session, now))
    if not lanes.urgent and not lanes.routine:
        return None
    statement = (
        update(message)
        .where(message.c.id == _first(now, lanes, lock=True))
        .values(
            state=State.CLAIMED,
            lease_owner=worker,
            lease_until=until,
            next_attempt_at=None,
            fence=message.c.fence + 1,
        )
        .returning(*message.c)
    )
    row = (await session.execute(statement)).mappings().first()
    return Claim(row_of(row), row["fence"], worker) if row else None


async def freeze(
    session: AsyncSession, claim: Claim, person: str, outgoing: Outgoing, provider: str | None, now: datetime
) -> Claim:
    """Write down what is about to be handed over, to whom, and that it is attempted; the claim counts the attempt."""
    content = outgoing.content
    said = {"subject": content.subject, "text": content.text, "html": content.html, "outside_id": outgoing.message_id}
    row = replace(
        claim.row,
        attempts=claim.row.attempts + 1,
        first_attempt_at=claim.row.first_attempt_at or now,
        content=content,
        sent_to=person,
        address=outgoing.address,
    )
    counted = {"attempts": row.attempts, "first_attempt_at": row.first_attempt_at}
    await session.execute(_own(claim).values(**counted, **said, sent_to=person, address=outgoing.address))
    record = {"id": outgoing.attempt_id, "message_id": row.id, "n": row.attempts, "phase": Phase.STARTED}
    also = {"provider": provider, "worker": claim.worker, "person": person, "started_at": now}
    await session.execute(insert(attempt).values(**record, **also))
    return replace(claim, row=row)


async def hold_on(session: AsyncSession, claim: Claim, until: datetime, now: datetime) -> bool:
    """Lengthen the lease. False: it has ended, and the message may be another's by now."""
    statement = _own(claim).where(message.c.lease_until > now).values(lease_until=until).returning(message.c.id)
    return (await session.scalar(statement)) is not None


async def enter_data(session: AsyncSession, claim: Claim, attempt_id: str, until: datetime, now: datetime) -> bool:
    """Record that from here on something may leave. False: the lease has ended, and nothing may."""
    if not await hold_on(session, claim, until, now):
        return False
    await session.execute(update(attempt).where(attempt.c.id == attempt_id).values(phase=Phase.DATA))
    return True


async def expired(session: AsyncSession, now: datetime, limit: int) -> list[Claim]:
    """The claims whose leases have ended, those that ended first before the others."""
    statement = select(message).where(message.c.lease_until <= now).order_by(message.c.lease_until).limit(limit)
    rows = (await session.execute(statement)).mappings()
    return [Claim(row_of(row), row["fence"], row["lease_owner"]) for row in rows]


def _own(claim: Claim) -> Update:
    same = (message.c.id == claim.row.id, message.c.fence == claim.fence, message.c.state == State.CLAIMED)
    return update(message).where(*same)


def _first(now: datetime, lanes: Lanes, *, lock: bool) -> ColumnElement[str]:
    """The id of the urgent message that has been due longest, else of the routine one, else nothing."""
    urgent = _due(now, lanes.urgent, lanes.asking, urgent=True, lock=lock)
    if not lanes.routine:  # asking in vain would walk through all that waits
        return urgent
    return func.coalesce(urgent, _due(now, lanes.routine, lanes.asking, urgent=False, lock=lock))


def _due(
    now: datetime, channels: Sequence[Channel], asking: Sequence[str] | None, *, urgent: bool, lock: bool
) -> ScalarSelect[str]:
    # In the order of the index: the first row that fits ends the search.
    found = (
        select(message.c.id)
        .where(
            message.c.urgent == (true() if urgent else false()),
            message.c.next_attempt_at <= now,
            message.c.channel.in_(channels),
        )
        .order_by(message.c.next_attempt_at)
        .limit(1)
    )
    if asking is not None:
        unanswered = (attempt.c.outcome == Outcome.UNKNOWN, attempt.c.looked_up < READS, attempt.c.provider.in_(asking))
        its = select(attempt.c.id).where(attempt.c.message_id == message.c.id, *unanswered)
        found = found.where(message.c.state == State.UNKNOWN, its.exists())
    return (found.with_for_update(skip_locked=True) if lock else found).scalar_subquery()

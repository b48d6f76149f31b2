"""The claim on a message: a lease with a fence number, taken, held on to, and checked before anything leaves.

A claim counts the row's fence up by one. Whoever writes later must still have that number: a worker that slept past
its lease finds another one there, or none, and is refused.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    ScalarSelect,
    Select,
    bindparam,
    false,
    func,
    insert,
    select,
    true,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql.dml import ReturningUpdate

from notifications.message import Channel, OutboxRow, Outcome, Phase, State
from notifications.outbox.outbox import row_of
from notifications.outbox.suspension import Kind
from notifications.retry import READS
from notifications.tables import OF_MESSAGE, attempt, message


@dataclass(frozen=True, slots=True)
class Claim:
    """A message that this worker has, as it stood when it was taken."""

    row: OutboxRow
    fence: int
    worker: str


@dataclass(frozen=True, slots=True)
class Lanes:
    """The channels by which a worker takes messages: urgent ones first, and routine ones where no urgent one is due.

    With `asking` it takes only messages that may have gone to one of these providers, and are to be looked up there.
    """

    urgent: Sequence[Channel]
    routine: Sequence[Channel]
    asking: Sequence[str] | None = None


async def is_due(session: AsyncSession, now: datetime, lanes: Lanes) -> bool:
    """Whether there is something to take. Idle workers ask this first, because taking needs the right to write."""
    return (await session.scalar(_is_due(*_as_key(lanes)), {"now": now})) is not None


async def next_due(session: AsyncSession) -> tuple[datetime | None, datetime | None]:
    """When the next urgent message is due, and the next routine one; None where none waits.

    A message that is claimed is due when its lease ends: if its worker is lost, somebody must settle it.
    """
    row = (await session.execute(_NEXT_DUE)).one()
    return _sooner(row.urgent, row.lease), _sooner(row.routine, row.lease)


def _sooner(*moments: datetime | None) -> datetime | None:
    return min((moment for moment in moments if moment is not None), default=None)


def let_through(lanes: Lanes, by: Kind | None) -> Lanes:
    """The lanes that stay open under a hold or a pause; all of them where there is neither."""
    if by is None:
        return lanes
    return replace(lanes, urgent=lanes.urgent if by is Kind.PAUSE else [], routine=[])


async def take(session: AsyncSession, worker: str, now: datetime, until: datetime, lanes: Lanes) -> Claim | None:
    """Claim the message that has been due longest. None: nothing is due, or may go, or others are taking it just now.

    Of two workers that want one row the loser waits for the winner (SQLite) or passes over the row (PostgreSQL); it
    never sees the row as due. `lanes` are those that are open (`let_through`): a message that a hold or a pause stops
    stays where it is, and loses nothing by it.
    """
    if not lanes.urgent and not lanes.routine:
        return None
    parameters = {"now": now, "worker": worker, "until": until}
    row = (await session.execute(_take(*_as_key(lanes)), parameters)).mappings().first()
    return Claim(row_of(row), row["fence"], worker) if row else None


async def take_this(session: AsyncSession, claim: Claim, now: datetime, until: datetime) -> Claim | None:
    """Take a claim that was rolled back, by itself. None: others were faster."""
    parameters = whose(claim) | {"now": now, "worker": claim.worker, "until": until}
    row = (await session.execute(_TAKE_THIS, parameters)).mappings().first()
    return Claim(row_of(row), row["fence"], claim.worker) if row else None


async def freeze(session: AsyncSession, claim: Claim, attempt_record: Mapping[str, object]) -> None:
    """Record what is about to be handed over, as the claim's row has it, and the attempt."""
    await session.execute(_FREEZE, whose(claim) | frozen(claim))
    await session.execute(insert(attempt), attempt_record)


def frozen(claim: Claim) -> dict[str, object]:
    """The parameters of a statement that records the content about to be handed over, and its recipient."""
    row, content = claim.row, claim.row.content
    return {
        "new_attempts": row.attempts,
        "new_first_attempt_at": row.first_attempt_at,
        "new_subject": content.subject if content else None,
        "new_text": content.text if content else None,
        "new_html": content.html if content else None,
        "new_outside_id": row.outside_id,
        "new_sent_to": row.sent_to,
        "new_address": row.address,
    }


async def hold_on(session: AsyncSession, claim: Claim, until: datetime, now: datetime) -> bool:
    """Lengthen the lease. False: it has ended, and the message may be another's by now."""
    held = await session.scalar(_HOLD_ON, whose(claim) | {"now": now, "new_lease_until": until})
    return held is not None


async def enter_data(session: AsyncSession, claim: Claim, attempt_id: str, until: datetime, now: datetime) -> bool:
    """Record that the message may leave from here on. False: the lease has ended, and it may not."""
    if not await hold_on(session, claim, until, now):
        return False
    await session.execute(_ENTER_DATA, {"attempt": attempt_id, "own_authority": claim.row.message.authority})
    return True


async def expired(session: AsyncSession, now: datetime, limit: int) -> list[Claim]:
    """The claims whose leases have ended, those that ended first before the others."""
    rows = (await session.execute(_EXPIRED, {"now": now, "limit": limit})).mappings()
    return [Claim(row_of(row), row["fence"], row["lease_owner"]) for row in rows]


def whose(claim: Claim) -> dict[str, object]:
    """The parameters that name a claimed message, by its key and fence."""
    return {"own_id": claim.row.id, "own_authority": claim.row.message.authority, "own_fence": claim.fence}


# Statements are built once: building one takes longer than running it.

# A message by its key, and an attempt by its own.
OWN_MESSAGE = (message.c.id == bindparam("own_id"), message.c.authority == bindparam("own_authority"))
OWN_ATTEMPT = (attempt.c.id == bindparam("attempt"), attempt.c.authority == bindparam("own_authority"))
OWN = update(message).where(*OWN_MESSAGE, message.c.fence == bindparam("own_fence"), message.c.state == State.CLAIMED)
_FREEZE = OWN.values(
    {
        name: bindparam(f"new_{name}")
        for name in (
            "attempts", "first_attempt_at", "subject", "text", "html", "outside_id", "sent_to", "address",
        )
    }
)  # fmt: skip
_HOLD_ON = (
    OWN.where(message.c.lease_until > bindparam("now"))
    .values(lease_until=bindparam("new_lease_until"))
    .returning(message.c.id)
)
_EXPIRED = (
    select(message)
    .where(message.c.lease_until <= bindparam("now"))
    .order_by(message.c.lease_until)
    .limit(bindparam("limit", type_=Integer))
)
_ENTER_DATA = update(attempt).where(*OWN_ATTEMPT).values(phase=Phase.DATA)

_TAKE_THIS = (
    update(message)
    .where(
        *OWN_MESSAGE,
        message.c.fence == bindparam("own_fence", type_=Integer) - 1,
        message.c.next_attempt_at <= bindparam("now"),
    )
    .values(
        state=State.CLAIMED,
        lease_owner=bindparam("worker"),
        lease_until=bindparam("until"),
        next_attempt_at=None,
        fence=bindparam("own_fence"),
    )
    .returning(*message.c)
)


def _earliest(*, urgent: bool) -> ScalarSelect[datetime | None]:
    waits = (message.c.urgent == (true() if urgent else false()), message.c.next_attempt_at.is_not(None))
    return (
        select(message.c.next_attempt_at).where(*waits).order_by(message.c.next_attempt_at).limit(1).scalar_subquery()
    )


_LEASE = (
    select(message.c.lease_until)
    .where(message.c.lease_until.is_not(None))
    .order_by(message.c.lease_until)
    .limit(1)
    .scalar_subquery()
)
_NEXT_DUE = select(
    _earliest(urgent=True).label("urgent"), _earliest(urgent=False).label("routine"), _LEASE.label("lease")
)

_Channels = tuple[Channel, ...]


def _as_key(lanes: Lanes) -> tuple[_Channels, _Channels, tuple[str, ...] | None]:
    return tuple(lanes.urgent), tuple(lanes.routine), None if lanes.asking is None else tuple(lanes.asking)


@cache
def _is_due(urgent: _Channels, routine: _Channels, asking: tuple[str, ...] | None) -> Select[tuple[str]]:
    return select(_first(Lanes(urgent, routine, asking), lock=False))


@cache
def _take(urgent: _Channels, routine: _Channels, asking: tuple[str, ...] | None) -> ReturningUpdate[Any]:
    claimed = {"state": State.CLAIMED, "lease_owner": bindparam("worker"), "lease_until": bindparam("until")}
    return (
        update(message)
        .where(message.c.id == _first(Lanes(urgent, routine, asking), lock=True))
        .values(**claimed, next_attempt_at=None, fence=message.c.fence + 1)
        .returning(*message.c)
    )


def _first(lanes: Lanes, *, lock: bool) -> ColumnElement[str]:
    """The id of the urgent message that has been due longest, else of the routine one, else nothing."""
    urgent = _due(lanes.urgent, lanes.asking, urgent=True, lock=lock)
    if not lanes.routine:  # a search in vain would walk through all that waits
        return urgent
    return func.coalesce(urgent, _due(lanes.routine, lanes.asking, urgent=False, lock=lock))


def _due(channels: Sequence[Channel], asking: Sequence[str] | None, *, urgent: bool, lock: bool) -> ScalarSelect[str]:
    # The search follows the order of the index, and ends at the first row that fits.
    first_due = (
        select(message.c.id)
        .where(
            message.c.urgent == (true() if urgent else false()),
            message.c.next_attempt_at <= bindparam("now"),
            message.c.channel.in_(channels),
        )
        .order_by(message.c.next_attempt_at)
        .limit(1)
    )
    if asking is not None:
        unanswered = (attempt.c.outcome == Outcome.UNKNOWN, attempt.c.looked_up < READS, attempt.c.provider.in_(asking))
        unanswered_attempt = select(attempt.c.id).where(OF_MESSAGE, *unanswered)
        first_due = first_due.where(message.c.state == State.UNKNOWN, unanswered_attempt.exists())
    return (first_due.with_for_update(skip_locked=True) if lock else first_due).scalar_subquery()

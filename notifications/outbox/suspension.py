"""Suspensions keep messages from going. A hold stops every message, a pause every one that is not urgent."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import RowMapping, func, insert, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from notifications.message import OutboxRow, Purpose, State
from notifications.outbox.outbox import row_of
from notifications.tables import interruption, message

BY_ITSELF = "planwatch"  # who began or ended it, where nobody did
_LOCK = 7_526_003  # any number that is ours: PostgreSQL's locks of this kind are told apart by it
_SHARED = text("SELECT pg_advisory_xact_lock_shared(:lock)")
_MOST = 500  # in one statement
_waits = message.c.next_attempt_at.is_not(None)
# Built once: every claim asks this.
_UNENDED = select(interruption).where(interruption.c.ended_at.is_(None)).order_by(interruption.c.id)
_ALONE = text("SELECT pg_advisory_xact_lock(:lock)")


class Kind(StrEnum):
    """How much is kept from going."""

    HOLD = "hold"  # everything
    PAUSE = "pause"  # what is not urgent


class SuspensionCause(StrEnum):
    """Why."""

    PERSON = "person"  # somebody wanted it
    RESTORED = "restored"  # the database is older than what was done already
    CLOCK = "clock"  # the clock jumped
    STORM = "storm"  # far more is due than is usual


@dataclass(frozen=True, slots=True)
class Suspension:
    """One hold or pause, from its beginning to its end."""

    id: int
    kind: Kind
    cause: SuspensionCause
    reason: str
    by: str
    since: datetime
    until: datetime | None  # it ends by itself then; None: when somebody ends it
    ended_at: datetime | None
    ended_by: str | None


@dataclass(frozen=True, slots=True)
class WaitingMessages:
    """How many messages of one purpose have not gone yet."""

    purpose: Purpose
    urgent: bool
    number: int


async def begin(
    session: AsyncSession,
    kind: Kind,
    cause: SuspensionCause,
    reason: str,
    by: str,
    now: datetime,
    until: datetime | None = None,
) -> Suspension:
    """Begin a suspension. Once committed, no message that it stops is claimed. A hand-over under way still ends."""
    await _wait_for_claims(session)
    values = {"kind": kind, "cause": cause, "reason": reason, "by": by, "since": now, "until": until}
    row = (await session.execute(insert(interruption).values(**values).returning(*interruption.c))).mappings().one()
    return _of(row)


async def open_now(session: AsyncSession, now: datetime) -> list[Suspension]:
    """All open suspensions, the strictest kind first, and the oldest first within a kind."""
    unended = [_of(row) for row in (await session.execute(_UNENDED)).mappings()]
    open_ones = [suspension for suspension in unended if suspension.until is None or suspension.until > now]
    return sorted(open_ones, key=lambda suspension: suspension.kind is not Kind.HOLD)


async def current(session: AsyncSession, now: datetime) -> Suspension | None:
    """The suspension that counts: the strictest that is open. None: messages go."""
    return next(iter(await open_now(session, now)), None)


async def stopped(session: AsyncSession, now: datetime) -> Kind | None:
    """What is stopped. Called within a claim: no suspension can begin before the claim's transaction has ended."""
    if session.get_bind().dialect.name == "postgresql":  # on SQLite nobody else writes meanwhile
        await session.execute(_SHARED, {"lock": _LOCK})
    strictest = await current(session, now)
    return strictest.kind if strictest else None


async def end(session: AsyncSession, ids: list[int], by: str, now: datetime) -> list[Suspension]:
    """End suspensions, and give those that were still open."""
    statement = update(interruption).where(interruption.c.id.in_(ids), interruption.c.ended_at.is_(None))
    rows = await session.execute(statement.values(ended_at=now, ended_by=by).returning(*interruption.c))
    return [_of(row) for row in rows.mappings()]


async def over(session: AsyncSession, now: datetime) -> list[int]:
    """The ids of the suspensions whose time has passed, and whose end nobody has recorded yet."""
    passed = select(interruption.c.id).where(interruption.c.ended_at.is_(None), interruption.c.until <= now)
    return list(await session.scalars(passed))


async def find(session: AsyncSession, suspension_id: int) -> Suspension | None:
    """A suspension by its id, open or ended."""
    row = (await session.execute(select(interruption).where(interruption.c.id == suspension_id))).mappings().first()
    return _of(row) if row else None


async def latest(session: AsyncSession, cause: SuspensionCause) -> Suspension | None:
    """The newest suspension of a cause, open or ended."""
    query = select(interruption).where(interruption.c.cause == cause).order_by(interruption.c.id.desc()).limit(1)
    row = (await session.execute(query)).mappings().first()
    return _of(row) if row else None


async def waiting(session: AsyncSession, now: datetime) -> list[WaitingMessages]:
    """How many messages are due and have not gone, by purpose, urgent ones first."""
    number = func.count()
    query = (
        select(message.c.purpose, message.c.urgent, number)
        .where(message.c.next_attempt_at <= now)
        .group_by(message.c.purpose, message.c.urgent)
        .order_by(message.c.urgent.desc(), number.desc())
    )
    return [WaitingMessages(Purpose(purpose), urgent, count) for purpose, urgent, count in await session.execute(query)]


async def too_late(session: AsyncSession, now: datetime) -> int:
    """How many waiting messages are past their own `valid_until`. They are not sent any more."""
    query = select(func.count()).where(message.c.next_attempt_at <= now, message.c.valid_until <= now)
    return await session.scalar(query) or 0


async def unsent(session: AsyncSession, now: datetime) -> list[OutboxRow]:
    """The messages due by now that may still go, claimed or not. While nothing is sent, that is all of them."""
    query = select(message).where(message.c.at <= now, or_(_waits, message.c.state == State.CLAIMED))
    return [row_of(row) for row in (await session.execute(query)).mappings()]


async def withdraw(session: AsyncSession, ids: Sequence[str], reason: str, now: datetime) -> None:
    """Take messages back. A worker that has claimed one may not settle it any more."""
    values = {"state": State.WITHDRAWN, "reason": reason, "next_attempt_at": None, "settled_at": now}
    leased = {"lease_owner": None, "lease_until": None, "fence": message.c.fence + 1}
    for start in range(0, len(ids), _MOST):
        batch = update(message).where(message.c.id.in_(ids[start : start + _MOST]))
        await session.execute(batch.values(**values, **leased))


async def _wait_for_claims(session: AsyncSession) -> None:
    """Wait until the claims under way have ended. Every later claim sees the suspension that is begun here."""
    if session.get_bind().dialect.name == "postgresql":
        await session.execute(_ALONE, {"lock": _LOCK})


def _of(row: RowMapping) -> Suspension:
    return Suspension(
        kind=Kind(row["kind"]), cause=SuspensionCause(row["cause"]), **{name: row[name] for name in _SAME}
    )


_SAME = ("id", "reason", "by", "since", "until", "ended_at", "ended_by")

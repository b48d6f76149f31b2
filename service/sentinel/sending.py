"""Messages, digest lines and received texts that should have been dealt with and were not."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Row, and_, false, func, or_, select, true, union_all
from sqlalchemy.ext.asyncio import AsyncSession

from notifications.tables import interruption, message
from service.sentinel.finding import Asked, AuditFinding
from service.store.tables import digest_line, raw_inbound

_URGENT_WITHIN = timedelta(seconds=60)
_ROUTINE_WITHIN = timedelta(minutes=15)
_LEASE_OVER = timedelta(minutes=5)
_UNKNOWN_FOR = timedelta(minutes=10)
_READ_WITHIN = timedelta(minutes=5)
_INTERRUPTED_FOR = timedelta(hours=4)

# Each of these has an index that holds no settled message, so the cost of a question grows with what waits.
_WAITS, _LEASED = message.c.next_attempt_at.is_not(None), message.c.lease_until.is_not(None)
_QUEUED = and_(_WAITS, message.c.state == "queued")
_NUMBER, _OLDEST = func.count(), func.min(message.c.at)


async def urgent(session: AsyncSession, context: Asked) -> Sequence[AuditFinding]:
    """Urgent messages that have been due for more than 60 s, whether they wait or a process has claimed them."""
    limit = context.now - _URGENT_WITHIN
    due = select(message.c.channel, message.c.at).where(message.c.urgent == true(), message.c.at <= limit)
    # Two queries, each on its own index: one query for both would walk through everything that was ever sent.
    late = union_all(due.where(_QUEUED), due.where(_LEASED)).subquery()
    rows = await session.execute(select(late.c.channel, func.count(), func.min(late.c.at)).group_by(late.c.channel))
    code = "urgent_held" if await _stopped(session, context.now, ("hold",)) else "urgent_unsent"
    return [AuditFinding(code, channel, _number_and_oldest(number, oldest)) for channel, number, oldest in rows]


async def routine(session: AsyncSession, context: Asked) -> Sequence[AuditFinding]:
    """Other messages that have been due for more than 15 minutes, counted from 08:00 of a working day."""
    rows = await session.execute(
        select(message.c.authority, _NUMBER, _OLDEST)
        .where(message.c.urgent == false(), _QUEUED, message.c.at <= context.now - _ROUTINE_WITHIN)
        .group_by(message.c.authority)
    )
    code = "routine_held" if await _stopped(session, context.now, ("hold", "pause")) else "routine_unsent"
    return _in_hours(context, code, rows)


async def digests(session: AsyncSession, context: Asked) -> Sequence[AuditFinding]:
    """Digest lines that have waited for their digest for more than 15 minutes of working time."""
    waits = (digest_line.c.digest.is_(None), digest_line.c.at <= context.now - _ROUTINE_WITHIN)
    rows = await session.execute(
        select(digest_line.c.authority, func.count(), func.min(digest_line.c.at))
        .where(*waits)
        .group_by(digest_line.c.authority)
    )
    return _in_hours(context, "digest_unsent", rows)


async def claimed(session: AsyncSession, context: Asked) -> Sequence[AuditFinding]:
    """Messages whose lease ended more than five minutes ago."""
    rows = await session.execute(
        select(message.c.channel, _NUMBER, func.min(message.c.lease_until))
        .where(message.c.lease_until <= context.now - _LEASE_OVER)
        .group_by(message.c.channel)
    )
    return [
        AuditFinding("claim_expired", channel, f"{number}, the first at {at:%F %H:%M}Z") for channel, number, at in rows
    ]


async def unknown(session: AsyncSession, context: Asked) -> Sequence[AuditFinding]:
    """Messages whose outcome has been unknown for more than ten minutes."""
    since = message.c.unknown_since
    unknown_messages = select(message.c.channel, since.label("at")).where(since <= context.now - _UNKNOWN_FOR)
    old = union_all(unknown_messages.where(_WAITS), unknown_messages.where(_LEASED)).subquery()
    rows = await session.execute(select(old.c.channel, func.count(), func.min(old.c.at)).group_by(old.c.channel))
    return [
        AuditFinding("unknown_too_long", channel, f"{number}, since {at:%F %H:%M}Z") for channel, number, at in rows
    ]


async def texts(session: AsyncSession, context: Asked) -> Sequence[AuditFinding]:
    """Received texts that nobody has made sense of within five minutes."""
    waits = (raw_inbound.c.taken_as.is_(None), raw_inbound.c.received_at <= context.now - _READ_WITHIN)
    rows = await session.execute(
        select(raw_inbound.c.provider, func.count(), func.min(raw_inbound.c.received_at))
        .where(*waits)
        .group_by(raw_inbound.c.provider)
    )
    return [
        AuditFinding("text_unread", provider, _number_and_oldest(number, oldest)) for provider, number, oldest in rows
    ]


async def interruptions(session: AsyncSession, context: Asked) -> Sequence[AuditFinding]:
    """Holds and pauses that have been open for more than four hours."""
    rows = await session.execute(
        select(interruption.c.id, interruption.c.kind, interruption.c.since).where(
            *_open(context.now), interruption.c.since <= context.now - _INTERRUPTED_FOR
        )
    )
    return [
        AuditFinding("interruption_open", str(id_), f"{kind}, since {since:%F %H:%M}Z") for id_, kind, since in rows
    ]


async def _stopped(session: AsyncSession, now: datetime, kinds: Sequence[str]) -> bool:
    query = select(interruption.c.id).where(*_open(now), interruption.c.kind.in_(kinds)).limit(1)
    return await session.scalar(query) is not None


def _open(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (interruption.c.ended_at.is_(None), or_(interruption.c.until.is_(None), interruption.c.until > now))


def _in_hours(context: Asked, code: str, rows: Iterable[Row[str, int, datetime]]) -> list[AuditFinding]:
    """Findings for what is late, counted only in sending hours: none at night, and none at 08:01."""
    findings: list[AuditFinding] = []
    for authority, number, oldest in rows:
        since = context.days.sending_since(context.now, authority)
        if since is not None and since <= context.now - _ROUTINE_WITHIN:
            findings.append(AuditFinding(code, authority, _number_and_oldest(number, oldest), authority))
    return findings


def _number_and_oldest(number: int, oldest: datetime) -> str:
    return f"{number}, the oldest due {oldest:%F %H:%M}Z"

"""What should have gone and has not: asked of the outbox, the digest lines and what came in."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Row, and_, false, func, or_, select, true, union_all
from sqlalchemy.ext.asyncio import AsyncSession

from notifications.tables import interruption, message
from service.sentinel.finding import Asked, Finding
from service.store.tables import digest_line, raw_inbound

_URGENT_WITHIN = timedelta(seconds=60)
_ROUTINE_WITHIN = timedelta(minutes=15)
_LEASE_OVER = timedelta(minutes=5)
_UNKNOWN_FOR = timedelta(minutes=10)
_READ_WITHIN = timedelta(minutes=5)
_INTERRUPTED_FOR = timedelta(hours=4)

# Whatever is settled is in neither of the two indexes behind these: a question costs what waits.
_WAITS, _LEASED = message.c.next_attempt_at.is_not(None), message.c.lease_until.is_not(None)
_QUEUED = and_(_WAITS, message.c.state == "queued")
_NUMBER, _OLDEST = func.count(), func.min(message.c.at)


async def urgent(session: AsyncSession, asked: Asked) -> Sequence[Finding]:
    """Urgent messages that are due for more than 60 s: waiting, or in the hands of somebody who is not done."""
    since = asked.now - _URGENT_WITHIN
    due = select(message.c.channel, message.c.at).where(message.c.urgent == true(), message.c.at <= since)
    # One index each: asked for either at once, a database would walk through everything that was ever sent.
    late = union_all(due.where(_QUEUED), due.where(_LEASED)).subquery()
    rows = await session.execute(select(late.c.channel, func.count(), func.min(late.c.at)).group_by(late.c.channel))
    code = "urgent_held" if await _stopped(session, asked.now, ("hold",)) else "urgent_unsent"
    return [Finding(code, channel, _said(number, oldest)) for channel, number, oldest in rows]


async def routine(session: AsyncSession, asked: Asked) -> Sequence[Finding]:
    """Other messages that are due for more than 15 minutes, counted from 08:00 of a working day."""
    rows = await session.execute(
        select(message.c.authority, _NUMBER, _OLDEST)
        .where(message.c.urgent == false(), _QUEUED, message.c.at <= asked.now - _ROUTINE_WITHIN)
        .group_by(message.c.authority)
    )
    code = "routine_held" if await _stopped(session, asked.now, ("hold", "pause")) else "routine_unsent"
    return _in_hours(asked, code, rows)


async def digests(session: AsyncSession, asked: Asked) -> Sequence[Finding]:
    """Lines that nobody has gathered into a digest for more than 15 minutes of working time."""
    waits = (digest_line.c.digest.is_(None), digest_line.c.at <= asked.now - _ROUTINE_WITHIN)
    rows = await session.execute(
        select(digest_line.c.authority, func.count(), func.min(digest_line.c.at))
        .where(*waits)
        .group_by(digest_line.c.authority)
    )
    return _in_hours(asked, "digest_unsent", rows)


async def claimed(session: AsyncSession, asked: Asked) -> Sequence[Finding]:
    """Messages whose lease ended more than five minutes ago."""
    rows = await session.execute(
        select(message.c.channel, _NUMBER, func.min(message.c.lease_until))
        .where(message.c.lease_until <= asked.now - _LEASE_OVER)
        .group_by(message.c.channel)
    )
    return [Finding("claim_expired", channel, f"{number}, the first at {at:%F %H:%M}Z") for channel, number, at in rows]


async def unknown(session: AsyncSession, asked: Asked) -> Sequence[Finding]:
    """Messages of which nobody can tell for more than ten minutes whether they have gone."""
    since = message.c.unknown_since
    unknown_ = select(message.c.channel, since.label("at")).where(since <= asked.now - _UNKNOWN_FOR)
    old = union_all(unknown_.where(_WAITS), unknown_.where(_LEASED)).subquery()
    rows = await session.execute(select(old.c.channel, func.count(), func.min(old.c.at)).group_by(old.c.channel))
    return [Finding("unknown_too_long", channel, f"{number}, since {at:%F %H:%M}Z") for channel, number, at in rows]


async def texts(session: AsyncSession, asked: Asked) -> Sequence[Finding]:
    """Texts that came in more than five minutes ago, and that nobody has made sense of."""
    waits = (raw_inbound.c.taken_as.is_(None), raw_inbound.c.received_at <= asked.now - _READ_WITHIN)
    rows = await session.execute(
        select(raw_inbound.c.provider, func.count(), func.min(raw_inbound.c.received_at))
        .where(*waits)
        .group_by(raw_inbound.c.provider)
    )
    return [Finding("text_unread", provider, _said(number, oldest)) for provider, number, oldest in rows]


async def interruptions(session: AsyncSession, asked: Asked) -> Sequence[Finding]:
    """Holds and pauses that have been open for more than four hours."""
    rows = await session.execute(
        select(interruption.c.id, interruption.c.kind, interruption.c.since).where(
            *_open(asked.now), interruption.c.since <= asked.now - _INTERRUPTED_FOR
        )
    )
    return [Finding("interruption_open", str(one), f"{kind}, since {since:%F %H:%M}Z") for one, kind, since in rows]


async def _stopped(session: AsyncSession, now: datetime, kinds: Sequence[str]) -> bool:
    asked = select(interruption.c.id).where(*_open(now), interruption.c.kind.in_(kinds)).limit(1)
    return await session.scalar(asked) is not None


def _open(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (interruption.c.ended_at.is_(None), or_(interruption.c.until.is_(None), interruption.c.until > now))


def _in_hours(asked: Asked, code: str, rows: Iterable[Row[str, int, datetime]]) -> list[Finding]:
    """What is late by the hours at which it may be sent: nothing in the night, and nothing at 08:01."""
    found: list[Finding] = []
    for authority, number, oldest in rows:
        since = asked.days.sending_since(asked.now, authority)
        if since is not None and since <= asked.now - _ROUTINE_WITHIN:
            found.append(Finding(code, authority, _said(number, oldest), authority))
    return found


def _said(number: int, oldest: datetime) -> str:
    return f"{number}, the oldest due {oldest:%F %H:%M}Z"

"""The outbox: what is to be told is put here, in the transaction of the facts that call for it."""

import re
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, and_, bindparam, func, or_, select, true, update
from sqlalchemy.ext.asyncio import AsyncSession

from config import wakeup
from config.database import upsert
from notifications.message import (
    Attempt,
    Channel,
    Content,
    Message,
    OutboxRow,
    Outcome,
    Phase,
    Purpose,
    State,
    message_id_of,
)
from notifications.tables import OF_MESSAGE, attempt, message

_MOST_RELAYED = 20
_BETWEEN_IDS = re.compile(r"[\s<>\[\]();,=\"']+")
_ON_ITS_WAY = frozenset({State.QUEUED, State.CLAIMED, State.UNKNOWN})
# Built once: building a statement takes longer than running it.
_BY_KEY_OR_ID = (
    select(message)
    .where(or_(message.c.key == bindparam("key_or_id"), message.c.id == bindparam("key_or_id")))
    .order_by(message.c.created_at.desc(), message.c.authority)
)

_AUTHORITIES_OF = (
    select(message.c.key, message.c.authority)
    .where(message.c.key.in_(bindparam("keys", expanding=True)))
    .order_by(message.c.created_at.desc(), message.c.authority)
)


async def put(session: AsyncSession, messages: Sequence[Message], now: datetime) -> list[str]:
    """Store messages whose keys are new within their authorities, and give those keys.

    A message whose key exists is left alone in any state.
    """
    rows = {candidate.name: _values(candidate, now) for candidate in messages}
    if not rows:
        return []
    insertion = upsert(session, message).on_conflict_do_nothing(index_elements=["key", "authority"])
    stored = await session.scalars(insertion.returning(message.c.id), list(rows.values()))
    new = set(stored.all())
    if any(candidate.urgent and message_id_of(candidate.name) in new for candidate in messages):
        await wakeup.send(session)
    return [str(row["key"]) for row in rows.values() if row["id"] in new]


async def bring_forward(session: AsyncSession, now: datetime, until: datetime, cool_off: timedelta) -> None:
    """Have what waits for a moment up to `until` go now; what may have gone not before it has cooled off."""
    soon = (message.c.next_attempt_at > now, message.c.next_attempt_at <= until)
    queued, unknown = message.c.state == State.QUEUED, message.c.state == State.UNKNOWN
    await session.execute(update(message).where(*soon, queued).values(next_attempt_at=now))
    later = message.c.next_attempt_at > now + cool_off
    await session.execute(update(message).where(*soon, unknown, later).values(next_attempt_at=now + cool_off))


async def find(session: AsyncSession, key_or_id: str) -> OutboxRow | None:
    """The message with this key or id, if there is one; of several authorities' with this key, the newest."""
    row = (await session.execute(_BY_KEY_OR_ID, {"key_or_id": key_or_id})).mappings().first()
    return row_of(row) if row else None


async def authorities_of(session: AsyncSession, keys: Collection[str]) -> dict[str, str | None]:
    """Whose the message with each of these keys is, of those that there are; of several authorities', the newest."""
    rows = (await session.execute(_AUTHORITIES_OF, {"keys": list(keys)})).all()
    return {row.key: row.authority for row in reversed(rows)}


async def find_outside(session: AsyncSession, outside_id: str) -> OutboxRow | None:
    """The message that the world sees by this id, if there is one."""
    row = (await session.execute(select(message).where(message.c.outside_id == outside_id))).mappings().first()
    return row_of(row) if row else None


async def find_relayed(session: AsyncSession, provider: str, relay_ids: Collection[str], since: datetime) -> str | None:
    """The id by which the world sees the message that a provider took under one of these ids, not before `since`.

    A relay may have written an id of its own over ours. It said that id when it took the message.
    """
    relay_ids = {relay_id.lower() for relay_id in relay_ids}
    answer = func.lower(attempt.c.provider_id)
    naming = or_(*(answer.contains(relay_id, autoescape=True) for relay_id in relay_ids))
    lately = (attempt.c.provider == provider, attempt.c.started_at >= since, naming)
    ids = select(message.c.outside_id, attempt.c.provider_id).join(attempt, OF_MESSAGE)
    newest_first = ids.where(*lately).order_by(attempt.c.started_at.desc()).limit(_MOST_RELAYED)
    for outside_id, provider_id in await session.execute(newest_first):
        if relay_ids & set(_BETWEEN_IDS.split(str(provider_id).lower())):
            return str(outside_id)
    return None


async def attempts(session: AsyncSession, message_id: str) -> list[Attempt]:
    """All attempts at handing a message over, in their order."""
    statement = select(attempt).where(attempt.c.message_id == message_id).order_by(attempt.c.n)
    return [attempt_of(row) for row in (await session.execute(statement)).mappings()]


async def recent(
    session: AsyncSession,
    *,
    limit: int = 100,
    authority: str | None = None,
    plan: str | None = None,
    person: str | None = None,
    states: Collection[State] | None = None,
    before: OutboxRow | None = None,
) -> list[OutboxRow]:
    """The newest messages, the newest first, of those that fit; `before`, the last row of a page, turns to the next."""
    conditions = _conditions(authority=authority, plan=plan, person=person)
    if states is not None:
        conditions.append(message.c.state.in_(list(states)))
    if before is not None:
        same_moment = and_(message.c.created_at == before.created_at, message.c.id < before.id)
        conditions.append(or_(message.c.created_at < before.created_at, same_moment))
    newest_first = (message.c.created_at.desc(), message.c.id.desc())
    statement = select(message).where(*conditions).order_by(*newest_first).limit(limit)
    return [row_of(row) for row in (await session.execute(statement)).mappings()]


async def hand_overs(
    session: AsyncSession, authority: str, persons: Collection[str], purpose: Purpose
) -> list[tuple[Message, tuple[datetime, datetime] | None]]:
    """When the hand-over of an authority's messages of a purpose to these persons began and was certain.

    None while it is to come.

    A message that may have gone counts as gone while a person decides about it. A message that ended unsent is absent.
    """
    theirs = {"persons": sorted(persons), "authority": authority, "purpose": purpose}
    messages: list[tuple[Message, tuple[datetime, datetime] | None]] = []
    for row in (await session.execute(_HAND_OVERS, theirs)).mappings():
        state, unknown_since, settled_at = row["state"], row["unknown_since"], row["settled_at"]
        if state in _ON_ITS_WAY:
            messages.append((_message_of(row), None))
        elif row["began"] is not None and state == State.SENT:
            messages.append((_message_of(row), (row["began"], row["ended"] or row["began"])))
        elif state == State.HELD and unknown_since is not None:
            messages.append((_message_of(row), (unknown_since, settled_at or unknown_since)))
    return messages


async def put_between(session: AsyncSession, purpose: Purpose, since: datetime, until: datetime) -> list[Message]:
    """The messages of a purpose that were put in between two moments."""
    between = message.c.created_at.between(since, until)
    rows = await session.execute(select(message).where(between, message.c.purpose == purpose))
    return [_message_of(row) for row in rows.mappings()]


async def plans_waiting(session: AsyncSession, since: datetime) -> set[tuple[str, str]]:
    """The plans, each behind its authority, whose urgent messages have waited for their turn since a moment."""
    return await _plans(session, message.c.urgent == true(), message.c.next_attempt_at <= since)


async def _plans(session: AsyncSession, *conditions: ColumnElement[bool]) -> set[tuple[str, str]]:
    plans = select(message.c.authority, message.c.plan).where(*conditions, message.c.plan.is_not(None)).distinct()
    return {(authority, str(plan)) for authority, plan in await session.execute(plans)}


async def counts(session: AsyncSession) -> dict[State, int]:
    """How many messages stand in each state; every state is there."""
    grouped = await session.execute(select(message.c.state, func.count()).group_by(message.c.state))
    numbers = {State(state): number for state, number in grouped}
    return {state: numbers.get(state, 0) for state in State}


def row_of(row: RowMapping) -> OutboxRow:
    """A row of the table in our words."""
    content = None if row["text"] is None else Content(row["subject"], row["text"], row["html"])
    return OutboxRow(
        message=_message_of(row),
        state=State(row["state"]),
        content=content,
        **{name: row[name] for name in _SAME_NAMES},
    )


def is_attempt(tried: Attempt) -> ColumnElement[bool]:
    """The condition that names an attempt by its key."""
    return and_(attempt.c.id == tried.id, attempt.c.authority == tried.authority)


def attempt_of(row: RowMapping) -> Attempt:
    """A row of the table of attempts in our words."""
    return Attempt(
        phase=Phase(row["phase"]),
        outcome=Outcome(row["outcome"]) if row["outcome"] else None,
        **{name: row[name] for name in _ATTEMPT},
    )


_SAME_NAMES = (
    "id", "attempts", "created_at", "next_attempt_at", "settled_at", "reason", "sent_to", "address",
    "first_attempt_at", "unknown_since", "outside_id",
)  # fmt: skip
_ATTEMPT = (
    "id",
    "authority",
    "message_id",
    "n",
    "provider",
    "provider_id",
    "error",
    "looked_up",
    "worker",
    "started_at",
    "ended_at",
)
_AS_ASKED = (
    "key", "urgent", "plan", "authority", "role", "person", "template", "at", "valid_until", "family",
)  # fmt: skip
_OBLIGATIONS = "obligations"  # they are stored in the context
# Built once: building this statement takes longer than running it.
_HAND_OVERS = (
    select(message, func.min(attempt.c.started_at).label("began"), func.max(attempt.c.ended_at).label("ended"))
    .outerjoin(
        attempt,
        and_(OF_MESSAGE, attempt.c.outcome.in_([Outcome.ACCEPTED, Outcome.FOUND])),
    )
    .where(
        message.c.person.in_(bindparam("persons", expanding=True)),
        message.c.authority == bindparam("authority"),
        message.c.purpose == bindparam("purpose"),
    )
    .group_by(message.c.id, message.c.authority)
)


def _message_of(row: RowMapping) -> Message:
    context = dict(row["context"])
    obligations = context.pop(_OBLIGATIONS, None)
    return Message(
        channel=Channel(row["channel"]),
        purpose=Purpose(row["purpose"]),
        about=tuple(row["about"]),
        context=context,
        obligations=None if obligations is None else tuple(obligations),
        **{name: row[name] for name in _AS_ASKED},
    )


def _values(candidate: Message, now: datetime) -> dict[str, Any]:
    as_asked = {name: getattr(candidate, name) for name in _AS_ASKED}
    return as_asked | {
        "id": message_id_of(candidate.name),
        "channel": candidate.channel.value,
        "purpose": candidate.purpose.value,
        "about": [dict(part) for part in candidate.about],
        "context": _context_of(candidate),
        "state": State.QUEUED.value,
        "attempts": 0,
        "fence": 0,
        "next_attempt_at": candidate.at,
        "created_at": now,
    }


def _context_of(candidate: Message) -> dict[str, object]:
    obligations = {} if candidate.obligations is None else {_OBLIGATIONS: list(candidate.obligations)}
    return {**candidate.context, **obligations}


def _conditions(**filters: str | None) -> list[ColumnElement[bool]]:
    return [message.c[name] == value for name, value in filters.items() if value is not None]

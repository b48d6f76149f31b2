"""A group: routine messages of a channel that are claimed, checked and put on record together, in one transaction.

Nothing of a group stands in the database before all of it is ready. What is still waiting in it when its provider
rests, or the process stops, goes back as if nobody had claimed it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Integer, bindparam, delete, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from notifications.foreign_words import cleaned
from notifications.message import Channel, OutboxRow, Outcome, Phase, State
from notifications.outbox.claim import OWN, OWN_ATTEMPT, OWN_MESSAGE, Claim, frozen, whose
from notifications.outbox.outbox import row_of
from notifications.outbox.prepare import Ready, Unsent
from notifications.outbox.settle import End, standing
from notifications.outbox.suspension import stopped
from notifications.tables import attempt, message

_RETURNED = (State.CLAIMED, State.UNKNOWN, State.HELD)


@dataclass(frozen=True, slots=True)
class Entering:
    """A claimed message whose attempt may be about to leave."""

    claim: Claim
    attempt_id: str


async def due_together(
    session: AsyncSession, worker: str, now: datetime, channels: Sequence[Channel], most: int
) -> list[Claim]:
    """The routine messages that have been due longest, kept from others until this transaction ends.

    A message that may have gone is resolved by itself: where it is the first, it is the only one.
    """
    parameters = {"now": now, "channels": list(channels), "most": most}
    rows = [(row_of(row), row["fence"]) for row in (await session.execute(_DUE, parameters)).mappings()]
    if rows and rows[0][0].unknown_since is not None:
        rows = rows[:1]
    else:
        rows = [(row, fence) for row, fence in rows if row.unknown_since is None]
    return [Claim(replace(row, state=State.CLAIMED, next_attempt_at=None), fence + 1, worker) for row, fence in rows]


async def put_on_record(session: AsyncSession, readies: Sequence[Ready], until: datetime) -> None:
    """Write down the claims with what is about to be handed over, and the attempts."""
    if readies:
        claims = [
            frozen(ready.claim) | {"own_until": until, "own_worker": ready.claim.worker, **whose(ready.claim)}
            for ready in readies
        ]
        await session.execute(_CLAIM_FROZEN, claims)
        await session.execute(insert(attempt), [ready.attempt() for ready in readies])


async def end_unsent(session: AsyncSession, unsent: Sequence[tuple[Claim, Unsent]], now: datetime) -> list[OutboxRow]:
    """Write down what ends, or waits again, without an attempt; the messages as they stand then."""
    standings = [standing(no.verdict, now) for _, no in unsent]
    if unsent:
        values = [
            whose(claim) | {f"new_{name}": value for name, value in new.items()}
            for (claim, _), new in zip(unsent, standings, strict=True)
        ]
        await session.execute(_END_UNSENT, values)
    names = ("state", "reason", "next_attempt_at", "settled_at")
    return [
        replace(claim.row, **{name: new[name] for name in names})  # type: ignore[arg-type]
        for (claim, _), new in zip(unsent, standings, strict=True)
    ]


async def release(session: AsyncSession, readies: Sequence[Ready], now: datetime) -> None:
    """Give messages back whose attempts have not begun: they are due again, and no attempt is counted."""
    ids = [ready.outgoing.attempt_id for ready in readies]
    authorities = {ready.claim.row.message.authority for ready in readies}
    values = [
        whose(ready.claim)
        | {"now": now, "new_attempts": ready.before.row.attempts}
        | {"new_first_attempt_at": ready.before.row.first_attempt_at}
        for ready in readies
    ]
    these = (attempt.c.id.in_(ids), attempt.c.authority.in_(authorities))
    await session.execute(delete(attempt).where(*these, attempt.c.ended_at.is_(None)))
    await session.execute(_RELEASE, values)


async def hold_on_to(session: AsyncSession, claims: Sequence[Claim], until: datetime, now: datetime) -> None:
    """Lengthen the leases of those that have not ended."""
    values = [whose(claim) | {"now": now, "new_lease_until": until} for claim in claims]
    if values:
        await session.execute(_HOLD_ON, values)


async def enter_and_end(
    session: AsyncSession, entering: Sequence[Entering], accepted: Sequence[tuple[Claim, End]], now: datetime
) -> set[str] | None:
    """Record which messages may leave from here on, and which have gone.

    Gives the attempts that may leave. None: a hold or a pause has begun, and nothing may.

    Attempts are locked before their messages, here as everywhere.
    """
    entering = sorted(entering, key=lambda entry: entry.attempt_id)
    accepted = sorted(accepted, key=lambda pair: pair[0].row.id)
    if accepted:
        ends = [
            {
                "attempt": end.attempt_id,
                "own_authority": claim.row.message.authority,
                "new_provider_id": cleaned(end.provider_id) if end.provider_id else None,
                "new_ended_at": now,
            }
            for claim, end in sorted(accepted, key=lambda pair: pair[1].attempt_id)
        ]
        await session.execute(_ACCEPTED, ends)
    is_stopped = bool(entering) and await stopped(session, now) is not None
    allowed = await _enter(session, entering, now) if entering and not is_stopped else set()
    if accepted:
        await session.execute(_SENT, [whose(claim) | {"now": now} for claim, _ in accepted])
    return None if is_stopped else allowed


async def _enter(session: AsyncSession, entering: Sequence[Entering], now: datetime) -> set[str]:
    ids = [entry.attempt_id for entry in entering]
    authorities = sorted({entry.claim.row.message.authority for entry in entering})
    await session.execute(_ENTER_DATA, {"attempts": ids, "authorities": authorities})
    held = {"ids": [entry.claim.row.id for entry in entering], "authorities": authorities, "now": now}
    fences = {row.id: row.fence for row in await session.execute(_HELD, held)}
    allowed = {entry.attempt_id for entry in entering if fences.get(entry.claim.row.id) == entry.claim.fence}
    if len(allowed) < len(ids):
        left = [name for name in ids if name not in allowed]
        await session.execute(_LEAVE_DATA, {"attempts": left, "authorities": authorities})
    return allowed


# Statements are built once: building one takes longer than running it.

_DUE = (
    select(message)
    .where(
        message.c.urgent.is_(False),
        message.c.next_attempt_at <= bindparam("now"),
        message.c.channel.in_(bindparam("channels", expanding=True)),
    )
    .order_by(message.c.next_attempt_at)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
)
_WAITING = update(message).where(
    *OWN_MESSAGE,
    message.c.fence == bindparam("own_fence", type_=Integer) - 1,
    message.c.next_attempt_at.is_not(None),
)
_CLAIM_FROZEN = _WAITING.values(
    {
        name: bindparam(f"new_{name}")
        for name in (
            "attempts", "first_attempt_at", "subject", "text", "html", "outside_id", "sent_to", "address",
        )
    }
).values(
    state=State.CLAIMED,
    lease_owner=bindparam("own_worker"),
    lease_until=bindparam("own_until"),
    next_attempt_at=None,
    fence=bindparam("own_fence"),
)  # fmt: skip
_END_UNSENT = _WAITING.values(
    {name: bindparam(f"new_{name}") for name in ("state", "reason", "next_attempt_at", "settled_at")}
).values(fence=bindparam("own_fence"))
_RELEASE = OWN.values(
    state=State.QUEUED,
    next_attempt_at=bindparam("now"),
    attempts=bindparam("new_attempts"),
    first_attempt_at=bindparam("new_first_attempt_at"),
    lease_owner=None,
    lease_until=None,
)
_HOLD_ON = OWN.where(message.c.lease_until > bindparam("now")).values(lease_until=bindparam("new_lease_until"))
_SENT = (
    update(message)
    .where(
        *OWN_MESSAGE,
        message.c.fence == bindparam("own_fence"),
        or_(*(message.c.state == state for state in _RETURNED)),  # a list cannot stand in a statement for many rows
    )
    .values(
        state=State.SENT,
        reason=None,
        next_attempt_at=None,
        settled_at=bindparam("now"),
        lease_owner=None,
        lease_until=None,
    )
)
_ACCEPTED = (
    update(attempt)
    .where(*OWN_ATTEMPT)
    .values(
        phase=Phase.ANSWERED,
        outcome=Outcome.ACCEPTED,
        provider_id=func.coalesce(
            bindparam("new_provider_id", type_=attempt.c.provider_id.type), attempt.c.provider_id
        ),
        error=None,
        ended_at=bindparam("new_ended_at"),
    )
)
_THESE = (
    attempt.c.id.in_(bindparam("attempts", expanding=True)),
    attempt.c.authority.in_(bindparam("authorities", expanding=True)),
)
_ENTER_DATA = update(attempt).where(*_THESE).values(phase=Phase.DATA)
_LEAVE_DATA = update(attempt).where(*_THESE).values(phase=Phase.STARTED)
_HELD = (
    select(message.c.id, message.c.fence)
    .where(
        message.c.id.in_(bindparam("ids", expanding=True)),
        message.c.authority.in_(bindparam("authorities", expanding=True)),
        message.c.state == State.CLAIMED,
        message.c.lease_until > bindparam("now"),
    )
    .order_by(message.c.id)
    .with_for_update()
)

"""The provider's later report: that it has what it was handed, or that this has not arrived after all.

A report may come twice, in any order, before the provider's answer to us, or after our worker died. It is the truth
about one attempt, and settles what was not known of it.
"""

from datetime import datetime

from sqlalchemy import ColumnElement, and_, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from notifications import retry
from notifications.errors import NotGone
from notifications.foreign_words import cleaned
from notifications.message import Attempt, OutboxRow, Outcome, State
from notifications.outbox.outbox import attempt_of, is_attempt, row_of
from notifications.providers.report import DeliveryReport
from notifications.tables import attempt, message

# A claimed one may still wait for the answer that this report has overtaken.
_MAY_HAVE_GONE = (State.SENT, State.CLAIMED, State.UNKNOWN, State.HELD)
# States in which the report that a provider has the message is news. The claimer settles a claimed one.
_NOT_KNOWN_TO_HAVE_GONE = (State.QUEUED, State.UNKNOWN, State.HELD)
_OPEN = (Outcome.UNKNOWN, Outcome.NOT_FOUND)


async def attempt_reported(session: AsyncSession, report: DeliveryReport) -> Attempt | None:
    """The attempt that a report is about: by our id for it, else by the provider's, else the newest that can be it."""
    # Attempts of the first release do not say whose they are.
    theirs = or_(attempt.c.provider == report.provider, attempt.c.provider.is_(None))
    for condition in _ways(report):
        newest = select(attempt).where(theirs, condition).order_by(attempt.c.n.desc()).limit(1)
        row = (await session.execute(newest)).mappings().first()
        if row is not None:
            return attempt_of(row)
    return None


def _ways(report: DeliveryReport) -> list[ColumnElement[bool]]:
    ways = []
    if report.attempt_id is not None:
        ways.append(attempt.c.id == report.attempt_id)
    if report.provider_id is not None:
        ways.append(attempt.c.provider_id == report.provider_id)
    if report.outside_id is not None:
        ids = select(message.c.id).where(message.c.outside_id == report.outside_id)
        ways.append(and_(attempt.c.message_id.in_(ids), _can_be_it(report)))
    return ways


def _can_be_it(report: DeliveryReport) -> ColumnElement[bool]:
    """Where the provider's id is known, no attempt that has another one, and none that certainly did not go."""
    if report.provider_id is None:
        return attempt.c.id.is_not(None)
    return and_(attempt.c.provider_id.is_(None), or_(attempt.c.outcome.is_(None), attempt.c.outcome.in_(_OPEN)))


async def has_it(session: AsyncSession, reported: Attempt, provider_id: str, now: datetime) -> None:
    """Note that a provider has an attempt: where its outcome was not known, its message has gone."""
    here, provider_id = is_attempt(reported), cleaned(provider_id)
    await session.execute(update(attempt).where(here, attempt.c.provider_id.is_(None)).values(provider_id=provider_id))
    not_so = (attempt.c.outcome.is_not(None), attempt.c.outcome != Outcome.ACCEPTED)
    await session.execute(update(attempt).where(here, *not_so).values(outcome=Outcome.FOUND))
    await session.execute(
        update(message)
        .where(_is_message_of(reported), message.c.attempts == reported.n)
        .where(message.c.state.in_(_NOT_KNOWN_TO_HAVE_GONE))
        .values(state=State.SENT, reason=None, next_attempt_at=None, settled_at=now)
    )


async def did_not_arrive(session: AsyncSession, reported: Attempt, error: NotGone, now: datetime) -> OutboxRow | None:
    """Note that an attempt did not arrive, which ends its message. Gives the message, or None where nothing follows.

    Nothing follows where the message had already ended in another way, or was tried again since.
    """
    still = (_is_message_of(reported), message.c.attempts == reported.n, message.c.state.in_(_MAY_HAVE_GONE))
    current = (await session.execute(select(message).where(*still))).mappings().first()
    if current is None:
        return None
    verdict = retry.after_report(row_of(current), error, now)
    ended = {"state": verdict.state, "reason": verdict.reason, "next_attempt_at": None, "settled_at": now}
    statement = update(message).where(*still).values(**ended, lease_owner=None, lease_until=None)
    row = (await session.execute(statement.returning(*message.c))).mappings().first()
    return row_of(row) if row else None


def _is_message_of(reported: Attempt) -> ColumnElement[bool]:
    return and_(message.c.id == reported.message_id, message.c.authority == reported.authority)

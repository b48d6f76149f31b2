"""What may have gone is resolved before it is tried again: by what came in meanwhile, else by asking the provider.

An attempt whose outcome is unknown has cooled off when its message comes up again. Where the provider can be asked it
is asked twice, half a minute apart: found, the message has gone; not found both times, the attempt has not. Where it
cannot be asked, or does not answer for minutes on end, a message to a worker goes again and says that it may repeat; a
text to a family waits for a person.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from notifications import retry
from notifications.errors import DeliveryError, TryLater
from notifications.foreign_words import cleaned
from notifications.message import Attempt, Content, OutboxRow, Outcome, Sought, State
from notifications.outbox.claim import Claim
from notifications.outbox.outbox import attempt_of, is_attempt
from notifications.outbox.settle import close
from notifications.providers.sender import CanBeAsked
from notifications.retry import Verdict
from notifications.tables import attempt, message

Answer = str | None | DeliveryError
_WENT_OR_UNKNOWN = (Outcome.ACCEPTED, Outcome.FOUND, Outcome.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Unresolved:
    """A claimed message that may have gone, and whom to ask about it."""

    claim: Claim
    tried: Attempt
    provider: CanBeAsked
    sought: Sought


async def may_have_gone(session: AsyncSession, row: OutboxRow) -> Attempt | None:
    """The newest attempt whose outcome was or still is unknown. It is resolved before there is another."""
    if row.unknown_since is None:
        return None
    its_own = (attempt.c.message_id == row.id, attempt.c.authority == row.message.authority)
    statement = select(attempt).where(*its_own, attempt.c.outcome.in_(_WENT_OR_UNKNOWN))
    newest = (await session.execute(statement.order_by(attempt.c.n.desc()).limit(1))).mappings().first()
    return attempt_of(newest) if newest else None


def went(tried: Attempt) -> bool:
    """Whether an attempt that was unknown turned out to have gone, by whoever's word."""
    return tried.outcome in (Outcome.ACCEPTED, Outcome.FOUND) or tried.provider_id is not None


async def sought(session: AsyncSession, row: OutboxRow, tried: Attempt, message_id: str) -> Sought:
    """The attempt that a provider is to look for. `message_id` is the id that the provider was given."""
    here = select(message.c.id).where(message.c.address == row.address, message.c.channel == row.message.channel)
    others_of_address = select(attempt.c.provider_id).where(
        attempt.c.message_id.in_(here),
        attempt.c.id != tried.id,
        attempt.c.provider == tried.provider,
        attempt.c.provider_id.is_not(None),
        attempt.c.started_at >= tried.started_at - retry.OTHERS_WITHIN,
    )
    return Sought(
        channel=row.message.channel,
        attempt_id=tried.id,
        message_id=message_id,
        address=row.address or "",
        content=row.content or Content(None, "", None),
        started_at=tried.started_at,
        other_ids=frozenset(
            provider_id for provider_id in await session.scalars(others_of_address) if provider_id is not None
        ),
    )


async def ask(provider: CanBeAsked, sought_attempt: Sought) -> Answer:
    """The provider's id of the attempt; None where it has no such message; an error where it did not say."""
    try:
        return await provider.look_up(sought_attempt)
    except DeliveryError as error:
        return error
    except Exception as error:  # noqa: BLE001 - a failed look-up teaches nothing, whatever the failure
        return TryLater(f"{type(error).__name__} while it was asked")


async def settle_gone(
    session: AsyncSession, claim: Claim, tried: Attempt, provider_id: str | None, now: datetime
) -> bool:
    """Record that a message of unknown outcome has gone. `provider_id`: the id that the provider gave when asked."""
    if tried.outcome is Outcome.UNKNOWN:
        found_id = cleaned(provider_id) if provider_id else tried.provider_id
        values = {"outcome": Outcome.FOUND, "provider_id": found_id}
        await session.execute(update(attempt).where(is_attempt(tried)).values(values))
    return await close(session, claim, Verdict(State.SENT), [State.CLAIMED], now) is not None


async def settle_answer(
    session: AsyncSession, claim: Claim, tried: Attempt, answer: Answer, now: datetime
) -> OutboxRow | None:
    """Record the provider's answer, and give the message as it stands now. None: another has taken it in the meantime.

    An answer or a delivery report that came in while the provider was asked counts before what it said.
    """
    tried = await _as_it_is_now(session, tried)
    if went(tried) or isinstance(answer, str):
        await settle_gone(session, claim, tried, answer if isinstance(answer, str) else None, now)
        return None
    updated, verdict = _asked(claim.row, tried, answer, now)
    changed = {"looked_up": updated.looked_up, "outcome": updated.outcome}
    await session.execute(update(attempt).where(is_attempt(tried)).values(changed))
    return await close(session, claim, verdict or await _its_turn(session, claim, now), [State.CLAIMED], now)


def _asked(
    row: OutboxRow, tried: Attempt, answer: DeliveryError | None, now: datetime
) -> tuple[Attempt, Verdict | None]:
    """The attempt after this answer, and what follows for the message; None: it gets its turn again."""
    if answer is not None:
        verdict = retry.after_no_answer(row, tried, answer, now)
        return (tried if verdict else replace(tried, looked_up=retry.READS)), verdict
    tried = replace(tried, looked_up=tried.looked_up + 1)
    verdict = retry.after_not_found(row, tried, now)
    return (tried if verdict else replace(tried, outcome=Outcome.NOT_FOUND)), verdict


async def _its_turn(session: AsyncSession, claim: Claim, now: datetime) -> Verdict:
    """The message is due again at once. Where an earlier attempt is still unknown, it says that it may repeat one."""
    authority = claim.row.message.authority
    its_own = (attempt.c.message_id == claim.row.id, attempt.c.authority == authority)
    unknown = (*its_own, attempt.c.outcome == Outcome.UNKNOWN)
    named = (message.c.id == claim.row.id, message.c.authority == authority)
    since = await session.scalar(select(func.min(attempt.c.started_at)).where(*unknown))
    await session.execute(update(message).where(*named).values(unknown_since=since))
    return Verdict(State.QUEUED if since is None else State.UNKNOWN, now, claim.row.reason)


async def _as_it_is_now(session: AsyncSession, tried: Attempt) -> Attempt:
    rows = await session.execute(select(attempt).where(is_attempt(tried)))
    return attempt_of(rows.mappings().one())

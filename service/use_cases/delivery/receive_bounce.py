"""Receive a bounce: an email that came back is told like a refusal at the door, and its address is known to be bad.

Each report counts once, whoever reads it and however often: its mark is kept in the transaction of what follows.
"""

import asyncio
from datetime import datetime
from enum import StrEnum

from sqlalchemy.ext.asyncio import AsyncSession

from config.database import Sessions, transaction
from notifications.errors import Undeliverable
from notifications.mailbox.bounce_box import BounceBox, Returned
from notifications.mailbox.bounces import Bounce
from notifications.message import OutboxRow
from notifications.outbox import outbox
from notifications.outbox.deliver import Undelivered
from notifications.outbox.delivery_report import attempt_reported, did_not_arrive
from notifications.providers.smtp.callback import report_of
from service.store import bad_addresses, canaries, delivery_reports, inbound

PROVIDER = "smtp"


class Taken(StrEnum):
    """What an email in the mailbox turned out to be."""

    RETURNED = "returned"  # a message of ours did not arrive
    NOTED = "noted"  # how far it has come, or what was known
    STRANGER = "stranger"  # a report, and not about a message of ours
    CANARY = "canary"  # what planwatch wrote to itself
    NO_REPORT = "no report"


async def receive_bounce(sessions: Sessions, tell: Undelivered, returned: Returned, now: datetime) -> Taken:
    """Take one email that came in. `tell` is told, in the same transaction, of a message that has not arrived."""
    bounce = returned.bounce
    if returned.canary is not None:
        async with transaction(sessions) as session:
            await canaries.arrived(session, returned.canary, now)
        return Taken.CANARY
    if bounce is None:
        return Taken.NO_REPORT
    async with transaction(sessions) as session:
        row = await outbox.find_outside(session, bounce.outside_id)
        if row is None:
            return Taken.STRANGER
        report = {"message": row.id, "action": bounce.action.value, "status": bounce.status}
        if not await inbound.add(session, PROVIDER, returned.mark, report, now):
            return Taken.NOTED
        await inbound.taken(session, PROVIDER, returned.mark, "bounce")
        return await _take(session, tell, bounce, row, now)


async def read_bounces(sessions: Sessions, tell: Undelivered, box: BounceBox, now: datetime) -> bool:
    """Take all that is new in the mailbox; whether anything did not arrive."""
    taken = []
    for returned in await asyncio.to_thread(lambda: list(box.new())):
        taken.append(await receive_bounce(sessions, tell, returned, now))
        box.done(returned)
    box.all_done()
    return Taken.RETURNED in taken


async def _take(session: AsyncSession, tell: Undelivered, bounce: Bounce, row: OutboxRow, now: datetime) -> Taken:
    report = report_of(bounce, now)
    attempt = await attempt_reported(session, report)
    if attempt is None:  # it went through another provider, whose word counts
        return Taken.STRANGER
    if not await delivery_reports.note(session, report, attempt.id) or report.standing.arrived:
        return Taken.NOTED
    await _note_address(session, bounce, row, now)
    refusal = Undeliverable(f"the mail came back{f' ({bounce.status})' if bounce.status else ''}")
    undelivered = await did_not_arrive(session, attempt, refusal, now)
    if undelivered is None:
        return Taken.NOTED
    await tell(session, undelivered, refusal)
    return Taken.RETURNED


async def _note_address(session: AsyncSession, bounce: Bounce, row: OutboxRow, now: datetime) -> None:
    """Only what was written to is known to be bad: behind a forwarded message another address may have failed."""
    if bounce.of_address and row.address and row.sent_to and row.address.lower() in bounce.recipients:
        await bad_addresses.note(session, row.sent_to, row.message.channel, row.address, bounce.status, now)

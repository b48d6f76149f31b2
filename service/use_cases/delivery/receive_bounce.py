"""Receive a bounce: an email that came back is told like a refusal at the door, and its address is known to be bad.

Each report counts once, whoever reads it and however often: its mark is kept in the transaction of what follows.
"""

import asyncio
from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum

import structlog
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from config.database import Sessions, refuses_data, transaction
from notifications.errors import NotGone, RefusesUs, Undeliverable
from notifications.mailbox.bounce_box import BounceBox, Returned
from notifications.mailbox.bounces import Bounce
from notifications.message import Channel, OutboxRow
from notifications.outbox import outbox
from notifications.outbox.delivery_report import attempt_reported, did_not_arrive
from notifications.outbox.ending import Undelivered
from notifications.providers.smtp.callback import report_of
from notifications.providers.smtp.compose import with_ascii_domain
from service.domain.calendar import local_day
from service.domain.own_id import OwnId
from service.domain.policy import PolicyBook
from service.store import bad_addresses, canaries, delivery_reports, inbound
from service.use_cases.delivery.bad_address import tell_of_bad_address
from service.use_cases.operations.notify_operator import OperationsCode, notify_operator

PROVIDER = "smtp"
_RELAYED_WITHIN = timedelta(days=7)  # mail servers give up after five at most

_log = structlog.get_logger(__name__)


class Taken(StrEnum):
    """What an email in the mailbox turned out to be."""

    RETURNED = "returned"  # a message of ours did not arrive
    NOTED = "noted"  # how far it has come, or what was known
    STRANGER = "stranger"  # a report, and not about a message of ours
    CANARY = "canary"  # what planwatch wrote to itself
    UNREADABLE = "unreadable"  # put aside, for a person
    NO_REPORT = "no report"


async def receive_bounce(
    sessions: Sessions,
    tell: Undelivered,
    returned: Returned,
    now: datetime,
    channels: Collection[Channel] = tuple(Channel),
) -> Taken:
    """Take one email that came in. `tell` is told, in the same transaction, of a message that has not arrived.

    `channels` are set up: by one of them the person is told that the address is bad.
    """
    bounce = returned.bounce
    if returned.canary is not None:
        async with transaction(sessions) as session:
            await canaries.arrived(session, returned.canary, now)
        return Taken.CANARY
    if bounce is None:
        return Taken.UNREADABLE if returned.unreadable else Taken.NO_REPORT
    async with transaction(sessions) as session:
        bounce = await _identified(session, bounce, now)
        row = await outbox.find_outside(session, bounce.outside_id) if bounce.outside_id else None
        if row is None or (bounce.relay_ids and not _is_to(row, bounce)):
            return Taken.STRANGER
        report = {"message": row.id, "action": bounce.action.value, "status": bounce.status}
        if not await inbound.add(session, PROVIDER, returned.mark, report, now):
            return Taken.NOTED
        await inbound.taken(session, PROVIDER, returned.mark, "bounce")
        return await _take(session, tell, bounce, row, now, channels)


async def read_bounces(
    sessions: Sessions,
    book: PolicyBook,
    tell: Undelivered,
    box: BounceBox,
    now: datetime,
    channels: Collection[Channel] = tuple(Channel),
) -> bool:
    """Take all that is new in the mailbox; whether anything did not arrive. What cannot be read is put aside and told.

    Each email is for itself: whatever one of them does, those behind it are taken.
    """
    taken = []
    for returned in await asyncio.to_thread(lambda: list(box.new())):
        taken.append(await take_for_itself(sessions, tell, returned, now, channels))
        box.done(returned if taken[-1] is not Taken.UNREADABLE else replace(returned, unreadable=True))
    box.all_done()
    if Taken.UNREADABLE in taken:
        async with transaction(sessions) as session:
            figures = {"returned_emails": taken.count(Taken.UNREADABLE)}
            occasion = f"mailbox {local_day(now)}"
            await notify_operator(session, book, OperationsCode.PUT_ASIDE, occasion, now, figures=figures)
    return Taken.RETURNED in taken


async def take_for_itself(
    sessions: Sessions, tell: Undelivered, returned: Returned, now: datetime, channels: Collection[Channel]
) -> Taken:
    """Take one email; whatever it does to its reader, the emails behind it can be taken. Raises DBAPIError."""
    try:
        return await receive_bounce(sessions, tell, returned, now, channels)
    except DBAPIError as error:
        if not refuses_data(error):
            raise  # the database is in trouble, not this email
        fault: Exception = error
    except Exception as error:  # noqa: BLE001 - what it was is logged
        fault = error
    _log.error("returned_email_put_aside", mark=returned.mark[:12], fault=type(fault).__name__)
    return Taken.UNREADABLE


async def _identified(session: AsyncSession, bounce: Bounce, now: datetime) -> Bounce:
    """The report with our id for the message, where it names it by the relay's."""
    if bounce.outside_id is not None or not bounce.relay_ids:
        return bounce
    outside_id = await outbox.find_relayed(session, PROVIDER, bounce.relay_ids, now - _RELAYED_WITHIN)
    return replace(bounce, outside_id=outside_id)


async def _take(
    session: AsyncSession,
    tell: Undelivered,
    bounce: Bounce,
    row: OutboxRow,
    now: datetime,
    channels: Collection[Channel],
) -> Taken:
    report = report_of(bounce, now)
    attempt = await attempt_reported(session, report)
    if attempt is None:  # it went through another provider, whose word counts
        return Taken.STRANGER
    if not await delivery_reports.note(session, report, attempt.id) or report.standing.arrived:
        return Taken.NOTED
    if await _note_address(session, bounce, row, now) and row.message.channel.spec.instead in channels:
        await tell_of_bad_address(session, row, now)
    refusal = _refusal(bounce)
    undelivered = await did_not_arrive(session, attempt, refusal, now)
    if undelivered is None:
        return Taken.NOTED
    await tell(session, undelivered, refusal)
    return Taken.RETURNED


def _refusal(bounce: Bounce) -> NotGone:
    words = f"the mail came back{f' ({bounce.status})' if bounce.status else ''}"
    return RefusesUs(words, PROVIDER, bounce.status or "returned") if bounce.of_us else Undeliverable(words)


async def _note_address(session: AsyncSession, bounce: Bounce, row: OutboxRow, now: datetime) -> bool:
    """Whether the address is now known to be bad, and was not before.

    Only what was written to is: behind a forwarded message another address may have failed.
    """
    if not bounce.of_address or not row.address or not row.sent_to or not _is_to(row, bounce):
        return False
    person = OwnId(row.message.authority, row.sent_to)
    return await bad_addresses.note(session, person, row.message.channel, row.address, bounce.status, now)


def _is_to(row: OutboxRow, bounce: Bounce) -> bool:
    return row.address is not None and any(_same(row.address, address) for address in bounce.recipients)


def _same(one_address: str, other_address: str) -> bool:
    return _plain(one_address) == _plain(other_address)


def _plain(address: str) -> str:
    """The address as mail servers compare it."""
    try:
        return with_ascii_domain(address.lower())
    except Undeliverable:
        return address.lower()

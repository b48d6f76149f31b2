"""Send gathered emails, such as digests: lines of many plans for one person go out as one email."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from config.database import Sessions, reading, transact
from notifications.message import Message
from notifications.outbox import outbox
from service.domain.calendar import local_day, start_of
from service.domain.keys.messages import GatheredKey
from service.domain.obligations.obligation import Obligation
from service.domain.policy import PolicyBook
from service.domain.telling.gathered import GATHERED, also_late, calendar_of, gathered_email
from service.domain.telling.records import DigestLine, LineGroup
from service.store import digest_lines, obligations, plans
from service.use_cases.policies.follow import follow

_TOGETHER = 10  # emails: an alert that comes meanwhile waits for a hundredth of a second or two


async def send_gathered(sessions: Sessions, book: PolicyBook, now: datetime) -> bool:
    """Put some gathered emails into the outbox, in one transaction. False: nobody has lines that may go now.

    As long as a plan is due to be looked at, its lines may be missing: the looks come first. These emails go in routine
    hours only.
    """
    if not routine_hours(book, now):
        return False
    async with reading(sessions) as session:
        groups = await digest_lines.next_groups(session, now, _TOGETHER)
        if not groups or await plans.next_due(session, now):
            return False

    async def gather(session: AsyncSession) -> None:
        await follow(session, book)
        waiting = await digest_lines.waiting_for(session, groups, now)
        overdue = await obligations.overdue_of_persons(session, {group.own_id for group in groups})
        for authority in sorted({group.authority for group in groups}):
            # Whose lines are gone was served by another process, which was faster.
            of_authority = [group for group in groups if group.authority == authority and waiting[group]]
            emails = [_email(book, group, waiting[group], overdue[group.own_id], now) for group in of_authority]
            await _put(session, emails, now)

    await transact(sessions, gather)
    return True


@dataclass(frozen=True, slots=True)
class _Email:
    """An email that lines make, and when lines wait for that come too late for the one of their day."""

    message: Message
    lines: Sequence[DigestLine]
    morning: datetime


def _email(
    book: PolicyBook, group: LineGroup, lines: Sequence[DigestLine], overdue: Sequence[Obligation], now: datetime
) -> _Email:
    clock = GATHERED[group.template].clock(calendar_of(lines, book, now).message_hours)
    morning = calendar_of(lines, book, now).next_at(clock, start_of(local_day(now) + timedelta(days=1)))
    return _Email(gathered_email(lines, also_late(overdue, group.own_id, lines, book, now), now), lines, morning)


def routine_hours(book: PolicyBook, now: datetime) -> bool:
    """Whether routine messages may go now: for one of the authorities at least, a working day, within its hours."""
    return any(book.at(name, now).calendar.routine_hours(now) for name in book.authorities)


async def _put(session: AsyncSession, emails: Sequence[_Email], now: datetime) -> None:
    """Emails of one authority, one of a kind a day and person.

    Lines that come after it (of a plan that failed, and was mended) wait for the next.
    """
    taken = await outbox.authorities_of(session, [email.message.key for email in emails])
    messages = [_named_apart(email.message, taken.get(email.message.key), now) for email in emails]
    stored = set(await outbox.put(session, messages, now))
    for email, message in zip(emails, messages, strict=True):
        keys = [line.key for line in email.lines]
        if message.key in stored:
            await digest_lines.gathered(session, str(message.authority), keys, message.key)
        else:
            await digest_lines.put_off(session, str(message.authority), keys, email.morning)


def _named_apart(message: Message, taken_by: str | None, now: datetime) -> Message:
    """The message by a key of its own. That of a digest names no authority, and two may use one id for two people."""
    if taken_by is None or taken_by == message.authority:
        return message
    key = GatheredKey(message.template, str(message.authority), message.person, local_day(now))
    return replace(message, key=str(key))

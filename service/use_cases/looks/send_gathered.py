"""Send gathered emails, such as digests: lines of many plans for one person go out as one email."""

from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from config.database import Sessions, reading, transact
from notifications.message import Message
from notifications.outbox import outbox
from service.domain.calendar import local_day, start_of
from service.domain.keys.messages import GatheredKey
from service.domain.own_id import OwnId
from service.domain.policy import PolicyBook
from service.domain.telling.gathered import GATHERED, also_late, calendar_of, gathered_email
from service.domain.telling.records import DigestLine, LineGroup
from service.domain.telling.wording import Item
from service.store import digest_lines, obligations, plans
from service.use_cases.policies.follow import follow

_TOGETHER = 10  # emails: an alert that comes meanwhile waits for some hundredths of a second


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
        for group in groups:
            await _gather(session, book, group, now)

    await transact(sessions, gather)
    return True


async def _gather(session: AsyncSession, book: PolicyBook, group: LineGroup, now: datetime) -> None:
    await follow(session, book)
    lines = await digest_lines.waiting_for(session, group, now)
    if lines:  # else another process was faster, and has gathered them
        overdue = await overdue_items(session, book, group.own_id, lines, now)
        calendar = calendar_of(lines, book, now)
        clock = GATHERED[group.template].clock(calendar.message_hours)
        morning = calendar.next_at(clock, start_of(local_day(now) + timedelta(days=1)))
        await _put(session, gathered_email(lines, overdue, now), lines, now, morning)


def routine_hours(book: PolicyBook, now: datetime) -> bool:
    """Whether routine messages may go now: for one of the authorities at least, a working day, within its hours."""
    return any(book.at(name, now).calendar.routine_hours(now) for name in book.authorities)


async def overdue_items(
    session: AsyncSession, book: PolicyBook, person: OwnId, lines: list[DigestLine], now: datetime
) -> list[Item]:
    """What else of a person's is late, beside what the lines speak of."""
    return also_late(await obligations.live_of_person(session, person), person, lines, book, now)


async def _put(
    session: AsyncSession, message: Message, lines: list[DigestLine], now: datetime, morning: datetime
) -> None:
    """One email of a kind a day: lines that come after it (of a plan that failed, and was mended) wait for the next."""
    keys = [line.key for line in lines]
    taken = await outbox.find(session, message.key)
    if taken is not None and taken.message.authority != message.authority:
        # The key of a digest names no authority, and two of them may use one id for two people.
        key = GatheredKey(message.template, message.authority, message.person, local_day(now))
        message = replace(message, key=str(key))
    if await outbox.put(session, [message], now):
        await digest_lines.gathered(session, message.authority, keys, message.key)
    else:
        await digest_lines.put_off(session, message.authority, keys, morning)

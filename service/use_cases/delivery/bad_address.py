"""Tell a person, by another channel, that what is sent to their address comes back; and that word's last check."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from notifications.message import Decision, Hold, Later, Message, OutboxRow, Purpose, Send
from notifications.outbox import outbox
from service.domain.keys.messages import AddressRefusedKey
from service.domain.policy import PolicyBook
from service.domain.telling.contact import Allowed, Refused, may_tell_of_work
from service.use_cases.operations.notify_operator import Directories

ADDRESS_REFUSED = "address_refused"


async def tell_of_bad_address(session: AsyncSession, row: OutboxRow, now: datetime) -> None:
    """Queue the word that a person's address is bad, by the channel that goes instead. `row`: what came back."""
    instead = row.message.channel.spec.instead
    if instead is None or row.sent_to is None or row.message.family:
        return
    word = Message(
        key=str(AddressRefusedKey(row.message.key)),
        channel=instead,
        purpose=Purpose.NOTICE,
        urgent=False,
        plan=None,
        authority=row.message.authority,
        role=row.message.role,
        person=row.sent_to,
        about=(),
        template=ADDRESS_REFUSED,
        context={"plan": None, "initials": None, "link": None, "channel": row.message.channel.value},
        at=now,
    )
    await outbox.put(session, [word], now)


async def check_address_refused(
    session: AsyncSession, book: PolicyBook, row: OutboxRow, directories: Directories, now: datetime
) -> Decision:
    """It goes to whoever works with planwatch, in working hours, and never to family."""
    del session
    calendar = book.at(row.message.authority, now).calendar
    if not calendar.routine_hours(now):
        return Later(calendar.routine_from(now))
    directory = await directories.of(row.message.authority)
    match may_tell_of_work(directory, row.message.person, row.message.channel):
        case Allowed(address):
            return Send(row.message.person, address, row.message.context)
        case Refused(reason):
            return Hold(reason)

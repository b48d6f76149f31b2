"""Rate limits: how much one number or one person is sent in a while. What must go at once has no cap.

A fault somewhere else (a list that is sent twice, a phone that answers by itself, a clock) must not become a hundred
texts to a family. The numbers stand far above what planwatch does by itself, and far below what networks block.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, bindparam, func, or_, select, union_all
from sqlalchemy.ext.asyncio import AsyncSession

from notifications.message import Channel, Hold, Later, Message, Purpose
from notifications.tables import attempt, message

# Texts that we begin, to one number. One a day is usual; a phone that serves three children gets three at once.
# Networks block a number at 20 of the same or 100 of any kind in an hour.
FAMILY_AN_HOUR = 3
FAMILY_A_DAY = 8
# Neutral answers to one number. More than that is a phone that answers by itself: theirs, ours, theirs, for ever.
REPLIES_A_DAY = 5
# Routine messages to one address: one every two minutes is as much as anybody can act upon. The rest waits in order.
WORKER_AN_HOUR = 30
# Routine messages that become due within a few minutes, all over the service: a fault, or a very long sleep. Digests
# and weekly lists are not among them: there is one a person, and all go at one minute. The limit grows with the people
# who are told: 501 late duties of 400 workers are a morning, and of 20 workers a list that was sent twice.
STORM = 500
STORM_EACH = 3
STORM_WITHIN = timedelta(minutes=5)
STORM_LASTS = timedelta(minutes=15)  # long enough to be read and stopped by a person, short enough for a morning

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


# Where a message goes: whose it is, by which channel, and to which address.
Place = tuple[str | None, Channel, str]


@dataclass(frozen=True, slots=True)
class Gone:
    """A message that was first sent to an address, or was to be, at a moment."""

    purpose: Purpose
    family: bool
    at: datetime


# What tells of a duty has its cap, even where a policy lets it go at any hour.
_OF_LADDERS = (Purpose.REMINDER, Purpose.OVERDUE, Purpose.ESCALATION)
_ONE_A_PERSON = (Purpose.DIGEST, Purpose.OVERDUE)  # without a plan
_ENOUGH = Hold("too_many")  # Reason.TOO_MANY of the service, which notifications do not know


def cap(message: Message, gone: Sequence[Gone], now: datetime) -> Hold | Later | None:
    """Whether a message is one too many for its address, after what went there in the last day. None: it may go."""
    if not is_limited(message):
        return None
    if not message.family:
        return _worker(message, gone, now)
    same = [
        sending.at
        for sending in gone
        if sending.family and (sending.purpose is Purpose.REPLY) == (message.purpose is Purpose.REPLY)
    ]
    day = sum(now - DAY < at for at in same)
    if message.purpose is Purpose.REPLY:
        return _ENOUGH if day >= REPLIES_A_DAY else None
    hour = sum(now - HOUR < at for at in same)
    return _ENOUGH if hour >= FAMILY_AN_HOUR or day >= FAMILY_A_DAY else None


def is_limited(message: Message) -> bool:
    """Whether there is a limit for messages like this one."""
    at_once = message.urgent and message.purpose not in _OF_LADDERS
    return not at_once and not _speaks_of_many(message)


def _speaks_of_many(message: Message) -> bool:
    """Whether it is a digest, or the weekly list of what is overdue: the one email a person that must not wait."""
    return message.plan is None and not message.family and message.purpose in _ONE_A_PERSON


def _worker(message: Message, gone: Sequence[Gone], now: datetime) -> Later | None:
    lately = sorted(sending.at for sending in gone if not sending.family and now - HOUR < sending.at)
    if len(lately) < WORKER_AN_HOUR:
        return None
    # Messages put off keep their order: each is up to a second later, by its own moment.
    place = timedelta(microseconds=min(max((message.at - (now - DAY)) / timedelta(seconds=1), 0), 10**6))
    return Later(lately[-WORKER_AN_HOUR] + HOUR + place)


async def sent_lately(
    session: AsyncSession, places: Collection[Place], now: datetime
) -> Mapping[Place, Sequence[Gone]]:
    """The routine messages that were sent to each place in the last day, read from an index for all of them at once."""
    gone: dict[Place, list[Gone]] = {place: [] for place in places}
    if not gone:
        return gone
    lately = {"addresses": sorted({address for _, _, address in places}), "since": now - DAY}
    for authority, channel, address, purpose, family, at in await session.execute(_SENT_LATELY, lately):
        place = (authority, Channel(channel), address)
        if place in gone:
            gone[place].append(Gone(Purpose(purpose), family, at))
    return gone


_SENT_LATELY = select(
    message.c.authority, message.c.channel, message.c.address, message.c.purpose, message.c.family,
    message.c.first_attempt_at,
).where(
    message.c.address.in_(bindparam("addresses", expanding=True)),
    message.c.first_attempt_at > bindparam("since"),
    message.c.urgent.is_(False),
)  # fmt: skip


async def is_storm(session: AsyncSession, now: datetime, after: datetime | None) -> bool:
    """Whether far more routine messages became due in the last minutes than is usual for as many people.

    Those that were tried already count as those that wait. `after`: what was asked for before has been held back once,
    and is not counted again.
    """
    since = now - STORM_WITHIN
    waiting = select(_RECIPIENT).where(
        message.c.next_attempt_at > since, message.c.next_attempt_at <= now, message.c.attempts == 0
    )
    # Hundreds go in a second. They are no less of a storm for having gone.
    tried = select(_RECIPIENT).join(attempt, attempt.c.message_id == message.c.id)
    tried = tried.where(attempt.c.started_at > since, attempt.c.n == 1, message.c.at > since)
    newly_due = union_all(_counted(waiting, after), _counted(tried, after))
    # As a rule this is all that is asked.
    few = await session.scalar(select(func.count()).select_from(newly_due.limit(STORM + 1).subquery())) or 0
    if few <= STORM:
        return False
    recipients = newly_due.subquery()
    count = select(func.count(), func.count(recipients.c.recipient.distinct())).select_from(recipients)
    number, people = (await session.execute(count)).one()
    return int(number) > STORM_EACH * int(people)


_RECIPIENT = (message.c.authority + " " + message.c.person).label("recipient")


def _counted(candidates: Select[tuple[str]], after: datetime | None) -> Select[tuple[str]]:
    """Those of them that count against the limit of a storm."""
    of_several = (message.c.plan.is_not(None), message.c.family, message.c.purpose.not_in(_ONE_A_PERSON))
    counted = candidates.where(message.c.urgent.is_(False), or_(*of_several))
    return counted if after is None else counted.where(message.c.created_at > after)

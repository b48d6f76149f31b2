"""Notify the operator (the configuration owner) of what concerns planwatch itself, and no plan."""

import re
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

from sqlalchemy.ext.asyncio import AsyncSession

from notifications.message import Channel, Decision, Hold, Later, Message, OutboxRow, Purpose, Send
from notifications.outbox import outbox
from service.domain.keys.messages import OperationsKey
from service.domain.keys.problems import OwnerVacantKey, UntoldOccasionKey
from service.domain.people.directory import Directory
from service.domain.policy import PolicyBook
from service.domain.telling.contact import Allowed, Reason, Refused, may_tell_of_work
from service.domain.telling.records import Problem
from service.store import events, plans, problems
from service.use_cases.looks.look_at_plan import directory_of

OPERATIONS = "operations"


class OperationsCode(StrEnum):
    """What the configuration owner can be told of planwatch itself. `_operations.txt` holds the words of each code."""

    CAPPED = "capped"  # one person would get too many messages
    CLOCK = "clock"  # a machine's clock has jumped
    DISK_FULL = "disk_full"
    FINDINGS = "findings"  # the auditor has found something
    PAUSED = "paused"
    PUT_ASIDE = "put_aside"  # something that came in could not be read or kept
    PULL = "pull"  # a provider cannot be asked for received texts
    READ_AGAIN = "read_again"  # a document on which a policy rests is to be read again
    REFUSED = "refused"  # a provider refuses us, not the recipient
    RELEASED = "released"
    RESTORED = "restored"  # released, after the database had been an older copy
    STOPPED = "stopped"  # somebody who is asked for no check-ins wants no more texts
    STORM = "storm"  # far more messages than usual


CONFIGURATION_OWNER = "configuration_owner"
# Figures, ids and moments: no text of several words, which a person could have written, no address or phone number.
_FIGURE = re.compile(r"(?!.*\d{7})[A-Za-z0-9_.:/-]{1,60}( \d\d:\d\d)?")


class Directories:
    """Whoever an authority's events name, each read once: for one transaction, which stores no event."""

    def __init__(self, session: AsyncSession, book: PolicyBook) -> None:
        self._session, self._book = session, book
        self._read: dict[str, Directory] = {}

    async def of(self, authority: str) -> Directory:
        """Those of one authority, as they stood when they were asked for first."""
        if authority not in self._read:
            raws = await events.of_authority(self._session, authority)
            self._read[authority] = await directory_of(self._session, self._book, authority, raws)
        return self._read[authority]


async def notify_operator(
    session: AsyncSession,
    book: PolicyBook,
    code: OperationsCode,
    occasion: str,
    now: datetime,
    *,
    figures: Mapping[str, int | str] | None = None,
    authority: str | None = None,
    urgent: bool = False,
    directories: Directories | None = None,
) -> list[str]:
    """Queue a message for the configuration owner of one authority, or of each authority that has a plan.

    The words of the code are those of `_operations.txt`. `occasion` is an id or a day, and is told only once. The names
    of `figures` are words with `_` between them, and their texts are ids and moments. An urgent message goes at any
    hour, by email and by text; others go by email. Returns the authorities whose owner is told, now or before. Where
    nobody holds the role, a problem says so. `directories`: where the transaction has asked for some already. A
    `ValueError` for a figure that is free text.
    """
    _refuse_free_text(figures or {})
    notified: list[str] = []
    directories = directories or Directories(session, book)
    authorities = [authority] if authority else await plans.in_use(session, book.authorities)
    for name in authorities:
        recipient = _recipient(await directories.of(name), now)
        if recipient is None:
            await _note_vacant_role(session, name, str(UntoldOccasionKey(code, occasion)), now)
            continue
        context = {"plan": None, "initials": None, "code": code, "figures": [*map(list, (figures or {}).items())]}
        channels = [channel for channel in Channel if channel.spec.urgent] if urgent else [Channel.EMAIL]
        messages = [
            _message(name, recipient, channel, occasion, {**context, "urgent": urgent}, now) for channel in channels
        ]
        await outbox.put(session, messages, now)
        notified.append(name)
    return notified


async def is_notified(session: AsyncSession, code: OperationsCode, occasion: str, authority: str) -> bool:
    """Whether an authority's owner was told of an occasion already, or it is on record that there is none to tell."""
    message = OperationsKey(authority, code, occasion, Channel.EMAIL)
    problem = OwnerVacantKey(authority, str(UntoldOccasionKey(code, occasion)))
    return await outbox.find(session, str(message)) is not None or await problems.is_kept(session, str(problem))


async def check_operations(
    session: AsyncSession, book: PolicyBook, row: OutboxRow, directories: Directories, now: datetime
) -> Decision:
    """The last check: send to the person who has the role now, or stands in. Routine ones wait for routine hours."""
    message = row.message
    calendar = book.at(message.authority, now).calendar
    if not message.urgent and not calendar.routine_hours(now):
        return Later(calendar.routine_from(now))
    directory = await directories.of(message.authority)
    recipient = _recipient(directory, now)
    if recipient is None:
        await _note_vacant_role(session, message.authority, message.key, now)
        return Hold(Reason.NO_ADDRESS)
    answer = may_tell_of_work(directory, recipient, message.channel)
    if isinstance(answer, Refused):
        return Hold(answer.reason)
    assert isinstance(answer, Allowed)  # noqa: S101 - the other of the two
    return Send(recipient, answer.address, message.context)


def _refuse_free_text(figures: Mapping[str, int | str]) -> None:
    for name, value in figures.items():
        if not isinstance(value, int) and not _FIGURE.fullmatch(value):
            raise ValueError(f"{name} is no figure, id or moment: only these may be told")


def _recipient(directory: Directory, now: datetime) -> str | None:
    """The person who holds the role, or who stands in for that person."""
    holder = directory.holder(CONFIGURATION_OWNER, now)
    return directory.acts_at(holder, now) if holder else None


async def _note_vacant_role(session: AsyncSession, authority: str, occasion: str, now: datetime) -> None:
    key = str(OwnerVacantKey(authority, occasion))
    problem = Problem(key, now, authority, None, "role_vacant", f"{CONFIGURATION_OWNER} of {authority}")
    await problems.add(session, [problem])


def _message(
    authority: str, recipient: str, channel: Channel, occasion: str, context: Mapping[str, object], now: datetime
) -> Message:
    return Message(
        key=str(OperationsKey(authority, str(context["code"]), occasion, channel)),
        channel=channel,
        purpose=Purpose.NOTICE,
        urgent=bool(context["urgent"]),
        plan=None,
        authority=authority,
        role=CONFIGURATION_OWNER,
        person=recipient,
        about=(),
        template=OPERATIONS,
        context=context,
        at=now,
    )

"""Receive a text: it is stored as it came, then it becomes an event, or stays for a person to read."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from config.clock import as_utc
from config.database import Sessions, reading, transact, transaction
from notifications.outbox import outbox
from service.domain.calendar import iso_local
from service.domain.events.addresses import phone_number
from service.domain.keys.problems import UnreadTextKey
from service.domain.policy import PolicyBook
from service.domain.telling.records import Problem
from service.store import inbound, persons, problems
from service.store.inbound import Inbound
from service.use_cases.intake.receive_events import receive_events
from service.use_cases.texts.bind_text import BoundText, bind, readable
from service.use_cases.texts.silence_number import is_stop, silence_number, with_the_providers_word

TEXT_PROVIDERS = ("notify", "twilio")
_CODE = re.compile(r"\b\d{4}\b")
# An alert is told again every 30 minutes: a code older than this many messages is not answered any more.
_MESSAGES_SEARCHED = 200
_TO_MEND = {"refused": "text_refused", "failed": "text_failed"}
Raw = dict[str, object]


@dataclass(frozen=True, slots=True)
class _Understood:
    """What a text means: events, and the number that it silences, if it does."""

    events: Sequence[Raw]
    silences: str | None = None
    bound: Sequence[BoundText] = ()


_log = structlog.get_logger(__name__)


async def store_text(
    sessions: Sessions, provider: str, provider_id: str, body: Mapping[str, str], now: datetime
) -> bool:
    """Store a text as it came, pushed or pulled. False: it had come before, and nothing more is to be done.

    `body` holds `From`, `Body` and, if the provider says when it received the text, `At` (ISO 8601 with an offset).
    Other fields are stored and ignored.
    """
    return await transact(sessions, lambda session: inbound.add(session, provider, provider_id, body, now))


async def understand_text(sessions: Sessions, book: PolicyBook, now: datetime) -> bool:
    """Understand the text that has waited longest. False: none waits.

    The events that it means are noted before they take effect. If a process dies in between, the next one does not work
    them out again, because the text could mean something else by then. Events that were stored already are duplicates.
    """
    async with reading(sessions) as session:
        text = await inbound.next_untaken(session, TEXT_PROVIDERS)
    if text is None:
        return False
    try:
        taken_as = await _take(sessions, book, text, now)
    except DBAPIError:
        raise  # the database is in trouble, not this text
    except Exception as error:  # noqa: BLE001 - whatever one text causes, the texts behind it are understood
        _log.error("text_failed", provider=text.provider, id=text.id, error=type(error).__name__)
        taken_as = "failed"
    async with transaction(sessions) as session:
        await inbound.taken(session, text.provider, text.id, taken_as)
        if taken_as in _TO_MEND:
            detail = f"the text {text.id} that came in was kept, and could not be taken: read it in raw_inbound"
            await problems.add(session, [Problem(str(UnreadTextKey(text.id)), now, None, _TO_MEND[taken_as], detail)])
    return True


async def _take(sessions: Sessions, book: PolicyBook, text: Inbound, now: datetime) -> str:
    """Make the events that a text means. Returns what it was taken as: an event type, unread or refused."""
    meant = text.meant
    if meant is None:
        async with reading(sessions) as session:
            understood = await _understood(session, book, text, now)
        meant = await transact(sessions, lambda session: _note(session, book, text, understood, now))
    if not meant:
        return "unread"
    received = await receive_events(sessions, book, now, meant)
    return str(meant[0]["type"]) if received.taken and not received.rejected else "refused"


async def _understood(session: AsyncSession, book: PolicyBook, text: Inbound, now: datetime) -> _Understood:
    try:
        number = phone_number(text.body.get("From"))
    except ValueError:
        return _Understood(())
    content, at = with_the_providers_word(readable(text.body), text.body), _moment(text)
    for person in await persons.with_mobile(session, number):
        if acknowledgement := await _acknowledgement(session, text, person, content):
            return _Understood(acknowledgement)
    bound = await bind(session, book, number, content, now, at)
    replies = [_reply(text, bound_text) for bound_text in bound]
    return _Understood(replies, number if is_stop(content, bound) else None, bound)


async def _note(
    session: AsyncSession, book: PolicyBook, text: Inbound, understood: _Understood, now: datetime
) -> Sequence[Raw]:
    """Note what a text means before any of it takes effect. Returns the events that count."""
    if understood.silences is not None:
        await silence_number(session, book, understood.silences, understood.bound, _moment(text), now)
    return await inbound.meant(session, text, understood.events)


def _moment(text: Inbound) -> datetime:
    """When the provider received a text. If it does not say, or names a later moment than ours, when we received it."""
    try:
        return min(as_utc(datetime.fromisoformat(text.body.get("At", ""))), text.received_at)
    except ValueError:
        return text.received_at


async def _acknowledgement(session: AsyncSession, text: Inbound, person: str, content: str) -> list[Raw]:
    """The acknowledgement of an alert that this person was told of, if the text holds its code."""
    codes = set(_CODE.findall(content))
    if not codes:
        return []
    for row in await outbox.recent(session, person=person, limit=_MESSAGES_SEARCHED):
        message = row.message
        if message.template == "bottom_line" and str(message.context.get("code")) in codes:
            data = {"alert": message.about[0]["alert"], "by": person, "at": iso_local(_moment(text))}
            return [_event(text, "", message.authority, "alert.acknowledged", str(message.plan), data)]
    return []


def _reply(text: Inbound, bound: BoundText) -> Raw:
    line = bound.line
    mark = hashlib.sha256(f"{line.plan}/{line.person}".encode()).hexdigest()[:8]
    data = {"person": line.person, "text": bound.text, "at": iso_local(_moment(text))}
    return _event(text, f"-{mark}", line.authority, "check_in.replied", line.plan, data)


def _id(text: Inbound) -> str:
    return f"text-{text.id}"  # no two providers have the same ids


def _source(authority: str) -> str:
    return f"/{authority}/planwatch"


def _event(text: Inbound, mark: str, authority: str, event_type: str, plan: str, data: Mapping[str, object]) -> Raw:
    """An event from a text. Two processes that understand the same text make the same event: one is a duplicate."""
    return {
        "specversion": "1.0",
        "id": f"{_id(text)}{mark}",
        "source": _source(authority),
        "type": event_type,
        "subject": plan,
        "time": iso_local(text.received_at),
        "data": dict(data),
    }

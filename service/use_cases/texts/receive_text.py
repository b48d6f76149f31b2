"""Receive a text: it is stored as it came, then it becomes an event, or stays for a person to read."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from config.clock import as_utc
from config.database import Sessions, reading, transact
from notifications.outbox import outbox
from service.domain.calendar import iso_local
from service.domain.events.addresses import phone_number
from service.domain.events.replies import ReplyMeaning, meaning_of
from service.domain.keys.problems import UnreadTextKey
from service.domain.policy import PolicyBook
from service.domain.telling.records import Problem
from service.store import inbound, persons, problems
from service.store.inbound import Inbound
from service.use_cases.acknowledging.acknowledge import ACKNOWLEDGED, acknowledgement
from service.use_cases.acknowledging.text_codes import RightCode, WrongCode, count_wrong, read_code, thanks
from service.use_cases.intake.receive_events import receive_events
from service.use_cases.texts.bind_text import BoundText, bind, readable
from service.use_cases.texts.silence_number import is_stop, silence_number, with_the_providers_word

TEXT_PROVIDERS = ("notify", "twilio")
_WRONG = "wrong_code"
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
    taken: str | WrongCode
    try:
        taken = await _take(sessions, book, text, now)
    except DBAPIError:
        raise  # the database is in trouble, not this text
    except Exception as error:  # noqa: BLE001 - whatever one text causes, the texts behind it are understood
        _log.error("text_failed", provider=text.provider, id=text.id, error=type(error).__name__)
        taken = "failed"
    await transact(sessions, lambda session: _conclude(session, book, text, taken, now))
    return True


async def _conclude(
    session: AsyncSession, book: PolicyBook, text: Inbound, taken: str | WrongCode, now: datetime
) -> None:
    """Note what a text was taken as, and what follows from that, all at once: a wrong code counts once."""
    taken_as = _WRONG if isinstance(taken, WrongCode) else taken
    await inbound.taken(session, text.provider, text.id, taken_as)
    if taken_as in _TO_MEND:
        detail = f"the text {text.id} that came in was kept, and could not be taken: read it in raw_inbound"
        await problems.add(session, [Problem(str(UnreadTextKey(text.id)), now, None, None, _TO_MEND[taken_as], detail)])
    if isinstance(taken, WrongCode):
        await outbox.put(session, await count_wrong(session, book, taken, text.id, now), now)
    elif taken_as == ACKNOWLEDGED and (code := await _code(session, book, text, now)) is not None:
        await outbox.put(session, [thanks(code.alert, code.person, text.id, now)], now)


async def _take(sessions: Sessions, book: PolicyBook, text: Inbound, now: datetime) -> str | WrongCode:
    """Make the events that a text means. Returns what it was taken as: an event type, unread, refused, a wrong code."""
    meant = text.meant
    if meant is None:
        async with reading(sessions) as session:
            understood = await _understood(session, book, text, now)
        if isinstance(understood, WrongCode):
            return understood
        meant = await transact(sessions, lambda session: _note(session, book, text, understood, now))
    if not meant:
        return "unread"
    received = await receive_events(sessions, book, now, meant)
    return str(meant[0]["type"]) if received.taken and not received.rejected else "refused"


async def _understood(session: AsyncSession, book: PolicyBook, text: Inbound, now: datetime) -> _Understood | WrongCode:
    try:
        number = phone_number(text.body.get("From"))
    except ValueError:
        return _Understood(())
    content, at = with_the_providers_word(readable(text.body), text.body), _moment(text)
    match await read_code(session, book, await persons.with_mobile(session, number), content, now):
        case RightCode(alert, person):
            return _Understood([acknowledgement(alert, person, _id(text), at, text.received_at)])
        case WrongCode() as wrong if meaning_of(content) is not ReplyMeaning.STOP:
            return wrong
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


async def _code(session: AsyncSession, book: PolicyBook, text: Inbound, now: datetime) -> RightCode | None:
    """The code in a text that was taken as one."""
    holders = await persons.with_mobile(session, phone_number(text.body.get("From")))
    code = await read_code(session, book, holders, readable(text.body), now)
    return code if isinstance(code, RightCode) else None


def _moment(text: Inbound) -> datetime:
    """When the provider received a text. If it does not say, or names a later moment than ours, when we received it."""
    try:
        return min(as_utc(datetime.fromisoformat(text.body.get("At", ""))), text.received_at)
    except ValueError:
        return text.received_at


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

"""Word a text to a family at its claim: letters where a phone serves several, English where nobody checked the rest."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from notifications.catalogue.languages import Why, wording
from notifications.message import Channel, Hold, Message, OutboxRow, Purpose, Send, State
from notifications.outbox import outbox
from service.domain.keys.messages import TextAnsweredKey, UncheckedTranslationKey
from service.domain.own_id import OwnId
from service.domain.policy import PolicyBook
from service.domain.telling.contact import Reason
from service.domain.telling.records import Problem
from service.store import persons, problems
from service.use_cases.delivery.phones import code_for

UNCHECKED = "translation_unchecked"
_GONE = (State.CLAIMED, State.SENT, State.UNKNOWN, State.HELD)
_RECENT = 30


@dataclass(frozen=True, slots=True)
class TextAbout:
    """What a family text is about: a plan, who leads it, and all plans for which it asks (an answer asks for none).

    The worker is told of a text that goes in English for want of a checked translation.
    """

    plan: str
    lead: str
    worker: str | None
    asks_for: frozenset[str]
    alone: bool = False  # the person's number is known to serve nobody and nothing else


async def word_family_text(
    session: AsyncSession, book: PolicyBook, row: OutboxRow, send: Send, about: TextAbout, now: datetime
) -> Send | Hold:
    """The text with what only its claim can know; a second answer to one and the same STOP is not sent."""
    message = row.message
    if message.template == "reply_stop" and await _answered(session, row, send.address):
        return Hold(Reason.OUTDATED)
    if wording(message.template, Channel.SMS, send.language).why is not Why.WANTED:
        await _tell_once(session, message, send, about, now)
    if message.template != "check_in" or about.alone:
        return send
    own_id = OwnId(message.authority, about.plan)
    code = await code_for(session, book, own_id, about.asks_for, send.person, now)
    return replace(send, context={**send.context, "reply_code": code})


def is_answered_by(going: Sequence[Message], row: OutboxRow) -> bool:
    """Whether one of the messages that go with this one to its number answers the same STOP."""
    if row.message.template != "reply_stop":
        return False
    text = _text_answered(row.message.key)
    return text is not None and any(_text_answered(message.key) == text for message in going)


async def _answered(session: AsyncSession, row: OutboxRow, number: str) -> bool:
    """Whether the text that this answers, which counts on every plan, was answered on another."""
    text = _text_answered(row.message.key)
    for person in await persons.with_mobile(session, number) if text else []:
        recent = await outbox.recent(session, authority=person.authority, person=person.id, states=_GONE, limit=_RECENT)
        # One that was claimed together with this one, and is not on record yet, may still be kept from going.
        gone = (other for other in recent if other.id != row.id and other.first_attempt_at is not None)
        if any(_text_answered(other.message.key) == text for other in gone):
            return True
    return False


def _text_answered(key: str) -> str | None:
    """The text that came in, whose event's id stands in the key of the answer to it."""
    try:
        return TextAnsweredKey.parse(key).text
    except ValueError:
        return None


async def _tell_once(session: AsyncSession, message: Message, send: Send, about: TextAbout, now: datetime) -> None:
    """Tell the social worker, once a person, that their texts go in English."""
    key = str(UncheckedTranslationKey(send.person))
    detail = f"{message.template} in {send.language}"
    problem = Problem(key, now, message.authority, about.plan, UNCHECKED, detail)
    await problems.add(session, [problem])
    if about.worker is None:
        return
    context: Mapping[str, object] = {"plan": about.plan, "initials": None, "link": None}
    notice = Message(
        key=key,
        channel=Channel.EMAIL,
        purpose=Purpose.NOTICE,
        urgent=False,
        plan=about.plan,
        authority=message.authority,
        role=about.lead,
        person=about.worker,
        about=message.about,
        template=UNCHECKED,
        context=context,
        at=now,
    )
    await outbox.put(session, [notice], now)

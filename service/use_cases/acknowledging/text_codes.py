"""Texts with codes of alerts: whose code it is, what too many wrong ones lead to, and what is answered."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from notifications.message import Channel, Message, Purpose
from notifications.outbox import outbox
from service.domain.events.confirmations import code_in, tries_codes
from service.domain.keys.key import Key
from service.domain.keys.messages import AlertAnswerKey, CodesClosedKey
from service.domain.own_id import OwnId
from service.domain.policy import PolicyBook
from service.domain.telling.alert_state import AlertState
from service.domain.telling.wording import role_text
from service.store import alert_codes
from service.store.alert_codes import MOST_WRONG, AlertCode, Alerted
from service.use_cases.delivery.alert_access import ACKNOWLEDGED, BOTTOM_LINE, CODE_REFUSED, CODES_CLOSED
from service.use_cases.looks.alert_states import alert_of, alerts_of

Context = Mapping[str, object]

# An alert is told again every 30 minutes: a code older than this many messages is not answered any more.
_MESSAGES_SEARCHED = 200


@dataclass(frozen=True, slots=True)
class RightCode:
    """A text holds a person's code for an alert."""

    alert: AlertState
    person: str


@dataclass(frozen=True, slots=True)
class WrongCode:
    """A text tries a code that is none of those open to its number; `alerts` are those that it may be meant for."""

    alerts: tuple[Alerted, ...]


async def read_code(
    session: AsyncSession, book: PolicyBook, holders: Sequence[OwnId], text: str, now: datetime
) -> RightCode | WrongCode | None:
    """What a text from the number of these persons says as a code. None: it has nothing to do with codes."""
    if not tries_codes(text):
        return None
    code, rows = code_in(text), await alert_codes.of_persons(session, holders)
    for row in rows:
        if row.code == code and row.wrong < MOST_WRONG:
            alert = await alert_of(session, book, row.alerted, now)
            return RightCode(alert, row.alerted.person) if alert else None
    if code is not None and (older := await _older(session, book, holders, code, now)) is not None:
        return older
    alive = [row.alerted for row in rows if await _is_open(session, book, row, now)]
    return WrongCode(tuple(alive)) if alive else None


async def _is_open(session: AsyncSession, book: PolicyBook, row: AlertCode, now: datetime) -> bool:
    alert = await alert_of(session, book, row.alerted, now)
    return alert is not None and not alert.settled


async def _older(
    session: AsyncSession, book: PolicyBook, holders: Sequence[OwnId], code: str, now: datetime
) -> RightCode | None:
    """The alert that an older version told with this code of four digits, to one of these persons."""
    if len(code) == alert_codes.LENGTH:
        return None
    for person in holders:
        theirs = outbox.recent(session, authority=person.authority, person=person.id, limit=_MESSAGES_SEARCHED)
        for row in await theirs:
            message = row.message
            if message.template == BOTTOM_LINE and str(message.context.get("code")) == code:
                breach = message.about[0]["alert"]
                alerts = await alerts_of(session, book, OwnId(person.authority, str(message.plan)), now)
                return next((RightCode(alert, person.id) for alert in alerts if alert.breach == breach), None)
    return None


async def count_wrong(
    session: AsyncSession, book: PolicyBook, wrong: WrongCode, text_id: str, now: datetime
) -> list[Message]:
    """Count a wrong code, and word its answer. With the last one that is borne, the next rung is told as well."""
    messages: list[Message] = []
    for alerted in wrong.alerts:
        count = await alert_codes.count_wrong(session, alerted)
        alert = await alert_of(session, book, alerted, now)
        if alert is None:
            continue
        key, context = AlertAnswerKey(text_id), {"closed": count >= MOST_WRONG}
        if count <= MOST_WRONG and not messages:
            messages.append(_message(key, alert, alerted.person, Channel.SMS, CODE_REFUSED, context, now))
        above = alert.next_above(alert.role_of(alerted.person))
        if count == MOST_WRONG and above is not None and above.person is not None:
            role = role_text(alert.role_of(alerted.person) or "")
            closed = CodesClosedKey(alert.plan, alert.uid, alerted.person)
            messages.append(_message(closed, alert, above.person, Channel.EMAIL, CODES_CLOSED, {"role": role}, now))
    return messages


def thanks(alert: AlertState, person: str, text_id: str, now: datetime) -> Message:
    """The answer to a text that acknowledged an alert: who has acknowledged by now, and who has not."""
    context: Context = {
        "settled": alert.settled,
        "done": [role_text(rung.role) for rung in alert.rungs if rung.acknowledged_at is not None],
        "waiting": [
            role_text(rung.role)
            for rung in alert.rungs
            if rung.acknowledged_at is None and rung.person is not None and rung.alerted_from <= now
        ],
    }
    return _message(AlertAnswerKey(text_id), alert, person, Channel.SMS, ACKNOWLEDGED, context, now)


def _message(
    key: Key,
    alert: AlertState,
    person: str,
    channel: Channel,
    template: str,
    context: Mapping[str, object],
    now: datetime,
) -> Message:
    return Message(
        key=str(key),
        channel=channel,
        purpose=Purpose.NOTICE,
        urgent=True,
        plan=alert.plan,
        authority=alert.authority,
        role=alert.role_of(person) or "",
        person=person,
        about=({"alert": alert.breach},),
        template=template,
        context={"plan": alert.plan, "initials": None, "link": None, **context},
        at=now,
    )

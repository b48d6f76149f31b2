"""Receive a text: kept as it came before it is understood; then it becomes an event, or stays for a person to read."""

import re
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from config.database import Sessions, reading, transaction
from notifications import outbox
from service.domain.calendar import iso_local
from service.domain.events import Event
from service.domain.payloads import CheckInsStarted
from service.domain.policy import PolicyBook
from service.domain.vocabulary import phone_number
from service.domain.withdrawals import standing
from service.store import inbound, persons, plans
from service.use_cases.look_at_plan import facts_of_plan
from service.use_cases.receive_events import receive_events

PROVIDER = "twilio"
_CODE = re.compile(r"\b\d{4}\b")
# An alert is told again every 30 minutes: a code older than this many messages is nobody's any more.
_MESSAGES_SEARCHED = 200
Raw = dict[str, object]


async def store_text(sessions: Sessions, sid: str, body: Mapping[str, str], now: datetime) -> bool:
    """Keep a text as it came. False: it had come before, and nothing more is to be done."""
    async with transaction(sessions) as session:
        return await inbound.add(session, PROVIDER, sid, body, now)


async def understand_text(sessions: Sessions, book: PolicyBook, now: datetime) -> bool:
    """Understand the text that has waited longest. False: none waits.

    The event comes first, under an id made from the text's: a process that dies before the mark sends it again, as
    a duplicate.
    """
    async with reading(sessions) as session:
        waiting = await inbound.next_untaken(session, PROVIDER)
        if waiting is None:
            return False
        sid, body = waiting
        meant = await _events_meant(session, book, sid, body, now)
    taken_as = str(meant[0]["type"]) if meant else "unread"
    if meant and not (await receive_events(sessions, book, now, meant)).taken:
        taken_as = "refused"
    async with transaction(sessions) as session:
        await inbound.taken(session, PROVIDER, sid, taken_as)
    return True


async def _events_meant(
    session: AsyncSession, book: PolicyBook, sid: str, body: Mapping[str, str], now: datetime
) -> list[Raw]:
    try:
        number = phone_number(body.get("From"))
    except ValueError:
        return []
    text = body.get("Body", "").strip()
    for person in await persons.with_mobile(session, number):
        if found := await _acknowledgement(session, sid, person, text, now):
            return found
        if found := await _replies(session, book, sid, person, text, now):
            return found
    return []


async def _acknowledgement(session: AsyncSession, sid: str, person: str, text: str, now: datetime) -> list[Raw]:
    """What a code in the text acknowledges: an alert that this person was told of."""
    codes = set(_CODE.findall(text))
    if not codes:
        return []
    for row in await outbox.recent(session, person=person, limit=_MESSAGES_SEARCHED):
        message = row.message
        if message.template == "bottom_line" and str(message.context.get("code")) in codes:
            data = {"alert": message.about[0]["alert"], "by": person, "at": iso_local(now)}
            return [_event(sid, message.authority, "alert.acknowledged", str(message.plan), data, now)]
    return []


async def _replies(
    session: AsyncSession, book: PolicyBook, sid: str, person: str, text: str, now: datetime
) -> list[Raw]:
    """A reply on each plan on which check-ins were agreed with this person."""
    named = await plans.authorities(session, await persons.plans_naming(session, [person]))
    found: list[Raw] = []
    for plan, authority in sorted(named.items()):
        known = await facts_of_plan(session, book, plan, authority)
        if _asked(person, standing(known.events)):
            data = {"person": person, "text": text[:1600], "at": iso_local(now)}
            found.append(_event(f"{sid}-{plan}", authority, "check_in.replied", plan, data, now))
    return found


def _asked(person: str, events: list[Event]) -> bool:
    """Whether check-ins were ever agreed with a person: a STOP, or a cry for help, may come after they ended."""
    return any(isinstance(one.data, CheckInsStarted) and person in one.data.people for one in events)


def _event(sid: str, authority: str, event_type: str, plan: str, data: Mapping[str, object], now: datetime) -> Raw:
    return {
        "specversion": "1.0",
        "id": f"text-{sid}",
        "source": f"/{authority}/planwatch",
        "type": event_type,
        "subject": plan,
        "time": iso_local(now),
        "data": dict(data),
    }

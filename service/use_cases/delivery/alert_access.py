"""What an alert carries for its recipient alone: a code to reply with, and in an email a link to acknowledge by."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from notifications.channels.spec import Form
from notifications.message import Channel, Message, Send
from service.domain.keys.ledger import ReachProblemKey
from service.domain.own_id import OwnId
from service.domain.policy import PolicyBook
from service.domain.telling.records import Problem
from service.store import alert_codes, alert_links, problems
from service.store.alert_codes import Alerted
from service.use_cases.looks.look_at_plan import facts_of

BOTTOM_LINE = "bottom_line"
_UNREACHABLE = "no_reachable_contact"
# The answers to texts with codes, and the word that too many of them were wrong.
ACKNOWLEDGED, CODE_REFUSED, CODES_CLOSED = ABOUT_CODES = ("acknowledged", "code_refused", "codes_closed")


async def give_access(
    session: AsyncSession, message: Message, send: Send, url: str | None, channels: Collection[Channel], now: datetime
) -> Send:
    """The alert with its recipient's code and, where people reach this service at `url`, a new link.

    `channels`: those that are set up; without texts no code is spoken of.

    Each attempt has a link of its own, since no link is stored; all of them are good until the alert ends.
    """
    alerted = Alerted(message.authority, str(message.plan), str(send.context["breach"]), send.person)
    code = await alert_codes.code_for(session, alerted, now)
    by_text = bool(send.context["by_text"]) and Channel.SMS in channels
    context = {**send.context, "code": code, "by_text": by_text, "link": None}
    if url is None or message.channel.spec.form is not Form.LETTER:
        return replace(send, context=context)
    token = await alert_links.make(session, alerted, now)
    return replace(send, context={**context, "link": f"{url}/a/{token}"}, secrets=(token,))


async def note_unreachable(session: AsyncSession, book: PolicyBook, message: Message, now: datetime) -> None:
    """Note that an urgent message reaches nobody: its channel is not set up, and the other has no address."""
    other = message.channel.spec.instead
    if not message.urgent or message.plan is None or other is None:
        return
    plan_facts = await facts_of(session, book, OwnId(message.authority, message.plan))
    person = plan_facts.directory.persons.get(message.person) if plan_facts else None
    if person is None or getattr(person, other.spec.address_field) is None:
        key = str(ReachProblemKey(message.plan, _UNREACHABLE, message.role, message.at))
        await problems.add(session, [Problem(key, now, message.authority, message.plan, _UNREACHABLE, message.role)])

"""What an alert carries for its recipient alone: a code to reply with, and in an email a link to acknowledge by."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from notifications.channels.spec import Form
from notifications.message import Message, Send
from service.store import alert_codes, alert_links
from service.store.alert_codes import Alerted

BOTTOM_LINE = "bottom_line"
# The answers to texts with codes, and the word that too many of them were wrong.
ACKNOWLEDGED, CODE_REFUSED, CODES_CLOSED = ABOUT_CODES = ("acknowledged", "code_refused", "codes_closed")


async def give_access(session: AsyncSession, message: Message, send: Send, url: str | None, now: datetime) -> Send:
    """The alert with its recipient's code and, where people reach this service at `url`, a new link.

    Each attempt has a link of its own, since no link is stored; all of them are good until the alert ends.
    """
    alerted = Alerted(message.authority, str(message.plan), str(send.context["breach"]), send.person)
    context = {**send.context, "code": await alert_codes.code_for(session, alerted, now), "link": None}
    if url is None or message.channel.spec.form is not Form.LETTER:
        return replace(send, context=context)
    token = await alert_links.make(session, alerted, now)
    return replace(send, context={**context, "link": f"{url}/a/{token}"}, secrets=(token,))

"""The replies to check-ins that a person has to read, with what was asked, and who has read which."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from service.domain.events.replies import ReplyMeaning, read_reply
from service.domain.own_id import OwnId
from service.domain.policy import PolicyBook
from service.store import handlings, replies
from service.store.handlings import Handling
from service.store.replies import CheckInText, StoredReply
from service.use_cases.overviews.concerned_plans import plans_of_roles

# A reply that nobody has read by then is no news to anybody; what the plan's page tells of it stays.
LISTED_FOR = timedelta(days=30)
_ASKED_WITHIN = timedelta(days=7)
_TEAM = "team_manager"


@dataclass(frozen=True, slots=True)
class ReplyToRead:
    """A reply that a person has to read. `wants_call`: it asks for a call. `question`: the text that it follows."""

    reply: StoredReply
    wants_call: bool
    question: CheckInText | None
    handling: Handling | None

    @property
    def page_id(self) -> str:
        """What stands for it in a form: nothing of the case can be read from it."""
        return hashlib.sha256(self.reply.uid.encode()).hexdigest()[:24]


async def replies_to_read(session: AsyncSession, book: PolicyBook, now: datetime, person: OwnId) -> list[ReplyToRead]:
    """The replies on the plans that a person works on or leads: those not read yet, the oldest first, then the others.

    What a STOP, a plain yes and a telephone's own answer say, nobody has to read.
    """
    recent = [reply for reply in await replies.since(session, person.authority, now - LISTED_FOR) if _is_read(reply)]
    roles = [book.newest(person.authority).lead, _TEAM]
    plans = {OwnId(person.authority, reply.plan) for reply in recent}
    theirs = await plans_of_roles(session, book, now, person, plans, roles)
    own = [reply for reply in recent if OwnId(person.authority, reply.plan) in theirs]
    mistaken = await replies.withdrawn(session, person.authority, own)
    own = [reply for reply in own if reply.id not in mistaken]
    noted = await handlings.of_keys(session, person.authority, "reply", [reply.uid for reply in own])
    repliers = {reply.person for reply in own}
    texts = await replies.texts_to(session, person.authority, repliers, now - LISTED_FOR - _ASKED_WITHIN)
    listed = [_to_read(reply, texts, noted.get(reply.uid)) for reply in own]
    return sorted(listed, key=lambda entry: (entry.handling is not None, entry.reply.at))


def _is_read(reply: StoredReply) -> bool:
    read = read_reply(reply.text)
    return read.to_read or read.meaning is ReplyMeaning.CALL


def _to_read(reply: StoredReply, texts: Sequence[CheckInText], noted: Handling | None) -> ReplyToRead:
    earlier = [text for text in texts if text.person == reply.person and text.at <= reply.at]
    question = earlier[-1] if earlier and reply.at - earlier[-1].at <= _ASKED_WITHIN else None
    return ReplyToRead(reply, read_reply(reply.text).meaning is ReplyMeaning.CALL, question, noted)

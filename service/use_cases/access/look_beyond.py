"""Look at a plan beyond the rule: the reason is written down for good, and the plan's team manager is told."""

from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from notifications.message import Message, Purpose
from notifications.outbox import outbox
from service.domain.facts import Facts
from service.domain.keys.messages import ExceptionKey
from service.domain.own_id import OwnId
from service.domain.policy import PolicyBook
from service.domain.telling.recipients import Reach, Recipient
from service.domain.telling.wording import moment_text
from service.store import audit, sight_exceptions
from service.store.audit import AuditEntry
from service.use_cases.delivery.check_message import SEEN_BY_EXCEPTION
from service.use_cases.looks.look_at_plan import facts_of

LASTS = timedelta(hours=8)
_ROLE = "team_manager"


async def look_beyond(
    session: AsyncSession, book: PolicyBook, person: OwnId, plan: OwnId, reason: str, now: datetime
) -> bool:
    """Let a person see a plan of their authority for eight hours. False: there is no such plan, which is noted too."""
    plan_facts = await facts_of(session, book, plan) if person.authority == plan.authority else None
    facts = plan_facts.for_alerts(now) if plan_facts is not None else None
    action = "plan_seen_by_exception" if facts is not None else "plan_asked_for_in_vain"
    entry = AuditEntry(now, person.authority, person.id, action, plan=plan.id[:200], detail=reason)
    await audit.add(session, entry)
    if facts is None:
        return False
    number = await sight_exceptions.add(session, person, plan, reason, now, now + LASTS)
    reach = Reach(facts, book.at(facts.authority, now), now, now)
    readers = reach.everybody(_ROLE, facts.holder(_ROLE, now), Purpose.NOTICE)
    await outbox.put(session, [_word(facts, reader, number, now) for reader in readers], now)
    return True


def _word(facts: Facts, reader: Recipient, number: int, now: datetime) -> Message:
    return Message(
        key=str(ExceptionKey(facts.plan, number, reader.person)),
        plan=facts.plan,
        authority=facts.authority,
        role=reader.role,
        person=reader.person,
        channel=reader.channel,
        purpose=Purpose.NOTICE,
        urgent=False,
        about=(),
        template=SEEN_BY_EXCEPTION,
        context={"plan": facts.plan, "initials": None, "link": None, "seen": moment_text(now)},
        at=now,
    )

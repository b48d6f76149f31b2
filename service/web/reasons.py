"""Why a message was sent, for its page: the core's explanation, plan by plan, of what was known at its moment."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from notifications.message import Message
from service.domain.explain import Reason, explain
from service.domain.policy import PolicyBook
from service.store import plans
from service.use_cases.look_at_plan import facts_of_plan


async def reasons_of(session: AsyncSession, book: PolicyBook, message: Message) -> list[Reason]:
    """A reason for each thing that the message speaks of, in its order of plans."""
    named = [str(about["plan"]) for about in message.about if about.get("plan")]
    ids = list(dict.fromkeys([*named, *([message.plan] if message.plan else [])]))
    authorities = await plans.authorities(session, ids)
    found: list[Reason] = []
    for plan in ids:
        if plan in authorities:
            known = await facts_of_plan(session, book, plan, authorities[plan])
            events = [event for event in known.events if event.time <= message.at]
            about = [one for one in message.about if one.get("plan", plan) == plan]
            found += explain(book, events, known.directory, about, message.purpose.value, message.at)
    return found

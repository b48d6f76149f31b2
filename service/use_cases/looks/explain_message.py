"""Explain a message: why it was sent, plan by plan, from what was known at its moment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncSession

from notifications.message import Message
from service.domain.explain import Explanation, explain
from service.domain.own_id import OwnId
from service.domain.policy import PolicyBook
from service.store import events as events_of
from service.store import plans, tokens
from service.use_cases.looks.look_at_plan import facts_of_plan


async def reasons_of(session: AsyncSession, book: PolicyBook, message: Message) -> list[Explanation]:
    """An explanation of each thing that the message speaks of, in its order of plans."""
    named = [str(about["plan"]) for about in message.about if about.get("plan")]
    ids = list(dict.fromkeys([*named, *([message.plan] if message.plan else [])]))
    own_ids = [OwnId(message.authority, plan) for plan in ids]
    introduced = await plans.known(session, own_ids)
    explanations: list[Explanation] = []
    for plan in own_ids:
        if plan in introduced:
            plan_facts = await facts_of_plan(session, book, plan)
            unknown = await events_of.received_after(session, plan, message.at)
            events = [event for event in plan_facts.events if (event.source, event.id) not in unknown]
            about = [thing for thing in message.about if thing.get("plan", plan.id) == plan.id]
            explanations += explain(book, events, plan_facts.directory, about, message.purpose.value, message.at)
    return await _with_tokens(session, message.authority, explanations)


async def _with_tokens(session: AsyncSession, authority: str, explanations: Sequence[Explanation]) -> list[Explanation]:
    """The same, each with the token that brought the event behind it; what came from a file has none."""
    ids = {explanation.event for explanation in explanations if explanation.event is not None}
    brought_by = await tokens.that_brought(session, authority, ids)
    return [_with_token(explanation, brought_by.get(explanation.event or "")) for explanation in explanations]


def _with_token(explanation: Explanation, token: str | None) -> Explanation:
    if token is None:
        return explanation
    return replace(explanation, lines=(*explanation.lines, ("Brought by", f"token {token}")))

"""Explain a message: why it was sent, plan by plan, from what was known at its moment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncSession

from notifications.message import Message
from service.domain.events.event import stored_event
from service.domain.explain import Explanation, explain, explain_slip
from service.domain.own_id import OwnId
from service.domain.policy import PolicyBook
from service.store import events as events_of
from service.store import problems, tokens
from service.use_cases.looks.look_at_plan import facts_of

_ABOUT_SLIPS = ("problem", "problems")


async def reasons_of(session: AsyncSession, book: PolicyBook, message: Message) -> list[Explanation]:
    """An explanation of each thing that the message speaks of, in its order of plans."""
    if message.template in _ABOUT_SLIPS:
        return await _with_tokens(session, message.authority, await _slips(session, book, message))
    named = [str(about["plan"]) for about in message.about if about.get("plan")]
    ids = list(dict.fromkeys([*named, *([message.plan] if message.plan else [])]))
    explanations: list[Explanation] = []
    for plan in (OwnId(message.authority, plan_id) for plan_id in ids):
        plan_facts = await facts_of(session, book, plan)
        if plan_facts is not None:
            unknown = await events_of.received_after(session, plan, message.at)
            events = [event for event in plan_facts.events if (event.source, event.id) not in unknown]
            about = [thing for thing in message.about if thing.get("plan", plan.id) == plan.id]
            purpose = message.purpose.value
            explanations += explain(book, plan, events, plan_facts.directory, about, purpose, message.at)
    return await _with_tokens(session, message.authority, explanations)


async def _slips(session: AsyncSession, book: PolicyBook, message: Message) -> list[Explanation]:
    """Of a message about events that look like slips: each with what is on record about it."""
    ids = {str(about["event"]) for about in message.about if "event" in about}
    raws = await events_of.with_ids(session, message.authority, ids)
    events = [stored_event(raw, book.authorities, message.authority) for raw in raws]
    return [explain_slip(event, await problems.about_event(session, message.authority, event.uid)) for event in events]


async def _with_tokens(session: AsyncSession, authority: str, explanations: Sequence[Explanation]) -> list[Explanation]:
    """The same, each with the token that brought the event behind it; what came from a file has none."""
    ids = {explanation.event for explanation in explanations if explanation.event is not None}
    brought_by = await tokens.that_brought(session, authority, ids)
    return [_with_token(explanation, brought_by.get(explanation.event or "")) for explanation in explanations]


def _with_token(explanation: Explanation, token: str | None) -> Explanation:
    if token is None:
        return explanation
    return replace(explanation, lines=(*explanation.lines, ("Brought by", f"token {token}")))

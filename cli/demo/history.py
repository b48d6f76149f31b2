"""The quarter of a year before the demonstration: its facts, and what was told then, so that nothing is told again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta

from sqlalchemy import bindparam, update
from sqlalchemy.ext.asyncio import AsyncSession

from cli.demo.diary import CloudEvent
from config.database import transaction
from notifications.catalogue.render import render
from notifications.message import Message, State, message_id_of
from notifications.outbox import outbox
from notifications.tables import message as messages
from service.app import Service
from service.domain.calendar import local_day
from service.domain.events.event import parse_event
from service.domain.telling.records import Ledger, Notice, Problem, Withheld
from service.simulation import Simulation
from service.store import ledger, obligations, plans, problems, withheld
from service.store.tables import event as events
from service.use_cases.looks.look_at_plan import message_of


async def load_history(service: Service, history: Sequence[CloudEvent]) -> None:
    """Store facts from before the clock's moment, together with what the service would have made of them by then."""
    now = service.clock.now()
    simulation = Simulation(service.book)
    known = [parse_event(event, service.book.authorities) for event in history]
    told = list(simulation.run(known, local_day(now) - timedelta(days=1)))
    received = await service.receive(history, looks=0)
    if received.rejected or received.waiting:
        raise AssertionError(
            f"the made-up history is not all taken: {received.rejected[:3]}, waiting {received.waiting}"
        )
    async with transaction(service.sessions) as session:
        # As if each had come when it was recorded: a message is explained from what was known at its moment.
        await session.execute(update(events).values(received_at=events.c.time))
        await _set_plans(session, simulation)
        await problems.add(session, [one for one in told if isinstance(one, Problem)])
        await withheld.add(session, [one for one in told if isinstance(one, Withheld)])
        await _lay_down(session, [message_of(one) for one in told if isinstance(one, Notice)])


async def _set_plans(session: AsyncSession, simulation: Simulation) -> None:
    for plan, state in simulation.plans.items():
        row = await plans.take(session, plan)
        if row is not None:
            await obligations.replace(session, plan, state.obligations)
            await ledger.replace(session, plan, Ledger(), state.ledger)
            await plans.looked(session, row, state.next_look, state.ended_on)


async def _lay_down(session: AsyncSession, sent: Iterable[Message]) -> None:
    """Put messages of the past into the outbox as sent: they are to be looked up, not to be sent."""
    past = {one.key: one for one in sent}
    for one in past.values():
        await outbox.put(session, [one], one.at)
    settle = update(messages).where(messages.c.id == bindparam("its_id"))
    columns = ("state", "attempts", "next_attempt_at", "first_attempt_at", "settled_at", "sent_to")
    values: dict[str, object] = {name: bindparam(f"new_{name}") for name in (*columns, "subject", "text", "html")}
    if past:
        connection = await session.connection()
        await connection.execute(settle.values(values), [_as_sent(one) for one in past.values()])


def _as_sent(one: Message) -> dict[str, object]:
    content = render(one.template, one.channel, one.context)
    return {
        "its_id": message_id_of(one.key),
        "new_state": State.SENT.value,
        "new_attempts": 1,
        "new_next_attempt_at": None,
        "new_first_attempt_at": one.at,
        "new_settled_at": one.at,
        "new_sent_to": one.person,
        "new_subject": content.subject,
        "new_text": content.text,
        "new_html": content.html,
    }

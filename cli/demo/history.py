"""The quarter of a year before the demonstration: its facts, and what was told then, so that nothing is told again."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import bindparam, update
from sqlalchemy.ext.asyncio import AsyncSession

from cli.demo.data.caseload import CloudEvent
from config.database import transaction
from notifications.catalogue.render import render
from notifications.message import Message, State, message_id_of
from notifications.outbox import outbox
from notifications.tables import message as messages
from service.app import Service
from service.domain.calendar import local_day
from service.domain.events.event import parse_event
from service.domain.policy import PolicyBook
from service.domain.telling.records import Ledger, Problem, Withheld
from service.domain.telling.wording import sender_words
from service.simulation import Simulation
from service.store import ledger, obligations, plans, problems, withheld
from service.store.ledger import LedgerChange
from service.store.plans import Looked
from service.store.tables import event as events


async def load_history(service: Service, history: Sequence[CloudEvent]) -> None:
    """Store facts from before the clock's moment, together with what the service would have made of them by then."""
    simulation = Simulation(service.book)
    past = [parse_event(event, service.book.authorities) for event in history]
    records = list(simulation.run(past, local_day(service.clock.now()) - timedelta(days=1)))
    received = await service.receive(history, looks=0)
    if received.rejected or received.waiting:
        raise AssertionError(f"the history is not all taken: {received.rejected[:3]}, waiting {received.waiting}")
    async with transaction(service.sessions) as session:
        # As if each had come when it was recorded: a message is explained from what was known at its moment.
        await session.execute(update(events).values(received_at=events.c.time))
        await _set_plans(session, simulation)
        await problems.add(session, [record for record in records if isinstance(record, Problem)])
        await withheld.add(session, [record for record in records if isinstance(record, Withheld)])
        messages = [record for record in records if isinstance(record, Message)]
        if messages:
            await _put_as_sent(session, service.book, list({message.key: message for message in messages}.values()))


async def _set_plans(session: AsyncSession, simulation: Simulation) -> None:
    for plan, state in simulation.plans.items():
        row = await plans.take(session, plan)
        if row is not None:
            await obligations.replace(session, {plan: state.obligations})
            await ledger.replace(session, [LedgerChange(plan, Ledger(), state.ledger)])
            await plans.looked(session, [Looked(row, state.next_look, state.ended_on)])


async def _put_as_sent(session: AsyncSession, book: PolicyBook, sent: Sequence[Message]) -> None:
    """Put messages of the past into the outbox as sent: they are to be looked up, not to be sent."""
    await outbox.put(session, sent, sent[0].at)
    values: dict[str, object] = dict.fromkeys(("created_at", "first_attempt_at", "settled_at"), messages.c.at)
    values |= {name: bindparam(f"new_{name}") for name in ("subject", "text", "html")}
    values |= {"sent_to": messages.c.person, "state": State.SENT.value, "attempts": 1, "next_attempt_at": None}
    statement = update(messages).where(messages.c.id == bindparam("its_id")).values(values)
    await (await session.connection()).execute(statement, [_as_sent(message, book) for message in sent])


def _as_sent(message: Message, book: PolicyBook) -> dict[str, object]:
    context = {**sender_words(book, message.authority), **message.context}
    content = render(message.template, message.channel, context)
    words = {"new_subject": content.subject, "new_text": content.text, "new_html": content.html}
    return {"its_id": message_id_of(message.name), **words}

"""What ticks, looks, intake, deliveries and what comes back ask of a table that lies in pieces names the authority.

A PostgreSQL that is sharded by authority answers such a statement from one piece. What is asked of all pieces is listed
here, each with why; `tests/unit/test_sharded_schema.py` says which tables lie in pieces.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta

import pytest
from sqlalchemy import and_, delete, exists, func, select, union_all, update
from sqlalchemy.sql import ClauseElement

from cli.sentinel import expected_of
from config.database import transaction
from jobs.agenda import Agenda, Need
from jobs.timetable import TIMETABLE
from notifications.errors import Unknown
from notifications.mailbox.bounce_box import Returned
from notifications.mailbox.bounces import read_bounce
from notifications.message import Channel
from notifications.providers.twilio.callback import report_of
from notifications.tables import attempt, message
from service.sentinel.auditor import Auditor
from service.store import high_water_marks
from service.store.credentials import token
from service.store.tables import event
from service.use_cases.delivery.receive_bounce import receive_bounce
from service.use_cases.delivery.receive_delivery_report import receive_delivery_report
from service.use_cases.delivery.undeliverable import undelivered
from service.use_cases.texts.receive_text import store_text, understand_text
from tests.contract.returned_mail import report
from tests.databases import ON_SQLITE
from tests.integration.authority_named import listen, unnamed
from tests.world import NUMBERS, World, address, book

_DUE = "what is due first is asked of all authorities: workers have none of their own"
_LOST = "a lease that ended is anybody's to settle"
_TOUCHES = "it says who touched us by an id or number that we gave no authority, and finds whose it is"
_FOR_ALL = "a limit for all authorities together"
_MARK = "how far the whole database has come"
_AUDIT = "the auditor asks about all authorities, by an index of what waits, is late or is amiss"
# Who asks all pieces on purpose, and of which table. A sharded PostgreSQL answers these from each piece.
ACROSS: Mapping[str, str] = {
    "jobs.agenda._due: plan": _DUE,
    "notifications.outbox.claim.expired: message": _LOST,
    "notifications.outbox.claim.is_due: attempt": _DUE,
    "notifications.outbox.claim.is_due: message": _DUE,
    "notifications.outbox.claim.next_due: message": _DUE,
    "notifications.outbox.claim.take: message": _DUE,
    "notifications.outbox.delivery_report.attempt_reported: attempt": _TOUCHES,
    "notifications.outbox.delivery_report.attempt_reported: message": _TOUCHES,
    "notifications.outbox.group.due_together: message": _DUE,
    "notifications.outbox.outbox._plans: message": "urgent messages that wait for their turn, of all authorities",
    "notifications.outbox.outbox.find_outside: message": _TOUCHES,
    "notifications.outbox.rate_limits.is_storm: attempt": _FOR_ALL,
    "notifications.outbox.rate_limits.is_storm: message": _FOR_ALL,
    "notifications.outbox.rate_limits.sent_lately: message": _FOR_ALL,
    "service.sentinel.alerts.waiting: event": _AUDIT,
    "service.sentinel.alerts.without_next_step: event": _AUDIT,
    "service.sentinel.alerts.without_next_step: plan": _AUDIT,
    "service.sentinel.looks.failing: plan": _AUDIT,
    "service.sentinel.looks.late: plan": _AUDIT,
    "service.sentinel.people.holders: event": _AUDIT,
    "service.sentinel.round.names: obligation": _AUDIT,
    "service.sentinel.sending.claimed: message": _AUDIT,
    "service.sentinel.sending.digests: digest_line": _AUDIT,
    "service.sentinel.sending.routine: message": _AUDIT,
    "service.sentinel.sending.unknown: message": _AUDIT,
    "service.sentinel.sending.urgent: message": _AUDIT,
    "service.sentinel.sources._first_at: event": _AUDIT,
    "service.sentinel.sources._senders: event": _AUDIT,
    "service.store.digest_lines.any_to_gather: digest_line": _DUE,
    "service.store.digest_lines.next_groups: digest_line": _DUE,
    "service.store.high_water_marks.newest: attempt": _MARK,
    "service.store.high_water_marks.newest: event": _MARK,
    "service.store.high_water_marks.newest_moment: event": _MARK,
    "service.store.persons.ever_with: person_number": _TOUCHES,
    "service.store.persons.with_mobile: person": _TOUCHES,
    "service.store.plans.next_due: plan": _DUE,
}

_OTHER = event.alias()
_OF_DUDLEY = event.c.authority == "dudley"
_SAME = and_(attempt.c.message_id == message.c.id, attempt.c.authority == message.c.authority)
_WITHDRAWN = exists().where(_OTHER.c.subject == event.c.subject, _OTHER.c.authority == event.c.authority)
_NEWEST_OF_KENT = select(func.max(_OTHER.c.seq)).where(_OTHER.c.authority == "kent").scalar_subquery()
NAMED: Sequence[tuple[ClauseElement, set[str]]] = (
    (select(event).where(event.c.id == "e-1"), {"event"}),
    (select(event.c.authority).where(event.c.authority != "dudley"), {"event"}),
    (select(event).where(_OF_DUDLEY), set()),
    (select(event).where(event.c.authority.in_(["dudley", "kent"])), set()),
    (select(event).where(_OF_DUDLEY, exists().where(_OTHER.c.subject == event.c.subject)), {"event"}),
    (select(event).where(_OF_DUDLEY, _WITHDRAWN), set()),
    (select(attempt).join(message, attempt.c.message_id == message.c.id), {"attempt", "message"}),
    (select(attempt).join(message, _SAME), {"attempt", "message"}),
    (select(attempt).join(message, _SAME).where(message.c.authority == "dudley"), set()),
    (select(event).where(_WITHDRAWN), {"event"}),
    (
        select(event).where(event.c.seq == select(_OTHER.c.seq).where(_OTHER.c.authority == "x").scalar_subquery()),
        {"event"},
    ),
    (update(event).where(event.c.seq == 1), {"event"}),
    (delete(event).where(event.c.seq == 1, _OF_DUDLEY), set()),
    (union_all(select(event.c.id).where(_OF_DUDLEY), select(event.c.id)), {"event"}),
    (select(token).where(token.c.hash == "x"), set()),
)


@pytest.mark.parametrize(("statement", "asks_all"), NAMED)
def test_it_is_seen_of_which_tables_a_statement_asks_all(statement: ClauseElement, asks_all: set[str]) -> None:
    assert unnamed(statement) == asks_all


@ON_SQLITE
async def test_every_statement_names_the_authority_or_is_listed_with_why_not(world: World) -> None:
    asked = listen(world.service.engine.sync_engine)
    await live_through(world)
    across = {f"{who}: {table}" for who, tables in asked.items() for table in tables}
    assert len(asked) > 60
    assert sorted(across - ACROSS.keys()) == []
    assert sorted(ACROSS.keys() - across) == []  # what asks of one authority by now is no exception


async def live_through(world: World) -> None:
    """A breach, a visit that is late, a text that is answered, an unknown outcome, a report, and email come back."""
    service, email = world.service, world.senders[Channel.EMAIL]
    email.name = "smtp"
    world.senders[Channel.SMS].refuse(NUMBERS["w-hsm"], Unknown("cut off"))
    await service.receive([world.event("visit.recorded", "P-1001", by="w-sw")])
    await world.receive("bottom_line.breached", id="b-1", bottom_line="left", at=world.now_text())
    await world.receive("visit.recorded", "P-9", id="v-9", by="w-new")  # it waits
    await ticks(world)
    await came_back(world)
    await texted(world, "STOP")
    await world.open_plan("P-9")
    await world.receive("event.withdrawn", "P-9", event="v-9", reason="another child")
    world.clock.set(world.clock.now() + timedelta(weeks=6))
    await ticks(world)
    await Auditor(service.sessions, world.clock, expected_of(service.book), "test").look()


async def ticks(world: World) -> None:
    """Every tick, twice; the marks, and what there is to do."""
    for tick in (*TIMETABLE, *TIMETABLE):
        await tick.step(world.service, world.clock.now())
    await Agenda(world.service).calls_for(Need.LOOK, world.clock.now())
    async with transaction(world.service.sessions) as session:
        await high_water_marks.newest_moment(session)


async def came_back(world: World) -> None:
    """A provider reports of a text that it did not arrive, and an email comes back."""
    service, now = world.service, world.clock.now()
    tell = undelivered(service.book, world.clock)
    form = {"MessageSid": "memory-1", "MessageStatus": "undelivered", "ErrorCode": "30003"}
    told = report_of(form, "", now)
    assert told is not None
    assert await receive_delivery_report(service.sessions, tell, told)
    returned = report(world.inbox("w-tm")[0].message_id, address("w-tm"), "failed", "5.1.1")
    await receive_bounce(service.sessions, tell, Returned("m", read_bounce(returned)), now)


async def texted(world: World, words: str) -> None:
    """A text comes in."""
    body = {"From": NUMBERS["w-tm"], "Body": words, "MessageSid": "SM1"}
    await store_text(world.service.sessions, "twilio", "SM1", body, world.clock.now())
    assert await understand_text(world.service.sessions, book(), world.clock.now())

"""Puts a history through the service in simulated time, and gives what came of it in the form of the contract."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from cli.records import obligation_record
from config.database import reading
from notifications.message import OutboxRow, State
from notifications.outbox import outbox
from service.domain.calendar import iso_local, start_of
from service.domain.obligations.obligation import Obligation
from service.domain.own_id import OwnId
from service.domain.policy import PolicyBook
from service.domain.telling.records import Problem, Withheld
from service.store import obligations, problems
from service.store.tables import plan as plan_table
from service.store.tables import withheld
from service.use_cases.intake.receive_events import EVENT_CONFLICT
from tests.world import World

Record = dict[str, Any]
_INSTANT = timedelta(microseconds=1)
_LONG_AGO = "2020-01-01T09:00"
_ALL = 10_000
# Of a conflict somebody at the council has to learn, who did not send it; whoever has the file finds it refused there.
_TOLD_BY_THE_REFUSAL = (EVENT_CONFLICT,)


async def in_service(
    database: str, events: Sequence[Mapping[str, Any]], until: str, book: PolicyBook | None = None
) -> list[Record]:
    """What is owed, sent, withheld and to be mended at the end of a local day; every event is posted at its `time`.

    `book` is by what it is decided; None: by the built-in policies.
    """
    world = await World.open(database, _LONG_AGO, policies=book)
    end = start_of(date.fromisoformat(until) + timedelta(days=1))
    refused: list[Record] = []
    following: datetime | None = None
    try:
        ordered = sorted(events, key=lambda event: (_time(event), f"{event['source']}#{event['id']}"))
        for moment, batch in groupby(ordered, key=_time):
            if moment < end:
                await _pass(world, following, moment - _INSTANT)
                world.clock.set(moment)
                refused += await _post(world, list(batch))
                following = await world.do_what_is_due()
        await _pass(world, following, end - _INSTANT)
        async with reading(world.service.sessions) as session:
            return [*await _records(session), *refused]
    finally:
        await world.close()


def _time(event: Mapping[str, Any]) -> datetime:
    return datetime.fromisoformat(event["time"])


async def _post(world: World, batch: Sequence[Mapping[str, Any]]) -> list[Record]:
    received = await world.service.receive(batch)
    return [
        {"record": "refused", "id": why.id, "field": why.field, "detail": why.detail} for _, why in received.rejected
    ]


async def _pass(world: World, following: datetime | None, until: datetime) -> None:
    """Go from one moment at which there is something to do to the next: a year of nothing costs nothing."""
    while following is not None and following <= until:
        world.clock.set(following)
        following = await world.do_what_is_due()
    world.clock.set(max(until, world.clock.now()))


async def _records(session: AsyncSession) -> list[Record]:
    names = (await session.execute(select(plan_table.c.authority, plan_table.c.id))).all()
    owed = [one for name in names for one in await obligations.of_plan(session, OwnId(*name))]
    columns = [withheld.c[name] for name in ("key", "at", "authority", "plan", "person", "purpose", "reason")]
    held_back = [Withheld(*row) for row in await session.execute(select(*columns))]
    return [
        *map(_obligation, owed),
        *map(_message, await outbox.recent(session, limit=_ALL)),
        *map(_withheld, held_back),
        *(_problem(one) for one in await problems.recent(session, limit=_ALL) if one.code not in _TOLD_BY_THE_REFUSAL),
    ]


def _obligation(one: Obligation) -> Record:
    return dict(obligation_record(one))


def _message(row: OutboxRow) -> Record:
    asked = row.message
    # What was not handed over is no message, and a record that fits nothing.
    kind = "message" if row.state is State.SENT else f"{row.state.value}: {row.reason}"
    return {
        "record": kind,
        "at": iso_local(row.settled_at) if row.settled_at else None,
        "authority": asked.authority,
        "plan": asked.plan,
        "to": row.sent_to,
        "role": asked.role,
        "channel": asked.channel.value,
        "purpose": asked.purpose.value,
        "urgent": asked.urgent,
        "about": [dict(about) for about in asked.about],
        "template": asked.template,
        "subject": row.content.subject if row.content else None,
        "text": row.content.text if row.content else None,
    }


def _withheld(one: Withheld) -> Record:
    told = {"authority": one.authority, "plan": one.plan, "to": one.to, "purpose": one.purpose, "reason": one.reason}
    return {"record": "withheld", "at": iso_local(one.at), **told}


def _problem(one: Problem) -> Record:
    told = {"authority": one.authority, "plan": one.plan, "code": one.code, "detail": one.detail}
    return {"record": "problem", "at": iso_local(one.at), **told}

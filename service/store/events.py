"""Events: the facts, appended and never changed."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    and_,
    bindparam,
    delete,
    func,
    insert,
    literal,
    or_,
    select,
    update,
)  # fmt: skip
from sqlalchemy.ext.asyncio import AsyncSession

from service.domain.admission import EventName
from service.domain.admitted import Admitted, Wait
from service.domain.events.event_types import ALERTING, HEARD_WAITING, WITHDRAWAL
from service.domain.own_id import OwnId
from service.store import events_around, nobodys_events
from service.store.chunks import alike_chunks, chunks
from service.store.tables import NO_AUTHORITY, event_wait
from service.store.tables import event as events

Raw = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class WaitingRow:
    """An event that waits: its number, what it came as, whose it is, and who wrote it."""

    seq: int
    raw: Raw
    authority: str
    writer: str | None


async def of_names(session: AsyncSession, names: Collection[EventName]) -> dict[EventName, Raw]:
    """Those of these events that are stored already."""
    by_source: dict[str, list[OwnId]] = {}
    for authority, source, event_id in names:
        by_source.setdefault(source, []).append(OwnId(authority, event_id))
    stored: dict[EventName, Raw] = {}
    for source, ids in by_source.items():
        for authorities, chunk in alike_chunks(ids):
            names_in_chunk = {"source": source, "ids": chunk, "authorities": authorities}
            rows = await session.execute(_OF_NAMES, names_in_chunk)
            stored.update({(row[0], source, row[1]): row[2] for row in rows})
    return stored


async def add(
    session: AsyncSession, admitted: Sequence[Admitted], received_at: datetime, token: str | None = None
) -> None:
    """Append events, which came with this token. An `IntegrityError` when one of them was stored in the meantime."""
    came = {"received_at": received_at, "token": token}
    ready = [_values(admission) | came for admission in admitted if not admission.waits]
    if ready:
        await session.execute(insert(events), ready)
    for admission in admitted:
        if admission.waits:
            row = _values(admission) | came
            seq = await session.scalar(insert(events).values(row).returning(events.c.seq))
            await session.execute(
                insert(event_wait),
                [
                    {"seq": seq, "authority": admission.authority, "kind": wait.kind, "subject": wait.subject.id}
                    for wait in admission.waits
                ],
            )


async def waiting_for(session: AsyncSession, waits: Collection[Wait]) -> list[WaitingRow]:
    """The events that wait for one of these, in the order in which they came."""
    waiting_rows: dict[int, WaitingRow] = {}
    for (authority, kind), names in _by_authority(waits).items():
        for chunk in chunks(names):
            rows = await session.execute(_WAITING_FOR, {"kind": kind, "names": chunk, "authority": authority})
            for seq, raw, writer in rows:
                waiting_rows.setdefault(seq, WaitingRow(seq, raw, authority, writer))
    return [waiting_rows[seq] for seq in sorted(waiting_rows)]


def _by_authority(waits: Collection[Wait]) -> dict[tuple[str, str], list[str]]:
    names: dict[tuple[str, str], list[str]] = {}
    for wait in waits:
        names.setdefault((wait.subject.authority, wait.kind), []).append(wait.subject.id)
    return names


async def waits_of(session: AsyncSession, rows: Collection[WaitingRow]) -> dict[int, set[Wait]]:
    """All that each of these events still waits for; one that waits for nothing any more is missing."""
    authorities = {row.seq: row.authority for row in rows}
    waits: dict[int, set[Wait]] = {}
    for chunk in chunks(authorities):
        whose = event_wait.c.authority.in_({NO_AUTHORITY, *authorities.values()})
        columns = (event_wait.c.seq, event_wait.c.authority, event_wait.c.kind, event_wait.c.subject)
        for seq, authority, kind, subject in await session.execute(
            select(*columns).where(event_wait.c.seq.in_(chunk), whose)
        ):
            if authority in (NO_AUTHORITY, authorities[seq]):  # else another has got what was nobody's
                waits.setdefault(seq, set()).add(Wait(kind, OwnId(authorities[seq], subject)))
    return waits


async def stop_waiting(session: AsyncSession, seq: int, wait: Wait) -> None:
    """Strike out one thing that an event waits for: the event belongs to the authority that introduced it."""
    authority, subject = wait.subject
    await nobodys_events.give(session, seq, authority)
    event_row = (event_wait.c.seq == seq, event_wait.c.authority == authority)
    struck_out = (event_wait.c.kind == wait.kind, event_wait.c.subject == subject)
    await session.execute(delete(event_wait).where(*event_row, *struck_out))


async def release(session: AsyncSession, seq: int, released: Admitted) -> None:
    """Let an event take effect that waits for nothing any more."""
    event_row = (events.c.seq == seq, events.c.authority == released.authority)
    await session.execute(update(events).where(*event_row).values(waiting=False, about=released.about))


async def of_plan(session: AsyncSession, plan: OwnId) -> list[Raw]:
    """All events about one plan that are in effect, withdrawals included."""
    statement = select(events.c.raw).where(*_about_plan(plan), ~events.c.waiting)
    return list(await session.scalars(statement.order_by(events.c.seq)))


async def alerting(session: AsyncSession, plan: OwnId) -> list[Raw]:
    """The events that raise or end alerts on a plan, and wait for its introduction."""
    waits = (events.c.waiting, events.c.type.in_(sorted(ALERTING)))
    same_plan = (events.c.subject == plan.id, events.c.authority == plan.authority)
    return list(await session.scalars(select(events.c.raw).where(*same_plan, *waits).order_by(events.c.seq)))


async def waiting_with(session: AsyncSession, plan: OwnId) -> list[Raw]:
    """The events that wait, and that a look at a plan which is not introduced must know of.

    They may protect somebody, change a role of somebody unknown, or withdraw what does. The plan without a reference
    stands for the authority's people.
    """
    of_plan = (events.c.about == "plan", events.c.subject == plan.id)
    whose = (events.c.waiting, events.c.authority == plan.authority)
    of_people = (events.c.about.in_(("person", "authority")),)
    heard = and_(events.c.type.in_(_HEARD_WAITING), *(of_plan if plan.id else of_people))
    withdrawing = and_(events.c.type == WITHDRAWAL, *((events.c.subject == plan.id,) if plan.id else ()))
    statement = select(events.c.raw).where(*whose, or_(heard, withdrawing))
    return list(await session.scalars(statement.order_by(events.c.seq)))


async def received_after(session: AsyncSession, plan: OwnId, moment: datetime) -> set[tuple[str, str]]:
    """The events about one plan, by source and id, that were received after a moment."""
    statement = select(events.c.source, events.c.id).where(*_about_plan(plan), events.c.received_at > moment)
    return {(source, event_id) for source, event_id in await session.execute(statement)}


async def recorded_after(session: AsyncSession, moment: datetime) -> list[tuple[str, Raw]]:
    """The events about plans that their sources recorded after a moment, each behind its authority."""
    statement = select(events.c.authority, events.c.raw).where(events.c.time > moment, events.c.about == "plan")
    return [(authority, raw) for authority, raw in await session.execute(statement.where(~events.c.waiting))]


async def of_persons(session: AsyncSession, persons: Collection[OwnId]) -> list[Raw]:
    """All events about some persons that are in effect: records, decisions, absences."""
    return [json.loads(stored) for stored in await events_around.of_persons(session, persons)]


async def of_authority(session: AsyncSession, authority: str) -> list[Raw]:
    """The events about a whole authority: who holds which role."""
    return list(await session.scalars(_OF_AUTHORITY, {"authority": authority}))


async def with_ids(session: AsyncSession, authority: str, ids: Collection[str]) -> list[Raw]:
    """The events of an authority that have one of these ids, whatever their sources, in the order of their coming."""
    raws: list[Raw] = []
    for chunk in chunks(ids):
        these = (events.c.id.in_(chunk), events.c.authority == authority)
        raws += list(await session.scalars(select(events.c.raw).where(*these).order_by(events.c.seq)))
    return raws


async def authority_wide(session: AsyncSession, ids: Collection[str]) -> list[OwnId]:
    """Those of these ids that belong to events about whole authorities, each with the authority."""
    own_ids: list[OwnId] = []
    for chunk in chunks(ids):
        rows = await session.execute(
            select(events.c.authority, events.c.id).where(events.c.about == "authority", events.c.id.in_(chunk))
        )
        own_ids += [OwnId(authority, event_id) for authority, event_id in rows if authority != NO_AUTHORITY]
    return own_ids


async def counts(session: AsyncSession) -> tuple[int, int]:
    """How many events are stored, and how many of them wait."""
    stored = await session.scalar(select(func.max(events.c.seq)))
    waiting = await session.scalar(select(func.count(event_wait.c.seq.distinct())))
    return stored or 0, waiting or 0


_HEARD_WAITING = sorted(HEARD_WAITING)
# Built once: building such a statement takes longer than running it.
_OF_NAMES = select(events.c.authority, events.c.id, events.c.raw).where(
    events.c.source == bindparam("source"),
    events.c.id.in_(bindparam("ids", expanding=True)),
    events.c.authority.in_(bindparam("authorities", expanding=True)),
)
_WAITING_FOR = (
    select(events.c.seq, events.c.raw, events.c.writer)
    .join_from(event_wait, events)
    .where(event_wait.c.kind == bindparam("kind"), event_wait.c.subject.in_(bindparam("names", expanding=True)))
    .where(event_wait.c.authority.in_((bindparam("authority"), literal(NO_AUTHORITY))))
)
_OF_AUTHORITY = (
    select(events.c.raw)
    .where(events.c.about == "authority", events.c.authority == bindparam("authority"), ~events.c.waiting)
    .order_by(events.c.seq)
)


def _about_plan(plan: OwnId) -> tuple[ColumnElement[bool], ...]:
    return (events.c.about == "plan", events.c.subject == plan.id, events.c.authority == plan.authority)


def _values(admitted: Admitted) -> dict[str, object]:
    event = admitted.event
    return {
        "source": event.source,
        "id": event.id,
        "type": event.type,
        "subject": event.subject,
        "about": admitted.about,
        "authority": admitted.authority,
        "writer": admitted.writer,
        "time": event.time,
        "raw": event.raw,
        "fingerprint": admitted.fingerprint,
        "waiting": bool(admitted.waits),
    }

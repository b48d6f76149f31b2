"""Events: the facts, appended and never changed."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, bindparam, delete, func, insert, or_, select, true, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession

from service.domain.admission import Admitted, EventName, Wait
from service.domain.events.event_types import BEAR_ON_PEOPLE
from service.domain.offices import SAY_WHO_SERVES
from service.store.chunks import chunks
from service.store.tables import event as events
from service.store.tables import event_wait, person_number, plan_person

Raw = Mapping[str, Any]
# So many plans say of a person who has left some of them whether they still serve.
_MOST_PLANS = 200


@dataclass(frozen=True, slots=True)
class WaitingRow:
    """An event that waits: its number, what it came as, and who wrote it."""

    seq: int
    raw: Raw
    writer: str | None


async def of_names(session: AsyncSession, names: Collection[EventName]) -> dict[EventName, Raw]:
    """Those of these events that are stored already."""
    stored: dict[EventName, Raw] = {}
    for chunk in chunks(names):
        rows = await session.execute(
            select(events.c.source, events.c.id, events.c.raw).where(tuple_(events.c.source, events.c.id).in_(chunk))
        )
        stored.update({(source, event_id): raw for source, event_id, raw in rows})
    return stored


async def add(session: AsyncSession, admitted: Sequence[Admitted], received_at: datetime) -> None:
    """Append events. An `IntegrityError` when one of them was stored in the meantime."""
    ready = [_values(admission, received_at) for admission in admitted if not admission.waits]
    if ready:
        await session.execute(insert(events), ready)
    for admission in admitted:
        if admission.waits:
            seq = await session.scalar(insert(events).values(_values(admission, received_at)).returning(events.c.seq))
            await session.execute(
                insert(event_wait),
                [{"seq": seq, "kind": wait.kind, "subject": wait.subject} for wait in admission.waits],
            )


async def waiting_for(session: AsyncSession, waits: Collection[Wait]) -> list[WaitingRow]:
    """The events that wait for one of these, in the order in which they came."""
    waiting_rows: dict[int, WaitingRow] = {}
    for chunk in chunks(waits):
        rows = await session.execute(
            select(events.c.seq, events.c.raw, events.c.writer)
            .join_from(event_wait, events, event_wait.c.seq == events.c.seq)
            .where(tuple_(event_wait.c.kind, event_wait.c.subject).in_([(wait.kind, wait.subject) for wait in chunk]))
        )
        waiting_rows.update({row[0]: WaitingRow(*row) for row in rows})
    return [waiting_rows[seq] for seq in sorted(waiting_rows)]


async def waits_of(session: AsyncSession, seqs: Collection[int]) -> dict[int, set[Wait]]:
    """All that each of these events still waits for; one that waits for nothing any more is missing."""
    waits: dict[int, set[Wait]] = {}
    for chunk in chunks(seqs):
        rows = await session.execute(
            select(event_wait.c.seq, event_wait.c.kind, event_wait.c.subject).where(event_wait.c.seq.in_(chunk))
        )
        for seq, kind, subject in rows:
            waits.setdefault(seq, set()).add(Wait(kind, subject))
    return waits


async def stop_waiting(session: AsyncSession, seq: int, wait: Wait) -> None:
    """Strike out one thing that an event waits for."""
    await session.execute(
        delete(event_wait).where(
            event_wait.c.seq == seq, event_wait.c.kind == wait.kind, event_wait.c.subject == wait.subject
        )
    )


async def release(session: AsyncSession, seq: int, released: Admitted) -> None:
    """Let an event take effect that waits for nothing any more."""
    place = {"about": released.about, "authority": released.authority}
    await session.execute(update(events).where(events.c.seq == seq).values(waiting=False, **place))


async def of_plan(session: AsyncSession, plan: str) -> list[Raw]:
    """All events about one plan that are in effect, withdrawals included."""
    statement = select(events.c.raw).where(events.c.about == "plan", events.c.subject == plan, ~events.c.waiting)
    return list(await session.scalars(statement.order_by(events.c.seq)))


async def around_plan(session: AsyncSession, plan: str, authority: str) -> tuple[list[Raw], list[Raw]]:
    """The events about one plan, and those about its people and the authority's roles. This is one question."""
    own: list[Raw] = []
    people: list[Raw] = []
    for about, raw in await session.execute(_AROUND_PLAN, {"plan": plan, "authority": authority}):
        (own if about == "plan" else people).append(raw)
    return own, people


async def received_after(session: AsyncSession, plan: str, moment: datetime) -> set[EventName]:
    """The events about one plan that were received after a moment."""
    statement = select(events.c.source, events.c.id).where(
        events.c.about == "plan", events.c.subject == plan, events.c.received_at > moment
    )
    return {(source, event_id) for source, event_id in await session.execute(statement)}


async def recorded_after(session: AsyncSession, moment: datetime) -> list[Raw]:
    """The events about plans that their sources recorded after a moment."""
    statement = select(events.c.raw).where(events.c.time > moment, events.c.about == "plan")
    return list(await session.scalars(statement))


async def of_persons(session: AsyncSession, persons: Collection[str]) -> list[Raw]:
    """All events about some persons that are in effect: records, decisions, absences."""
    raws: list[Raw] = []
    for chunk in chunks(sorted(persons)):
        statement = select(events.c.raw).where(
            events.c.about == "person", events.c.subject.in_(chunk), ~events.c.waiting
        )
        raws += list(await session.scalars(statement.order_by(events.c.seq)))
    return raws


async def bearing_on(session: AsyncSession, persons: Collection[str]) -> list[Raw]:
    """The events of all plans that may keep texts from one of these persons, or ask one; with what is withdrawn there.

    Events of other persons on the same plans are among them.
    """
    raws: list[Raw] = []
    for chunk in chunks(sorted(persons)):
        statement = select(events.c.raw).where(
            events.c.about == "plan",
            events.c.type.in_(_BEARING),
            events.c.subject.in_(
                select(plan_person.c.plan).where(plan_person.c.person.in_(chunk), plan_person.c.bears == true())
            ),
            ~events.c.waiting,
        )
        raws += list(await session.scalars(statement.order_by(events.c.seq)))
    return raws


async def roles_elsewhere(session: AsyncSession, plan: str, persons: Collection[str]) -> list[Raw]:
    """The events that say who serves on the other plans where one of these was given a role: on the newest of them."""
    subjects: set[str] = set()
    for person_id in sorted(persons):
        naming = select(plan_person.c.plan).where(plan_person.c.person == person_id)
        statement = select(events.c.subject).where(
            events.c.about == "plan",
            events.c.type == "role.assigned",
            events.c.subject.in_(naming),
            events.c.subject != plan,
            events.c.raw["data"]["person"].as_string() == person_id,
            ~events.c.waiting,
        )
        newest = statement.group_by(events.c.subject).order_by(func.max(events.c.seq).desc()).limit(_MOST_PLANS)
        subjects.update(await session.scalars(newest))
    raws: list[Raw] = []
    for chunk in chunks(sorted(subjects)):
        serving = select(events.c.raw).where(
            events.c.about == "plan", events.c.subject.in_(chunk), events.c.type.in_(SAY_WHO_SERVES), ~events.c.waiting
        )
        raws += list(await session.scalars(serving.order_by(events.c.seq)))
    return raws


async def of_authorities(session: AsyncSession, authorities: Collection[str]) -> list[Raw]:
    """The events about whole authorities: who holds which role."""
    statement = select(events.c.raw).where(
        events.c.about == "authority", events.c.authority.in_(authorities), ~events.c.waiting
    )
    return list(await session.scalars(statement.order_by(events.c.seq)))


async def authority_wide(session: AsyncSession, ids: Collection[str]) -> dict[str, str]:
    """Those of these ids that belong to events about whole authorities, each with the authority."""
    authority_of: dict[str, str] = {}
    for chunk in chunks(ids):
        rows = await session.execute(
            select(events.c.id, events.c.authority).where(events.c.about == "authority", events.c.id.in_(chunk))
        )
        authority_of.update({event_id: authority for event_id, authority in rows if authority is not None})
    return authority_of


async def counts(session: AsyncSession) -> tuple[int, int]:
    """How many events are stored, and how many of them wait."""
    stored = await session.scalar(select(func.max(events.c.seq)))
    waiting = await session.scalar(select(func.count(event_wait.c.seq.distinct())))
    return stored or 0, waiting or 0


_BEARING = sorted({*BEAR_ON_PEOPLE, "event.withdrawn"})
_named = select(plan_person.c.person).where(plan_person.c.plan == bindparam("plan"))
# Other persons who have or had the same number: what stands against one of them may keep texts from all of them.
_sharing_a_number = select(person_number.c.person).where(
    person_number.c.number.in_(select(person_number.c.number).where(person_number.c.person.in_(_named)))
)
# Built once: building this statement takes longer than running it.
_AROUND_PLAN = (
    select(events.c.about, events.c.raw)
    .where(
        or_(
            and_(events.c.about == "plan", events.c.subject == bindparam("plan")),
            and_(events.c.about == "authority", events.c.authority == bindparam("authority")),
            and_(
                events.c.about == "person",
                or_(events.c.subject.in_(_named), events.c.subject.in_(_sharing_a_number)),
            ),
        ),
        ~events.c.waiting,
    )
    .order_by(events.c.seq)
)


def _values(admitted: Admitted, received_at: datetime) -> dict[str, object]:
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
        "received_at": received_at,
        "raw": event.raw,
        "fingerprint": admitted.fingerprint,
        "waiting": bool(admitted.waits),
    }

"""Receive events: on disk, and in effect, before anybody is told that they were taken."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from config import wakeup
from config.database import Sessions, transact
from service.domain.admission import (
    NOT_INTRODUCED,
    Admitted,
    Duplicate,
    EventName,
    Intake,
    Known,
    Refusal,
    Rejected,
    Touched,
    Verdict,
    Waiting,
    not_introduced,
    take_in,
    waits_settled_by,
)
from service.domain.calendar import local_day
from service.domain.events.event import Event, EventFault, introduces, mentions, needs, parse_event, stored_event
from service.domain.events.event_types import NOT_AHEAD
from service.domain.events.fingerprint import fingerprint_of_stored
from service.domain.events.payloads.people import PersonRecorded
from service.domain.events.payloads.plans import EventWithdrawn
from service.domain.events.slip import Slip, plain_slips
from service.domain.fact import fact_of
from service.domain.keys.problems import ConflictKey, TimeAheadKey
from service.domain.policy import PolicyBook
from service.domain.telling.records import Problem
from service.store import advisory_locks, bad_addresses, events, persons, plans, problems
from service.use_cases.looks.look_at_plan import look_safely

TIME_AHEAD = "time_ahead"
EVENT_CONFLICT = "event_conflict"
_CLOCKS_MAY_DIFFER = timedelta(minutes=5)
# More plans than this are left to the next tick: nobody waits for an answer while a thousand plans are looked at.
LOOKS_AT_ONCE = 20


@dataclass(frozen=True, slots=True)
class Warned:
    """Something in an event that was taken which has no effect, or looks like a slip: it will be a problem."""

    id: str
    field: str
    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class Received:
    """The outcome of events that came together, each counted once. `rejected` keep the order and places of `raws`."""

    accepted: int
    duplicates: int
    waiting: int
    rejected: tuple[tuple[int, Rejected], ...]
    # What looks like a slip in what was taken, as far as that is plain at once.
    warnings: tuple[Warned, ...] = ()

    @property
    def taken(self) -> bool:
        """Whether any of them is stored, now or since before."""
        return self.accepted + self.duplicates + self.waiting > 0


async def receive_events(
    sessions: Sessions,
    book: PolicyBook,
    now: datetime,
    raws: Sequence[object],
    writer: str | None = None,
    looks: int = LOOKS_AT_ONCE,
) -> Received:
    """Take events in one transaction, together with what follows from them.

    `writer` is the authority whose events alone may be written (None: any); `looks` is the number of plans that are
    looked at before the answer, the rest is left to the next tick. Nothing is stored of what is rejected.
    """
    read = [_read(raw, book) for raw in raws]
    new = [item for item in read if isinstance(item, Event)]

    # Where another process stores one of these events while we decide, everything is rolled back, and decided again
    # the event is a duplicate. Where the connection is lost in the end, nobody knows whether they are stored: sent
    # again, they are taken or duplicates.
    async def take(session: AsyncSession) -> tuple[Sequence[Verdict], Sequence[Slip]]:
        await advisory_locks.take(session, *_names(new))
        return await _take(session, book, now, new, writer, looks)

    verdicts, slips = await transact(sessions, take)
    left = iter(verdicts)
    summary = _summary([item if isinstance(item, Rejected) else next(left) for item in read])
    return replace(summary, warnings=tuple(_warnings(verdicts, slips, now)))


def _names(new: Sequence[Event]) -> tuple[set[str], set[str]]:
    """The plans, persons and authorities, and events without a plan, by which these events may meet with others.

    First those of which they change what others see, then those that they only name.
    """
    own: set[str] = set()
    named: set[str] = set()
    for event in new:
        # A STOP counts on every plan that names who sent it.
        (own if event.type == "check_in.replied" else named).update(mentions(event))
        if event.subject is not None:
            own.add(event.subject)
        if event.subject is None or introduces(event):
            own |= {event.id, *_texts(event, "event")}
            (named if introduces(event) else own).update(_texts(event, "authority"))
    return own, named


def _texts(event: Event, *fields: str) -> list[str]:
    """What stands in these fields of an event's data, as far as it has them."""
    return [value for field in fields if isinstance(value := getattr(event.data, field, None), str)]


def _read(raw: object, book: PolicyBook) -> Event | Rejected:
    try:
        return parse_event(raw, book.authorities)
    except EventFault as fault:
        return Rejected.of(fault)
    except OverflowError:  # a moment within hours of the years 1 and 9999, which has no UTC
        return Rejected(None, "event", "holds a moment outside the calendar")


def _summary(verdicts: Sequence[Verdict]) -> Received:
    admitted = [verdict for verdict in verdicts if isinstance(verdict, Admitted)]
    waiting = sum(1 for accepted in admitted if accepted.waits)
    return Received(
        accepted=len(admitted) - waiting,
        duplicates=sum(1 for verdict in verdicts if isinstance(verdict, Duplicate)),
        waiting=waiting,
        rejected=tuple((place, verdict) for place, verdict in enumerate(verdicts) if isinstance(verdict, Rejected)),
    )


async def _take(
    session: AsyncSession, book: PolicyBook, now: datetime, new: Sequence[Event], writer: str | None, looks: int
) -> tuple[Sequence[Verdict], Sequence[Slip]]:
    prior = await _known(session, book, new)
    intake = take_in(new, prior, writer, now)
    await _keep(session, new, intake, now)
    slips = await _follow(session, book, now, intake.touched, looks)
    if intake.effective:
        await wakeup.send(session)
    return intake.verdicts, slips


async def _known(session: AsyncSession, book: PolicyBook, new: Sequence[Event]) -> Known:
    """All that is stored and bears on whether these events are taken, and on what they bring into effect."""
    waiting = await _waiting(session, book, new)
    concerned = [*new, *(waiting_event.event for waiting_event in waiting)]
    uids: set[EventName] = {(event.source, event.id) for event in new}
    subjects = {event.subject for event in concerned if event.subject is not None}
    named = {subject for event in new for kind, subject in needs(event) if kind == "person"}
    withdrawn = {event.data.event for event in new if event.subject is None and isinstance(event.data, EventWithdrawn)}
    same_names = await events.of_names(session, uids)
    prior = Known(
        authorities=book.authorities,
        fingerprints={name: fingerprint_of_stored(raw, book.authorities) for name, raw in same_names.items()},
        plans=await plans.authorities(session, subjects),
        persons=await persons.authorities(session, subjects | named),
        authority_wide=await events.authority_wide(session, withdrawn),
    )
    for waiting_event in waiting:
        prior.keep_waiting(waiting_event)
    return prior


async def _waiting(session: AsyncSession, book: PolicyBook, new: Sequence[Event]) -> list[Waiting]:
    """The stored events that wait for what these may introduce."""
    rows = await events.waiting_for(session, waits_settled_by(new))
    if not rows:
        return []
    parsed = [(row, stored_event(row.raw, book.authorities)) for row in rows]
    # One may wait for two things that two processes introduce: what it waits for still is read when it is our turn.
    await advisory_locks.take(session, *_names([event for _, event in parsed]))
    waits = await events.waits_of(session, [row.seq for row in rows])
    return [Waiting(row.seq, event, row.writer, waits[row.seq]) for row, event in parsed if row.seq in waits]


async def _keep(session: AsyncSession, new: Sequence[Event], intake: Intake, now: datetime) -> None:
    """Write down what was decided: events, introductions, what waits and what does so no more, and problems."""
    await _introduce(session, intake.admitted)
    await events.add(session, intake.admitted, now)
    for seq, wait in intake.settled:
        await events.stop_waiting(session, seq, wait)
    for seq, released in intake.released:
        await events.release(session, seq, released)
    await problems.mended(session, [not_introduced(released, now).key for _, released in intake.released])
    await problems.add(session, [not_introduced(accepted, now) for accepted in intake.admitted if accepted.waits])
    await problems.add(session, [*_ahead(intake.verdicts, now), *_conflicts(new, intake.verdicts, now)])


async def _introduce(session: AsyncSession, admitted: Sequence[Admitted]) -> None:
    new_plans: dict[str, str] = {}
    new_persons: dict[str, PersonRecorded] = {}
    for accepted in sorted(admitted, key=lambda accepted: accepted.event.time):
        match introduces(accepted.event):
            case ("plan", plan):
                new_plans[plan] = str(accepted.authority)
            case ("person", person) if isinstance(accepted.event.data, PersonRecorded):
                new_persons[person] = accepted.event.data
    await plans.introduce(session, new_plans)
    await persons.introduce(session, new_persons)
    records = ((accepted.event.subject, accepted.event.data) for accepted in admitted)
    numbers = [
        (str(person), record.mobile)
        for person, record in records
        if isinstance(record, PersonRecorded) and record.mobile is not None
    ]
    await persons.had_numbers(session, numbers)
    await bad_addresses.recorded(session, new_persons)


def _warnings(verdicts: Sequence[Verdict], slips: Sequence[Slip], now: datetime) -> Iterator[Warned]:
    """What is plain at once of the events that came, each said once."""
    came = {verdict.event.uid: verdict for verdict in verdicts if isinstance(verdict, Admitted)}
    seen = {(slip.event.uid, slip.code): slip for slip in slips if slip.event.uid in came}
    for uid, accepted in came.items():
        for slip in plain_slips(accepted.event):
            seen.setdefault((uid, slip.code), slip)
        yield from _at_odds_with_now(accepted, now)
    for slip in seen.values():
        yield Warned(slip.event.id, slip.field, slip.code, slip.detail)


def _at_odds_with_now(accepted: Admitted, now: datetime) -> Iterator[Warned]:
    event = accepted.event
    if event.raw.get("timegiven") is not None and accepted.event.time <= now:
        yield Warned(event.id, "time", TIME_AHEAD, "lies in the future; the event counts from now")
    if event.type in NOT_AHEAD and fact_of(event).day > local_day(now):
        yield Warned(event.id, "data.on", TIME_AHEAD, "the day on which it happened is still to come; check the date")
    for wait in accepted.waits:
        field = "subject" if wait.subject == event.subject else "data.person"
        detail = "is not introduced yet: the event is kept, and has no effect until then"
        yield Warned(event.id, field, NOT_INTRODUCED, detail)


def _ahead(verdicts: Sequence[Verdict], now: datetime) -> Iterable[Problem]:
    """What a person must mend: a clock that writes what is still to come. One for each source and day."""
    came = [verdict.event for verdict in verdicts if isinstance(verdict, Admitted)]
    events_ahead = [event for event in came if event.time > now + _CLOCKS_MAY_DIFFER]
    by_source = {event.source: event for event in events_ahead}
    for source, event in by_source.items():
        detail = f"{event.type} {event.id}: its time lay in the future; it counts from when it came"
        yield Problem(str(TimeAheadKey(source, now.date())), now, None, TIME_AHEAD, detail)


def _conflicts(new: Sequence[Event], verdicts: Sequence[Verdict], now: datetime) -> Iterable[Problem]:
    """What a person must look into: what the second of two events with one name said is not known here."""
    for event, verdict in zip(new, verdicts, strict=True):
        if isinstance(verdict, Rejected) and verdict.refusal is Refusal.CONFLICT:
            detail = f"{event.type} {event.id} came again with other content, and was refused"
            yield Problem(str(ConflictKey(event.uid)), now, None, EVENT_CONFLICT, detail)


async def _follow(
    session: AsyncSession, book: PolicyBook, now: datetime, touched: Touched, looks: int
) -> Sequence[Slip]:
    """Look at the plans that events touch, or have them looked at with the next tick. Gives the slips seen."""
    await persons.name_in_plans(session, touched.named)
    await persons.bear_on(session, touched.bearing)
    authorities = touched.authorities | await _authorities_served_by(session, touched.persons)
    around = await persons.ever_sharing(session, touched.persons)
    to_look_at = touched.plans | await persons.plans_naming(session, around)
    at_once = sorted(to_look_at)[:looks]
    await plans.mark_due(session, to_look_at - set(at_once), now)
    await plans.mark_authorities_due(session, authorities, now)
    outcomes = [await look_safely(session, book, plan, now) for plan in at_once]
    return [slip for outcome in outcomes if outcome is not None for slip in outcome.slips]


async def _authorities_served_by(session: AsyncSession, touched: frozenset[str]) -> set[str]:
    """The authorities for which one of these persons holds a role, on no plan in particular."""
    authorities = set((await persons.authorities(session, touched)).values())
    roles = await events.of_authorities(session, authorities) if authorities else []
    return {raw["data"]["authority"] for raw in roles if raw["data"].get("person") in touched}

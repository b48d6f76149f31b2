"""Receive events: on disk, and in effect, before anybody is told that they were taken."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import chain

from sqlalchemy.ext.asyncio import AsyncSession

from config import wakeup
from config.database import Sessions, transact, wait_as_a_write
from service.domain.admission import (
    Duplicate,
    EventName,
    Intake,
    Known,
    Refusal,
    Rejected,
    Verdict,
    Waiting,
    may_settle,
    not_introduced,
    take_in,
)
from service.domain.admitted import Admitted
from service.domain.events.belonging import may_belong_to
from service.domain.events.event import Event, EventFault, introduces, mentions, parse_event, stored_event
from service.domain.events.event_types import BREACH
from service.domain.events.fingerprint import fingerprint_of_stored
from service.domain.events.payloads.people import PersonRecorded
from service.domain.events.payloads.plans import EventWithdrawn
from service.domain.events.slip import Slip
from service.domain.keys.problems import ConflictKey, TimeAheadKey
from service.domain.own_id import NO_PLAN, OwnId
from service.domain.policy import PolicyBook
from service.domain.telling.records import Problem
from service.store import advisory_locks, bad_addresses, events, persons, plans, problems
from service.use_cases.intake.warned import TIME_AHEAD, Warned, warnings_about
from service.use_cases.looks.look_at_plan import look_at_several

EVENT_CONFLICT = "event_conflict"
_CLOCKS_MAY_DIFFER = timedelta(minutes=5)
_WHOLE = ""  # among the names of an authority: itself
# More plans than this are left to the next tick: nobody waits for an answer while a thousand plans are looked at.
LOOKS_AT_ONCE = 20


@dataclass(frozen=True, slots=True)
class Received:
    """The outcome of events that came together, each counted once; with the places that events have among `raws`."""

    accepted: int
    duplicates: int
    waiting: int
    rejected: tuple[tuple[int, Rejected], ...]
    # What looks like a slip in what was taken, as far as that is plain at once.
    warnings: tuple[tuple[int, Warned], ...] = ()

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
    token: str | None = None,
) -> Received:
    """Take events in one transaction, together with what follows from them.

    `writer` is the authority whose events alone may be written (None: any), and `token` the name of the token that says
    so; `looks` is the number of plans that are looked at before the answer, the rest is left to the next tick. Nothing
    is stored of what is rejected.
    """
    [received] = await receive_together(sessions, book, now, [raws], writer, looks, token)
    return received


async def receive_together(
    sessions: Sessions,
    book: PolicyBook,
    now: datetime,
    submissions: Sequence[Sequence[object]],
    writer: str | None = None,
    looks: int = LOOKS_AT_ONCE,
    token: str | None = None,
) -> list[Received]:
    """The same for what one sender submitted several times, in this order and in one transaction; an outcome for each.

    An event that two of them hold is a duplicate in the second, as if they had come one after the other. `looks` counts
    for each of them: what comes together is in effect when it is answered, as far as it would be by itself.
    """
    read = [[_read(raw, book) for raw in raws] for raws in submissions]
    new = [item for item in chain.from_iterable(read) if isinstance(item, Event)]

    # Where another process stores one of these events while we decide, everything is rolled back, and decided again
    # the event is a duplicate. Where the connection is lost in the end, nobody knows whether they are stored: sent
    # again, they are taken or duplicates.
    async def take(session: AsyncSession) -> tuple[Sequence[Verdict], Sequence[Slip]]:
        if advisory_locks.are_taken(session):
            await advisory_locks.take(session, *_names(new, book.authorities, writer))
        return await _take(session, book, now, new, writer, looks * len(submissions), token)

    verdicts, slips = await transact(sessions, take)
    left = iter(verdicts)
    in_place = [[item if isinstance(item, Rejected) else next(left) for item in items] for items in read]
    return [replace(_summary(own), warnings=tuple(warnings_about(own, slips, now))) for own in in_place]


def _names(new: Sequence[Event], authorities: frozenset[str], writer: str | None) -> tuple[set[OwnId], set[OwnId]]:
    """The plans, persons and authorities, and events without a plan, by which these events may meet with others.

    First those of which they change what others see, then those that they only name. Each is its authority's; where
    that is not known yet, it is every authority's.
    """
    own: set[OwnId] = set()
    named: set[OwnId] = set()
    for event in new:
        changed, only_named = _names_of(event)
        for authority in may_belong_to(event, authorities, writer):
            own |= {OwnId(authority, name) for name in changed}
            named |= {OwnId(authority, name) for name in only_named}
    return own, named


def _names_of(event: Event) -> tuple[set[str], set[str]]:
    own: set[str] = set()
    named: set[str] = set()
    # A STOP counts on every plan that names who sent it.
    (own if event.type == "check_in.replied" else named).update(mentions(event))
    if event.subject is not None:
        own.add(event.subject)
    if event.subject is None or introduces(event):
        withdrawn = getattr(event.data, "event", None)
        own |= {event.id} | ({withdrawn} if isinstance(withdrawn, str) else set())
        (named if introduces(event) else own).add(_WHOLE)
    return own, named


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
    session: AsyncSession,
    book: PolicyBook,
    now: datetime,
    new: Sequence[Event],
    writer: str | None,
    looks: int,
    token: str | None,
) -> tuple[Sequence[Verdict], Sequence[Slip]]:
    prior = await _known(session, book, new, writer)
    intake = take_in(new, prior, writer, now)
    await _keep(session, new, intake, now, token)
    slips = await _follow(session, book, now, intake, looks)
    if intake.effective or intake.alerting or intake.strays:
        await wakeup.send(session)
    if any(isinstance(verdict, Duplicate) for verdict in intake.verdicts):
        await wait_as_a_write(session)
    return intake.verdicts, slips


async def _known(session: AsyncSession, book: PolicyBook, new: Sequence[Event], writer: str | None) -> Known:
    """All that is stored and bears on whether these events are taken, and on what they bring into effect."""
    waiting = await _waiting(session, book, new, writer)
    names: set[EventName] = set()
    own_ids = {OwnId(other.authority, other.event.subject) for other in waiting if other.event.subject is not None}
    withdrawn: set[str] = set()
    asked_of: dict[str, frozenset[str]] = {}  # a plan or person that is named → the authorities that may have it
    for event in new:
        authorities = may_belong_to(event, book.authorities, writer)
        for subject in mentions(event) if event.subject is None else mentions(event) | {event.subject}:
            asked_of[subject] = asked_of.get(subject, frozenset()) | authorities
        names |= {(authority, event.source, event.id) for authority in authorities}
        if event.subject is None and isinstance(event.data, EventWithdrawn):
            withdrawn.add(event.data.event)
    own_ids |= {OwnId(authority, subject) for subject, whose in asked_of.items() for authority in whose}
    same_names = await events.of_names(session, names)
    marks = {name: fingerprint_of_stored(raw, book.authorities) for name, raw in same_names.items()}
    prior = Known(book.authorities, marks)
    for plan in await plans.known(session, own_ids):
        prior.introduce("plan", plan)
    for person in await persons.known(session, own_ids):
        prior.introduce("person", person)
    for own_id in await events.authority_wide(session, withdrawn):
        prior.at_home("event", own_id)
    for waiting_event in waiting:
        prior.keep_waiting(waiting_event)
    return prior


async def _waiting(session: AsyncSession, book: PolicyBook, new: Sequence[Event], writer: str | None) -> list[Waiting]:
    """The stored events that wait for what these may introduce."""
    rows = await events.waiting_for(session, may_settle(new, book.authorities, writer))
    if not rows:
        return []
    parsed = [(row, stored_event(row.raw, book.authorities, row.authority)) for row in rows]
    # One may wait for two things that two processes introduce: what it waits for still is read when it is our turn.
    names = [_names([event], book.authorities, row.authority) for row, event in parsed]
    owns, named = zip(*names, strict=True)
    await advisory_locks.take(session, set().union(*owns), set().union(*named))
    waits = await events.waits_of(session, rows)
    return [
        Waiting(row.seq, event, row.authority, row.writer, waits[row.seq]) for row, event in parsed if row.seq in waits
    ]


async def _keep(session: AsyncSession, new: Sequence[Event], intake: Intake, now: datetime, token: str | None) -> None:
    """Write down what was decided: events, introductions, what waits and what does so no more, and problems."""
    await _introduce(session, intake.admitted)
    await events.add(session, intake.admitted, now, token)
    for seq, wait in intake.settled:
        await events.stop_waiting(session, seq, wait)
    for seq, released in intake.released:
        await events.release(session, seq, released)
    for _, released in intake.released:
        await problems.mended(session, [not_introduced(released, now).key], released.authority)
    await problems.add(session, [not_introduced(accepted, now) for accepted in intake.admitted if accepted.waits])
    await problems.add(session, intake.problems(now))
    await problems.add(session, [*_ahead(intake.verdicts, now), *_conflicts(new, intake.verdicts, now, token)])


async def _introduce(session: AsyncSession, admitted: Sequence[Admitted]) -> None:
    new_plans: dict[OwnId, None] = {}
    new_persons: dict[OwnId, PersonRecorded] = {}
    for accepted in sorted(admitted, key=lambda accepted: accepted.event.time):
        match introduces(accepted.event):
            case ("plan", _):
                new_plans[accepted.subject] = None
            case ("person", _) if isinstance(accepted.event.data, PersonRecorded):
                new_persons[accepted.subject] = accepted.event.data
    await plans.introduce(session, new_plans)
    await persons.introduce(session, new_persons)
    records = ((accepted.subject, accepted.event.data) for accepted in admitted)
    numbers = [
        (person, record.mobile)
        for person, record in records
        if isinstance(record, PersonRecorded) and record.mobile is not None
    ]
    await persons.had_numbers(session, numbers)
    await bad_addresses.recorded(session, new_persons)


def _ahead(verdicts: Sequence[Verdict], now: datetime) -> Iterable[Problem]:
    """What a person must mend: a clock that writes what is still to come. One for each source and day."""
    came = [verdict for verdict in verdicts if isinstance(verdict, Admitted)]
    ahead = [accepted for accepted in came if accepted.event.time > now + _CLOCKS_MAY_DIFFER]
    by_source = {(accepted.authority, accepted.event.source): accepted.event for accepted in ahead}
    for (authority, source), event in by_source.items():
        detail = f"{event.type} {event.id}: its time lay in the future; it counts from when it came"
        yield Problem(str(TimeAheadKey(source, now.date())), now, authority, None, TIME_AHEAD, detail)


def _conflicts(
    new: Sequence[Event], verdicts: Sequence[Verdict], now: datetime, token: str | None
) -> Iterable[Problem]:
    """What a person must look into: what the second of two events with one name said is not known here."""
    sender = f" by token {token}" if token else ""
    for event, verdict in zip(new, verdicts, strict=True):
        if isinstance(verdict, Rejected) and verdict.refusal is Refusal.CONFLICT:
            detail = f"{event.type} {event.id} came again with other content{sender}, and was refused"
            yield Problem(str(ConflictKey(event.uid)), now, verdict.authority, None, EVENT_CONFLICT, detail)


async def _follow(session: AsyncSession, book: PolicyBook, now: datetime, intake: Intake, looks: int) -> Sequence[Slip]:
    """Look at the plans that events touch, or have them looked at with the next tick. Gives the slips seen.

    What is pressing comes first, whoever else's events came with it: an alert waits behind nothing.
    """
    touched, pressing = intake.touched, intake.pressing
    strays = {accepted.looked_at_with for accepted in intake.strays}
    await plans.expect(session, {accepted.subject for accepted in intake.alerting if accepted.event.type == BREACH})
    await plans.expect(session, strays)
    await persons.name_in_plans(session, touched.named | _named_by_strays(intake))
    await persons.bear_on(session, touched.bearing)
    authorities = touched.authorities | await _authorities_served_by(session, touched.persons)
    around = await persons.ever_sharing(session, touched.persons)
    to_look_at = touched.plans | strays | await persons.plans_naming(session, around)
    at_once = [*sorted(pressing), *sorted(to_look_at - pressing)][:looks]
    await plans.mark_due(session, (to_look_at | pressing) - set(at_once), now)
    await plans.mark_authorities_due(session, authorities, now)
    return [slip for outcome in await look_at_several(session, book, at_once, now) for slip in outcome.slips]


def _named_by_strays(intake: Intake) -> set[tuple[OwnId, str]]:
    """Whom the events name that are looked at with the authority itself, so that it is looked at with news of them."""
    return {
        (accepted.looked_at_with, person)
        for accepted in intake.strays
        if accepted.looked_at_with.id == NO_PLAN
        for person in accepted.persons
    }


async def _authorities_served_by(session: AsyncSession, touched: frozenset[OwnId]) -> set[str]:
    """The authorities for the whole of which one of these persons of theirs was given a role."""
    served: set[str] = set()
    for authority in {person.authority for person in touched}:
        roles = await events.of_authority(session, authority)
        if any(OwnId(authority, raw["data"].get("person")) in touched for raw in roles):
            served.add(authority)
    return served

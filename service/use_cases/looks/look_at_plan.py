"""Look at one plan: what the facts say of it now, and what follows, in one transaction."""

import traceback
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from notifications.errors import CannotDecide
from notifications.message import Purpose
from notifications.outbox import outbox
from service.domain.calendar import local_day
from service.domain.events.event import Event, mentions, stored_event
from service.domain.events.payloads.check_ins import CheckInsStarted
from service.domain.facts import Facts
from service.domain.look import Look, look_at
from service.domain.own_id import NO_PLAN, OwnId
from service.domain.people.directory import Directory
from service.domain.policy import PolicyBook
from service.domain.policy_change import carried_over, listed_later
from service.domain.telling.asked_texts import check_ins_of
from service.domain.telling.check_ins import FellowPlan
from service.domain.telling.records import LISTENING, Handed, Heard, Ledger
from service.store import events, events_around, ledger, obligations, persons, plans, pulls
from service.store.chunks import own_chunks
from service.store.events import Raw
from service.store.plans import PlanRow
from service.use_cases.looks.keep_looks import LookOfPlan, keep_looks
from service.use_cases.looks.people_around import EventReader, people_around
from service.use_cases.looks.serving_elsewhere import serving_elsewhere
from service.use_cases.policies.follow import follow

_log = structlog.get_logger(__name__)
_FIRST_RETRY = timedelta(seconds=10)
_LAST_RETRY = timedelta(hours=1)
_SAME_MOMENT = timedelta(minutes=1)  # by which a provider's clock, which dates the answers, may be behind ours


@dataclass(frozen=True, slots=True)
class PlanFacts:
    """All that a look at a plan needs to know."""

    events: Sequence[Event]
    directory: Directory
    past: Ledger | None  # None: nobody who asked for these facts needs it, and it was not read
    # What bears on its people, on whichever plan it stands; the check-ins there too.
    on_plans: Sequence[Event] = ()
    awaits: OwnId | None = None  # a plan that is not introduced yet: `events` are what bears on its alerts
    waiting: Sequence[Event] = ()  # what waits, and may protect somebody
    of_people: Sequence[Event] = ()  # of the plan that stands for an authority's people: what is said of them

    def for_alerts(self, now: datetime) -> Facts | None:
        """The facts by which the plan's alerts go on."""
        if self.awaits is not None:
            facts = Facts.awaiting(self.awaits, self.events, self.directory, local_day(now))
            return replace(facts, waiting=tuple(self.waiting), recorded=tuple(self.of_people))
        introduced = Facts.for_alerts(self.events, self.directory, local_day(now))
        # Nearly always nothing waits: then they are the facts that the last check asks as well.
        return replace(introduced, waiting=tuple(self.waiting)) if introduced and self.waiting else introduced

    @property
    def ledger(self) -> Ledger:
        """What was seen and told of the plan until now. A `ValueError` where it was not read."""
        if self.past is None:
            raise ValueError("what was told of the plan was not read")
        return self.past

    @property
    def asked(self) -> frozenset[str]:
        """Whom the plan's check-ins ask."""
        return _asked_in(self.events)


async def look_at_plan(
    session: AsyncSession, book: PolicyBook, plan_id: OwnId, now: datetime, due_by: datetime | None = None
) -> Look | None:
    """Lock the plan, look, and write what changed; None where nothing was (any more) to be looked at."""
    plan = await plans.take(session, plan_id, due_by)
    if plan is None:
        return None
    await follow(session, book)
    look_of_plan = await _look(session, book, plan, await _facts_of_row(session, book, plan), now)
    await keep_looks(session, [look_of_plan], now)
    return look_of_plan.outcome


async def look_at_due_plans(session: AsyncSession, book: PolicyBook, due: Sequence[OwnId], now: datetime) -> list[Look]:
    """The same for those of some plans that are still due: what all of them need is read and written at once."""
    rows = await plans.take_due(session, due, now)
    if not rows:
        return []
    await follow(session, book)
    facts = await _facts_of_rows(session, book, rows)
    asking = [row for row in rows if facts[row.own_id].asked]
    alone = [row for row in rows if not facts[row.own_id].asked]
    looks = [await _look(session, book, row, facts[row.own_id], now) for row in alone]
    await keep_looks(session, looks, now)
    for row in asking:  # what was told on one of them, another one reads: one after the other
        looks.append(await _look(session, book, row, facts[row.own_id], now))
        await keep_looks(session, looks[-1:], now)
    return [look_of_plan.outcome for look_of_plan in looks]


async def _look(session: AsyncSession, book: PolicyBook, plan: PlanRow, facts: PlanFacts, now: datetime) -> LookOfPlan:
    plan_id = plan.own_id
    fellows = await fellows_of(session, book, plan_id, facts, now)
    heard = await _heard(session, plan_id.authority, facts.asked)
    plan_facts, past = facts.for_alerts(now), facts.ledger
    changed = plan.policy_changed_at is not None and plan_facts is not None and plan_facts.introduced
    if changed and plan_facts is not None:
        past = carried_over(book, plan_facts, past, await obligations.of_plan(session, plan_id), now)
    outcome = look_at(book, plan_facts, past, now, heard=heard, due=plan.due, fellows=fellows)
    if changed:
        outcome = replace(outcome, lines=tuple(listed_later(outcome.lines, book, now)))
    return LookOfPlan(plan, facts.ledger, outcome)


async def look_at_several(
    session: AsyncSession, book: PolicyBook, own_ids: Sequence[OwnId], now: datetime
) -> list[Look]:
    """Look at plans within a larger transaction, whether they are due or not; whose look fails, is noted.

    They are looked at together; where that fails, one by one, so that the failure of one spoils no other.
    """
    if len(own_ids) > 1:
        try:
            async with session.begin_nested():
                await plans.mark_due(session, own_ids, now)
                return await look_at_due_plans(session, book, own_ids, now)
        except (DBAPIError, CannotDecide):
            raise
        except Exception as error:  # noqa: BLE001 - each is looked at again by itself, and its own failure noted
            _log.warning("looked_at_one_by_one", fault=type(error).__name__)
    outcomes = [await look_safely(session, book, plan, now) for plan in own_ids]
    return [outcome for outcome in outcomes if outcome is not None]


async def look_safely(session: AsyncSession, book: PolicyBook, plan: OwnId, now: datetime) -> Look | None:
    """Look at a plan within a larger transaction; a failure is noted, and spoils nothing else of it."""
    try:
        async with session.begin_nested():
            return await look_at_plan(session, book, plan, now)
    except (DBAPIError, CannotDecide):
        raise  # the database or this process is in trouble, not the plan
    except Exception as error:  # noqa: BLE001 - whatever one plan's facts provoke, its neighbours are looked at
        await note_failure(session, plan, error, now)
    return None


async def facts_of(session: AsyncSession, book: PolicyBook, plan_id: OwnId) -> PlanFacts | None:
    """All that is known of a plan, introduced or awaited; None where there is no such plan."""
    plan = await plans.read(session, plan_id)
    return None if plan is None else await _facts_of_row(session, book, plan)


async def facts_of_all(
    session: AsyncSession, book: PolicyBook, own_ids: Collection[OwnId], *, with_ledgers: bool = True
) -> dict[OwnId, PlanFacts]:
    """The same of several plans, in about as many questions as for one; those that there are not are missing.

    Without their ledgers, which are long, where what was told of them does not matter.
    """
    rows = await plans.read_several(session, own_ids)
    return await _facts_of_rows(session, book, rows, with_ledgers=with_ledgers)


async def _facts_of_row(session: AsyncSession, book: PolicyBook, plan: PlanRow) -> PlanFacts:
    return (await _facts_of_rows(session, book, [plan]))[plan.own_id]


async def _facts_of_rows(
    session: AsyncSession, book: PolicyBook, rows: Sequence[PlanRow], *, with_ledgers: bool = True
) -> dict[OwnId, PlanFacts]:
    introduced = [row.own_id for row in rows if not row.awaited]
    facts = await facts_of_plans(session, book, introduced, with_ledgers=with_ledgers)
    return facts | {row.own_id: await _facts_of_awaited(session, book, row.own_id) for row in rows if row.awaited}


async def _facts_of_awaited(session: AsyncSession, book: PolicyBook, own_id: OwnId) -> PlanFacts:
    authority, past = own_id.authority, await ledger.of_plan(session, own_id)
    waiting = _parsed(await events.waiting_with(session, own_id), book, authority)
    roles = await events.of_authority(session, authority)
    if own_id.id == NO_PLAN:
        named = await persons.named_in(session, own_id)
        people = _parsed([*roles, *await events.of_persons(session, named)], book, authority)
        referred = {OwnId(authority, person) for event in people for person in mentions(event)} - named
        around = [*roles, *await events.of_persons(session, named | referred)]
        directory = await directory_of(session, book, authority, around)
        return PlanFacts((), directory, past, awaits=own_id, waiting=waiting, of_people=people)
    own = _parsed(await events.alerting(session, own_id), book, authority)
    directory = await directory_of(session, book, authority, roles)
    return PlanFacts(own, directory, past, awaits=own_id, waiting=waiting)


async def facts_of_plan(session: AsyncSession, book: PolicyBook, plan: OwnId) -> PlanFacts:
    """A plan's events, the people whom they name, and what was told until now."""
    return (await facts_of_plans(session, book, [plan]))[plan]


async def facts_of_plans(
    session: AsyncSession, book: PolicyBook, own_ids: Collection[OwnId], *, with_ledgers: bool = True
) -> dict[OwnId, PlanFacts]:
    """The same of several introduced plans, in about as many questions as for one."""
    facts: dict[OwnId, PlanFacts] = {}
    for authority, chunk in own_chunks(own_ids):
        around = await events_around.around_plans(session, authority, chunk)
        read = EventReader(book, authority)
        people_events = {plan: read.events(of_plan.people) for plan, of_plan in around.items()}
        people = await people_around(session, read, people_events)
        ledgers = await ledger.of_plans(session, authority, chunk) if with_ledgers else {}
        own = {plan: read.events(of_plan.own) for plan, of_plan in around.items()}
        named_on = {plan: (own[plan], people[plan].directory) for plan in around}
        elsewhere = await serving_elsewhere(session, read, named_on)
        for plan, of_plan in around.items():
            directory = people[plan].directory
            if plan in elsewhere:
                directory = replace(directory, in_office_elsewhere=elsewhere[plan])
            waiting = read.events(of_plan.waiting)
            facts[OwnId(authority, plan)] = PlanFacts(
                own[plan], directory, ledgers.get(plan), people[plan].on_plans, waiting=waiting
            )
    return facts


async def fellows_of(
    session: AsyncSession, book: PolicyBook, plan: OwnId, plan_facts: PlanFacts, now: datetime
) -> list[FellowPlan]:
    """The other plans that check in with somebody of this one, each with its facts and what was told of it."""
    elsewhere = {
        OwnId(plan.authority, str(event.subject))
        for event in plan_facts.on_plans
        if isinstance(event.data, CheckInsStarted) and not plan_facts.asked.isdisjoint(event.data.people)
    }
    fellows: list[FellowPlan] = []
    for fellow in sorted(elsewhere - {plan}):
        own = _parsed(await events.of_plan(session, fellow), book, plan.authority)
        facts = Facts.of(own, plan_facts.directory, local_day(now))
        if facts is not None:
            fellows.append(FellowPlan(facts, await ledger.of_plan(session, fellow)))
    return fellows


def _asked_in(plan_events: Sequence[Event]) -> frozenset[str]:
    starts = (event.data for event in plan_events if isinstance(event.data, CheckInsStarted))
    return frozenset(person for started in starts for person in started.people)


async def directory_of(session: AsyncSession, book: PolicyBook, authority: str, raws: Sequence[Raw]) -> Directory:
    """The people of these events, the holders of the authority's roles, whoever stands in; and what bars texts."""
    around = {"": _parsed(raws, book, authority)}
    return (await people_around(session, EventReader(book, authority), around))[""].directory


def _parsed(raws: Sequence[Raw], book: PolicyBook, authority: str) -> list[Event]:
    return [stored_event(raw, book.authorities, authority) for raw in raws]


async def _heard(session: AsyncSession, authority: str, people: frozenset[str]) -> Heard:
    """How far texts are known: asked only for plans whose people are texted."""
    if not people:
        return LISTENING
    texts: dict[str, Handed | None] = {}
    for message, moments in await outbox.hand_overs(session, authority, people, Purpose.CHECK_IN):
        handed = Handed(moments[0] - _SAME_MOMENT, moments[1]) if moments else None
        texts.update({check_in: handed for _, check_in in check_ins_of(message)})
    return Heard(await pulls.heard_until(session), texts)


async def note_failure(session: AsyncSession, plan: OwnId, error: Exception, now: datetime) -> None:
    """Mark a plan whose look raised: with the type and the place, no data; tried again later each time."""
    place = traceback.extract_tb(error.__traceback__)[-1]
    fault = f"{type(error).__name__} in {place.filename.rsplit('/', 1)[-1]}:{place.lineno} ({place.name})"
    before = await plans.failures_of(session, plan)
    wait = min(_FIRST_RETRY * 2 ** min(before, 20), _LAST_RETRY)
    await plans.failed(session, plan, fault, now, now + wait)
    _log.error(
        "look_failed",
        authority=plan.authority,
        plan=plan.id,
        fault=fault,
        running=before + 1,
        again_in_seconds=int(wait.total_seconds()),
    )

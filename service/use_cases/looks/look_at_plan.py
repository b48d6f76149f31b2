"""Look at one plan: what the facts say of it now, and what follows, in one transaction."""

import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from notifications.message import Purpose
from notifications.outbox import outbox
from service.domain.events.event import Event, stored_event
from service.domain.events.replies import stops
from service.domain.events.withdrawals import standing
from service.domain.keys.messages import TextKey
from service.domain.look import Look, look
from service.domain.people.directory import Directory
from service.domain.policy import PolicyBook
from service.domain.telling.records import LISTENING, Handed, Heard, Ledger
from service.store import digest_lines, events, ledger, obligations, plans, problems, pulls, withheld
from service.store.plans import PlanRow

_log = structlog.get_logger(__name__)
_FIRST_RETRY = timedelta(seconds=10)
_LAST_RETRY = timedelta(hours=1)
_SAME_MOMENT = timedelta(minutes=1)  # by which a provider's clock, which dates the answers, may be behind ours


@dataclass(frozen=True, slots=True)
class PlanFacts:
    """All that a look at a plan needs to know."""

    events: Sequence[Event]
    directory: Directory
    ledger: Ledger


async def look_at_plan(
    session: AsyncSession, book: PolicyBook, plan_id: str, now: datetime, due_by: datetime | None = None
) -> Look | None:
    """Lock the plan, look, and write what changed; None where nothing was (any more) to be looked at."""
    plan = await plans.take(session, plan_id, due_by)
    if plan is None:
        return None
    facts = await facts_of_plan(session, book, plan.id, plan.authority)
    heard = await _heard(session, plan.id, facts.events)
    outcome = look(book, facts.events, facts.directory, facts.ledger, now, heard=heard, due=plan.due)
    await _write(session, plan, facts.ledger, outcome, now)
    return outcome


async def look_safely(session: AsyncSession, book: PolicyBook, plan: str, now: datetime) -> None:
    """Look at a plan within a larger transaction; a failure is noted, and spoils nothing else of it."""
    try:
        async with session.begin_nested():
            await look_at_plan(session, book, plan, now)
    except DBAPIError:
        raise  # the database is in trouble, not the plan
    except Exception as error:  # noqa: BLE001 - whatever one plan's facts provoke, its neighbours are looked at
        await note_failure(session, plan, error, now)


async def facts_of_plan(session: AsyncSession, book: PolicyBook, plan: str, authority: str) -> PlanFacts:
    """A plan's events, the people whom they name, and what was told until now."""
    own, people = await events.around_plan(session, plan, authority)
    directory = await directory_of(session, book, [stored_event(raw, book.authorities) for raw in people])
    return PlanFacts(
        [stored_event(raw, book.authorities) for raw in own], directory, await ledger.of_plan(session, plan)
    )


async def directory_of(session: AsyncSession, book: PolicyBook, people: list[Event]) -> Directory:
    """The people of these events, the holders of the authority's roles, whoever stands in for them; and STOPs."""
    directory = Directory.of(people)
    looked_up: frozenset[str] = frozenset()
    while missing := directory.wanted() - looked_up:
        people += [stored_event(raw, book.authorities) for raw in await events.of_persons(session, missing)]
        looked_up |= missing
        directory = Directory.of(people)
    family = [person.id for person in directory.persons.values() if person.is_family]
    if not family:  # only they are asked to reply
        return directory
    replies = [stored_event(raw, book.authorities) for raw in await events.replies_of(session, family)]
    return Directory.of(people, stops(standing(replies)))


async def _heard(session: AsyncSession, plan: str, plan_events: Sequence[Event]) -> Heard:
    """How far texts are known: asked only for plans whose people are texted."""
    if not any(event.type == "check_ins.started" for event in plan_events):
        return LISTENING
    hand_overs = await outbox.hand_overs(session, plan, Purpose.CHECK_IN)
    texts = {
        TextKey.parse(key).of: Handed(moments[0] - _SAME_MOMENT, moments[1]) if moments else None
        for key, moments in hand_overs.items()
    }
    return Heard(await pulls.heard_until(session), texts)


async def _write(session: AsyncSession, plan: PlanRow, before: Ledger, outcome: Look, now: datetime) -> None:
    await obligations.replace(session, plan.id, outcome.obligations)
    await outbox.put(session, outcome.messages, now)
    await digest_lines.add(session, outcome.lines)
    await withheld.add(session, outcome.withheld)
    await problems.add(session, outcome.problems)
    await ledger.replace(session, plan.id, before, outcome.ledger)
    await plans.looked(session, plan, outcome.next_look, outcome.ended_on)


async def note_failure(session: AsyncSession, plan: str, error: Exception, now: datetime) -> None:
    """Mark a plan whose look raised: with the type and the place, no data; tried again later each time."""
    place = traceback.extract_tb(error.__traceback__)[-1]
    fault = f"{type(error).__name__} in {place.filename.rsplit('/', 1)[-1]}:{place.lineno} ({place.name})"
    before = await plans.failures_of(session, plan)
    wait = min(_FIRST_RETRY * 2 ** min(before, 20), _LAST_RETRY)
    await plans.failed(session, plan, fault, now, now + wait)
    _log.error("look_failed", plan=plan, fault=fault, running=before + 1, again_in_seconds=int(wait.total_seconds()))

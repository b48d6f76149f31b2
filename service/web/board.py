"""The data of the pages, gathered from the store in one reading session for each page."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from itertools import chain

from sqlalchemy.ext.asyncio import AsyncSession

from notifications.message import OutboxRow, Purpose
from notifications.outbox import outbox
from service.domain.calendar import local, local_day
from service.domain.events.event import Event
from service.domain.events.event_types import EVENT_TYPES
from service.domain.events.payloads.check_ins import CheckInsStarted
from service.domain.events.withdrawals import standing
from service.domain.facts import Facts
from service.domain.obligations.obligation import Obligation
from service.domain.own_id import OwnId
from service.domain.policy import Policy, PolicyBook
from service.domain.telling.alerts import acknowledgements
from service.domain.telling.asked_texts import check_ins_of
from service.domain.telling.records import Ledger
from service.domain.telling.wording import has_rule
from service.store import events, obligations, plan_list, plans, problems, withheld
from service.store.plan_list import AsOf, Listed, Sort
from service.use_cases.looks.look_at_plan import facts_of_plan
from service.web import words
from service.web.views import Alert, Names, ObligationRow, PlanLine, TimelineEntry, obligation_row, plan_line

ROWS = 100
_OF = " "  # in the name of a plan, between its reference and its authority
_DOT = {"alert": "red", "overdue": "red", "escalation": "red"}


@dataclass(frozen=True, slots=True)
class PlanView:
    """All data of one plan's page."""

    line: PlanLine
    service: str
    people: tuple[tuple[str, str, str], ...]  # role, id, name
    live: tuple[ObligationRow, ...]
    past: tuple[ObligationRow, ...]
    alerts: tuple[Alert, ...]
    timeline: tuple[TimelineEntry, ...]


async def names_of(session: AsyncSession, authority: str, ids: Collection[str]) -> dict[str, str]:
    """The names of an authority's persons by id, as recorded latest."""
    raws = await events.of_persons(session, {OwnId(authority, person) for person in ids})
    return {str(raw["subject"]): str(raw["data"]["name"]) for raw in raws if raw["type"] == "person.recorded"}


async def list_plans(
    session: AsyncSession, book: PolicyBook, now: datetime, sort: Sort, after: str = "", council: str = ""
) -> tuple[list[PlanLine], str | None]:
    """One page of a list of plans, and the name after which the next page begins (None: this page is the last).

    `council` limits the list to one council; "" means all.
    """
    reference, _, authority = after.rpartition(_OF)
    listed = await plan_list.page(session, _as_of(book, now), sort, ROWS + 1, (reference, authority), council or None)
    shown = listed[:ROWS]
    live: dict[OwnId, list[Obligation]] = defaultdict(list)
    for obligation in await obligations.live_of_plans(session, [plan.own_id for plan in shown]):
        live[OwnId(obligation.authority, obligation.plan)].append(obligation)
    names = await _names_of_responsible(session, list(chain.from_iterable(live.values())))
    lines: list[PlanLine] = []
    for plan in shown:
        whose = names[plan.own_id.authority]
        duties = [obligation for obligation in live[plan.own_id] if has_rule(book, obligation)]
        rows = [obligation_row(obligation, book, whose, local_day(now)) for obligation in duties]
        lines.append(plan_line(plan.own_id, plan.opening, rows, plan.ended_on))
    last_shown = f"{shown[-1].own_id.id}{_OF}{shown[-1].own_id.authority}" if shown else None
    return lines, last_shown if len(listed) > ROWS else None


def _as_of(book: PolicyBook, now: datetime) -> AsOf:
    return AsOf(local_day(now), book.authorities)


async def _names_of_responsible(session: AsyncSession, live: Collection[Obligation]) -> Mapping[str, Names]:
    """By authority, the names of those who owe something."""
    ids: dict[str, set[str]] = defaultdict(set)
    for obligation in live:
        ids[obligation.authority] |= {obligation.responsible} if obligation.responsible else set()
    return defaultdict(dict, {name: await names_of(session, name, persons) for name, persons in ids.items()})


async def find_plan(session: AsyncSession, plan: str, council: str = "") -> OwnId | None:
    """The plan of this reference; of several councils' the one of `council`. None: there is none, or not just one."""
    plans_found = [own_id for own_id in await plans.with_id(session, plan) if council in ("", own_id.authority)]
    return plans_found[0] if len(plans_found) == 1 else None


async def view_plan(session: AsyncSession, book: PolicyBook, now: datetime, plan: OwnId) -> PlanView | None:
    """The data of one plan's page; None if there is no such plan."""
    listed = await plan_list.one(session, _as_of(book, now), plan)
    if listed is None:
        return None
    history = await facts_of_plan(session, book, plan)
    facts = Facts.of(history.events, history.directory, local_day(now))
    if facts is None:
        return None
    names = await names_of(session, plan.authority, history.directory.persons)
    stored = await obligations.of_plan(session, plan)
    everything = [obligation for obligation in stored if has_rule(book, obligation)]
    row = partial(obligation_row, book=book, names=names, today=local_day(now))
    return PlanView(
        line=_line(listed, everything, book, names, now),
        service=facts.opening.service,
        people=_people(facts, book.at(facts.authority, now), names, now),
        live=tuple(row(obligation) for obligation in everything if obligation.live),
        past=tuple(row(obligation) for obligation in reversed(everything) if not obligation.live),
        alerts=_alerts(facts, book, history.ledger, names, now),
        timeline=await _timeline(session, plan, history.events, names),
    )


async def alerts_of(session: AsyncSession, book: PolicyBook, now: datetime, plan: OwnId) -> tuple[Alert, ...]:
    """The open alerts of a plan; none if there is no such plan."""
    listed = await plan_list.one(session, _as_of(book, now), plan)
    if listed is None:
        return ()
    history = await facts_of_plan(session, book, plan)
    facts = Facts.for_alerts(history.events, history.directory, local_day(now))
    names = await names_of(session, plan.authority, history.directory.persons)
    return _alerts(facts, book, history.ledger, names, now) if facts else ()


def _line(listed: Listed, everything: list[Obligation], book: PolicyBook, names: Names, now: datetime) -> PlanLine:
    today = local_day(now)
    live = [obligation_row(obligation, book, names, today) for obligation in everything if obligation.live]
    return plan_line(listed.own_id, listed.opening, live, listed.ended_on)


_ROLES = (
    "social_worker", "key_professional", "team_manager", "service_manager", "hub_team_manager", "hub_service_manager",
    "service_lead", "on_call_manager", "head_of_service",
)  # fmt: skip


def _people(facts: Facts, policy: Policy, names: Names, now: datetime) -> tuple[tuple[str, str, str], ...]:
    held = [(role, facts.holder(role, now)) for role in (*_ROLES, *policy.single_roles)]
    return tuple((role, person, names.get(person, person)) for role, person in held if person)


def _alerts(facts: Facts, book: PolicyBook, ledger: Ledger, names: Names, now: datetime) -> tuple[Alert, ...]:
    alerts = []
    for breach in facts.ever("bottom_line.breached"):
        answers = acknowledgements(book, breach, facts, ledger, now)
        if answers.settled(now):
            continue
        holders = [(role, facts.holder(role, now)) for role in answers.roles]
        waiting = [
            (role, person, names.get(person, person))
            for role, person in holders
            if person and not answers.by(person, now)
        ]
        alerts.append(Alert(facts.plan, breach.id, breach.moment or breach.time, tuple(waiting)))
    return tuple(alerts)


async def _timeline(
    session: AsyncSession, plan: OwnId, history: Collection[Event], names: Names
) -> tuple[TimelineEntry, ...]:
    stands = {event.uid for event in standing(history)}
    entries = [_event_entry(event, names, event.uid in stands) for event in history]
    rows = await outbox.recent(session, authority=plan.authority, plan=plan.id, limit=ROWS)
    rows += await _joint_texts(session, plan, history)
    entries += [_message_entry(row, names) for row in rows]
    for held in await withheld.of_plan(session, plan):
        title = f"{words.PURPOSE[held.purpose]} to {names.get(held.to, held.to)} held back"
        entries.append(TimelineEntry(held.at, "hold", title, held.reason.replace("_", " ")))
    for problem in await problems.recent(session, plan):
        entries.append(TimelineEntry(problem.at, "alarm", "To be mended", problem.code.replace("_", " "), "amber"))
    return tuple(sorted(entries, key=lambda entry: entry.at, reverse=True))


async def _joint_texts(session: AsyncSession, plan: OwnId, history: Collection[Event]) -> list[OutboxRow]:
    """The texts that ask a person about this plan and another at once: such a text belongs to no plan."""
    agreements = (event.data for event in history if isinstance(event.data, CheckInsStarted))
    people = sorted({person for agreement in agreements for person in agreement.people})
    texts: list[OutboxRow] = []
    for person in people:
        rows = await outbox.recent(session, authority=plan.authority, person=person, limit=ROWS)
        joint = [row for row in rows if row.message.plan is None and row.message.purpose is Purpose.CHECK_IN]
        texts += [row for row in joint if plan.id in dict(check_ins_of(row.message))]
    return texts


def _event_entry(event: Event, names: Names, stands: bool) -> TimelineEntry:
    colour = EVENT_TYPES[event.type].colour
    entry = TimelineEntry(event.time, "fact", words.said(event, names), colour=colour, struck=not stands)
    on = getattr(event.data, "on", None)
    late = on is not None and on != local(event.time).date()
    return replace(entry, detail=f"of {words.short_day(on)}, recorded later") if late else entry


def _message_entry(row: OutboxRow, names: Names) -> TimelineEntry:
    message = row.message
    who = f"{names.get(message.person, message.person)}, {words.role(message.role)}"
    title = f"{words.purpose(message.purpose, message.template)} by {message.channel.spec.word} to {who}"
    state, colour = words.STATE[row.state]
    dot = _DOT.get(message.purpose, "blue") if row.state == "sent" else colour
    detail = "" if row.state == "sent" else state
    return TimelineEntry(
        row.settled_at or message.at, message.channel.spec.symbol, title, detail, dot, f"/demo/messages/{row.id}"
    )

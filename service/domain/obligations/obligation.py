"""Obligations: what is owed on a plan, opened and met by its facts under the policy in force."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from service.domain.calendar import OPEN_ENDED, Calendar, local_day, start_of
from service.domain.fact import Fact
from service.domain.facts import Facts
from service.domain.keys.ledger import ObligationKey, OvertakenKey, WeekKey
from service.domain.obligations.chains import Predecessor, chain
from service.domain.obligations.instances import Instance, Moved
from service.domain.obligations.singles import singles
from service.domain.obligations.timeline import weekly
from service.domain.obligations.visits import uncounted_visits
from service.domain.policy import Named, Policy, PolicyBook, Rule


class Status(StrEnum):
    """How an obligation stands. A message never changes it: only facts do."""

    OPEN = "open"
    MET = "met"
    MET_LATE = "met_late"
    OVERDUE = "overdue"
    CANCELLED = "cancelled"
    SUPERSEDED = "superseded"


@dataclass(frozen=True, slots=True)
class Obligation:
    """One duty as it stands: by whom, by when, whence. Days are local days.

    What is due before another fact has OPEN_ENDED for its days until that fact comes.
    """

    key: str
    authority: str
    plan: str
    kind: str
    rule: str
    basis: str
    about: str | None
    from_event: str
    opened_on: date
    opened_at: datetime | None
    due_on: date
    act_by: date
    responsible_role: str
    responsible: str | None
    chair_role: str | None
    chair: str | None
    start_by: date | None
    unannounced: bool
    status: Status
    met_on: date | None
    met_by: str | None
    # The moment at which it is due, where its clock counts hours.
    due_at: datetime | None = None
    # The moment at which the fact came before which it was due.
    overtaken_at: datetime | None = None

    @property
    def has_day(self) -> bool:
        """Whether a day is known on which it is due."""
        return self.due_on != OPEN_ENDED

    @property
    def lapses_at(self) -> datetime:
        """From which moment on it is late; the last one that there is, as long as it has no day."""
        if not self.has_day:
            return start_of(OPEN_ENDED)
        return self.due_at or self.overtaken_at or start_of(self.due_on + timedelta(days=1))

    @property
    def seen_key(self) -> str:
        """Under which key the ledger has since when it is known: its own, or that of what overtook it."""
        if self.overtaken_at is None or self.status is not Status.OVERDUE:
            return self.key
        return str(OvertakenKey(self.key, self.due_on))

    @property
    def live(self) -> bool:
        """Whether somebody still has to do it."""
        return self.status in (Status.OPEN, Status.OVERDUE)


@dataclass(frozen=True, slots=True)
class Standing:
    """All obligations of a plan, and what follows from its facts beside them.

    These are the set dates that were moved later; the plan's ends, and how many obligations each cancelled; and visits
    that count for nobody.
    """

    obligations: tuple[Obligation, ...]
    moved: tuple[tuple[Rule, Moved], ...]
    ends: tuple[tuple[Fact, int], ...] = ()
    uncounted_visits: tuple[Fact, ...] = ()


def standing_of(facts: Facts, book: PolicyBook, now: datetime) -> Standing:
    """Work out every obligation of a plan at a moment. Each keeps to the policy in force on the day that caused it."""
    obligations: list[Obligation] = []
    moved: list[tuple[Rule, Moved]] = []
    ends: list[tuple[Fact, int]] = []
    uncounted: list[Fact] = []
    for period in facts.by_period:
        opened = _opened(period, book)
        obligations += [
            _obligation(policy, rule, instance, period, policy.calendar, now)
            for policy, rule, instance in opened.instances
        ]
        moved += opened.moved
        uncounted += opened.uncounted_visits
        if period.ended is not None:
            ends.append((period.ended, sum(_ended_with(period, instance) for _, _, instance in opened.instances)))
    obligations.sort(key=lambda duty: (duty.due_on, duty.kind, duty.about or "", duty.opened_on, duty.key))
    return Standing(tuple(obligations), tuple(moved), tuple(ends), tuple(uncounted))


def _ended_with(period: Facts, instance: Instance) -> bool:
    return instance.cancelled and (instance.settled_by is None or instance.settled_by is period.ended)


@dataclass(frozen=True, slots=True)
class _Opened:
    """What the facts opened and what became of it. Only the holders of roles depend on the moment."""

    instances: list[tuple[Policy, Rule, Instance]]
    moved: list[tuple[Rule, Moved]]
    uncounted_visits: list[Fact]


def _opened(facts: Facts, book: PolicyBook) -> _Opened:
    return facts.derive_once(_Opened, lambda: _open(facts, book), book.versions(facts.authority))


def _open(facts: Facts, book: PolicyBook) -> _Opened:
    opened = _Opened([], [], [])
    # By rule, then by fact: the links that a fact closed.
    closed: defaultdict[str, dict[str, Instance]] = defaultdict(dict)
    for policy in book.versions(facts.authority):
        instances = list(_instances(policy, facts, closed, opened.moved, book))
        opened.instances.extend((policy, rule, instance) for rule, instance in instances)
        for rule, instance in instances:
            if instance.closed_by is not None:
                closed[rule.rule][instance.closed_by.uid] = instance
    rules_opened = [(rule, instance) for _, rule, instance in opened.instances]
    opened.uncounted_visits.extend(uncounted_visits(rules_opened, facts))
    return opened


def _instances(
    policy: Policy,
    facts: Facts,
    closed: Mapping[str, Mapping[str, Instance]],
    moved: list[tuple[Rule, Moved]],
    book: PolicyBook,
) -> Iterator[tuple[Rule, Instance]]:
    undated: dict[str, frozenset[str]] = {}
    for rule in policy.chains_first:
        if rule.due.in_weeks is not None:
            instances = weekly(rule, facts)
        elif rule.is_chain:
            before = Predecessor(policy.in_force_from, closed[rule.rule]) if rule.rule in closed else None
            links = chain(rule, facts, policy.calendar, before)
            undated[rule.rule] = links.undated
            moved += [(rule, move) for move in links.moved if _in_force(policy, move.fact, facts, book)]
            instances = links.instances
        else:
            instances = singles(rule, facts, policy.calendar, undated)
        yield from ((rule, instance) for instance in instances if _in_force(policy, instance.opened, facts, book))


def _in_force(policy: Policy, fact: Fact, facts: Facts, book: PolicyBook) -> bool:
    return book.in_force(facts.authority, fact.day) is policy


def _obligation(
    policy: Policy, rule: Rule, instance: Instance, facts: Facts, calendar: Calendar, now: datetime
) -> Obligation:
    role, person = _responsible(rule, instance, facts, now)
    status = _status(instance, now)
    # The chair matters only while the meeting is still to be held.
    live = status in (Status.OPEN, Status.OVERDUE)
    chair_role, chair = _chair(rule, instance, facts, now) if live else (None, None)
    changing = (role, person, chair_role, chair, status)
    # Most of a plan's obligations are settled, so every look makes the same of them.
    if instance.remembered is None or instance.remembered[0] != changing:
        instance.remembered = (changing, _built(policy, rule, instance, facts, calendar, changing))
    return instance.remembered[1]


_Changing = tuple[str, str | None, str | None, str | None, Status]


def _built(
    policy: Policy, rule: Rule, instance: Instance, facts: Facts, calendar: Calendar, changing: _Changing
) -> Obligation:
    role, person, chair_role, chair, status = changing
    key = str(ObligationKey(rule.rule, instance.opened.uid, instance.about or ""))
    start_by = instance.opened.get("start_by")
    return Obligation(
        key=key if instance.week is None else str(WeekKey(key, instance.week)),
        authority=facts.authority,
        plan=facts.plan,
        kind=rule.kind,
        rule=f"{policy.authority}.{rule.rule}",
        basis=rule.source.basis,
        about=instance.about,
        from_event=instance.opened.id,
        opened_on=instance.opened.day,
        opened_at=instance.opened.moment,
        due_on=instance.due_on,
        act_by=calendar.act_by(instance.due_on) if instance.due_on != OPEN_ENDED else OPEN_ENDED,
        responsible_role=role,
        responsible=person,
        chair_role=chair_role,
        chair=chair,
        start_by=start_by if isinstance(start_by, date) else None,
        unannounced=instance.opened.get("announced") is False,
        status=status,
        met_on=instance.met.day if instance.met else None,
        met_by=instance.met.id if instance.met else None,
        due_at=instance.due_at,
        overtaken_at=instance.overtaken_at,
    )


def _status(instance: Instance, now: datetime) -> Status:
    if instance.met is not None:
        return Status.MET if instance.in_time else Status.MET_LATE
    if instance.superseded:
        return Status.SUPERSEDED
    if instance.cancelled:
        return Status.CANCELLED
    lapses_at = instance.due_at or instance.overtaken_at
    late = local_day(now) > instance.due_on if lapses_at is None else now >= lapses_at
    return Status.OVERDUE if late else Status.OPEN


def _responsible(rule: Rule, instance: Instance, facts: Facts, now: datetime) -> tuple[str, str | None]:
    if not isinstance(rule.owed_by, Named):
        return rule.owed_by, facts.holder(rule.owed_by, now)
    otherwise = rule.owed_by.otherwise
    named = instance.opened.get(rule.owed_by.person_in)
    person = facts.directory.persons.get(named) if isinstance(named, str) else None
    if person is None or person.is_family or facts.has_left(person.id, now):
        return otherwise, facts.holder(otherwise, now)
    return facts.role_on_plan(person.id, now) or "named_person", person.id


def _chair(rule: Rule, instance: Instance, facts: Facts, now: datetime) -> tuple[str | None, str | None]:
    if rule.chair is None:
        return None, None
    scheduled = _scheduled_chair(rule, instance, facts)
    if scheduled is not None:
        return "chair", scheduled
    role = rule.chair.in_service.get(facts.opening.service) or instance.chair_role or rule.chair.role
    return (role, facts.holder(role, now)) if role else (None, None)


def _scheduled_chair(rule: Rule, instance: Instance, facts: Facts) -> str | None:
    """The person named to chair the next such meeting, where one is in the diary; never family."""
    kinds = {pattern.where.get("meeting") for pattern in rule.met if pattern.when == "meeting.held"}
    cancelled = {fact.get("ref") for fact in facts.of_type("meeting.cancelled")}
    for fact in reversed(facts.of_type("meeting.scheduled")):
        if fact.get("meeting") in kinds and fact.get("ref") not in cancelled and fact.time >= instance.opened.time:
            person = facts.directory.persons.get(str(fact.get("chair")))
            return person.id if person is not None and not person.is_family else None
    return None

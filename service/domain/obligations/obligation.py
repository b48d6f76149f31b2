"""Obligations: what is owed on a plan, opened and met by its facts under the policy in force."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from operator import attrgetter
from typing import NamedTuple

from service.domain.calendar import OPEN_ENDED, local_day, start_of
from service.domain.fact import Fact
from service.domain.facts import Facts
from service.domain.keys.ledger import ObligationKey, OvertakenKey, WeekKey, rule_in
from service.domain.obligations.instances import Instance, Moved
from service.domain.obligations.openings import Opened, kept_of, opened, opened_under
from service.domain.policy import Named, Policy, PolicyBook, Rule

# From what the chair of a meeting follows that is still to be held.
_IN_DIARY = ("meeting.scheduled", "meeting.cancelled")
_NEVER = datetime.max.replace(tzinfo=UTC)


class Status(StrEnum):
    """How an obligation stands. A message never changes it: only facts do."""

    OPEN = "open"
    MET = "met"
    MET_LATE = "met_late"
    OVERDUE = "overdue"
    CANCELLED = "cancelled"
    SUPERSEDED = "superseded"


_LIVE = (Status.OPEN, Status.OVERDUE)


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
    # Whether it is owed by a person whom the facts name, whatever role that person holds.
    by_name: bool = False

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
        return self.status in _LIVE


@dataclass(frozen=True, slots=True)
class Standing:
    """All obligations of a plan, and what follows from its facts beside them.

    `live` are those that somebody still has to do.

    These are the set dates that were moved later; the plan's ends, and how many obligations each cancelled; and visits
    that count for nobody.
    """

    obligations: tuple[Obligation, ...]
    moved: tuple[tuple[Rule, Moved], ...]
    ends: tuple[tuple[Fact, int], ...] = ()
    uncounted_visits: tuple[Fact, ...] = ()
    live: tuple[Obligation, ...] = ()


def standing_of(facts: Facts, book: PolicyBook, now: datetime) -> Standing:
    """Work out every obligation of a plan at a moment. Each keeps to the policy in force on the day that caused it.

    Of the same facts it is the same until a duty becomes late, a role changes hands, or somebody who is named leaves.
    """
    latest = facts.derive_once(_Latest, lambda: _latest(facts, book), book.versions(facts.authority))
    if latest.stood is None or not latest.stood.holds(facts, now):
        latest.stood = _stood(facts, book, now)
    return latest.stood.standing


def _latest(facts: Facts, book: PolicyBook) -> _Latest:
    """How the plan stood by the facts before, where they opened the very same and the diary is the same, too.

    What was opened is other where periods, roles, or those who bear on the plan are.
    """
    diary = [facts.by_type.get(name, ()) for name in _IN_DIARY]
    return kept_of(facts, book, _Latest, (opened(facts, book).instances, *diary), _Latest)


def live_among(facts: Facts, book: PolicyBook, keys: Collection[str], now: datetime) -> list[Obligation]:
    """Of what somebody still has to do on a plan that which has one of these keys, in the order of `standing_of`.

    No more of the plan is worked out for it than the rules whose names the keys begin with.
    """
    rules = frozenset(map(rule_in, keys))
    among: list[Obligation] = []
    for number, period in enumerate(facts.by_period):
        at = _Asked(period, now, number, {})
        among += [
            _obligation(policy, rule, instance, at) for policy, rule, instance in opened_under(period, book, rules)
        ]
    return sorted((duty for duty in among if duty.live and duty.key in keys), key=_in_order)


def _in_order(duty: Obligation) -> tuple[date, str, str, date, str]:
    return duty.due_on, duty.kind, duty.about or "", duty.opened_on, duty.key


@dataclass(frozen=True, slots=True)
class _Stood:
    """How a plan stands from a moment until another (aware), as long as the same persons have left.

    `left` has those who hold no role here, by the period of the plan in which they are named.
    """

    standing: Standing
    since: datetime
    until: datetime
    left: Mapping[tuple[int, str], bool]

    def holds(self, facts: Facts, now: datetime) -> bool:
        """Whether it still stands so. Who has left may follow from other plans, so that is asked each time."""
        return self.since <= now < self.until and all(
            facts.by_period[number].has_left(person, now) is left for (number, person), left in self.left.items()
        )


@dataclass(slots=True)
class _Latest:
    """How a plan stood when it was asked last."""

    stood: _Stood | None = None


def _stood(facts: Facts, book: PolicyBook, now: datetime) -> _Stood:
    standing: list[_Stands] = []
    moved: list[tuple[Rule, Moved]] = []
    ends: list[tuple[Fact, int]] = []
    uncounted: list[Fact] = []
    left: dict[tuple[int, str], bool] = {}
    roles_change = min(facts.roles_change_after(now), default=_NEVER)
    for number, period in enumerate(facts.by_period):
        in_period = opened(period, book)
        standing += _standing(in_period, _Asked(period, now, number, left), roles_change)
        moved += in_period.moved
        uncounted += in_period.uncounted_visits
        if period.ended is not None:
            ends.append((period.ended, sum(_ended_with(period, instance) for _, _, instance in in_period.instances)))
    standing.sort(key=_place)
    obligations = tuple([stands.duty for stands in standing])
    live = tuple([duty for duty in obligations if duty.status in _LIVE])
    until = min([duty.lapses_at for duty in live if duty.status is Status.OPEN], default=_NEVER)
    of_plan = Standing(obligations, tuple(moved), tuple(ends), tuple(uncounted), live)
    return _Stood(of_plan, now, min(until, roles_change), left)


class _Stands(NamedTuple):
    """A duty as it stands from a moment until another. `place` is its place among the duties of its plan.

    Another role, period or policy makes other instances of all duties, so of one they are the same.
    """

    since: datetime
    until: datetime
    place: tuple[date, str, str, date, str]
    duty: Obligation


_place = attrgetter("place")


def _standing(in_period: Opened, at: _Asked, roles_change: datetime) -> Iterator[_Stands]:
    """How all that was opened in a period stands at a moment. Most of it stands as it did at the look before."""
    for policy, rule, instance in in_period.instances:
        stands: _Stands | None = instance.stands
        if stands is None or not stands.since <= at.now < stands.until:
            duty = _obligation(policy, rule, instance, at)
            until = min(roles_change, duty.lapses_at) if duty.status is Status.OPEN else roles_change
            stands = _Stands(at.now, until, _in_order(duty), duty)
            instance.stands = stands if _stays(rule, instance, at, duty) else None
        yield stands


def _stays(rule: Rule, instance: Instance, at: _Asked, duty: Obligation) -> bool:
    """Whether a duty stands the same until its moment comes, or a role changes hands.

    Who chairs a meeting follows from the diary, and who has left from other plans.
    """
    if isinstance(rule.owed_by, Named) and (at.number, str(instance.opened.get(rule.owed_by.person_in))) in at.left:
        return False
    return rule.chair is None or not duty.live


@dataclass(frozen=True, slots=True)
class _Asked:
    """The facts of a period that are asked at a moment, and who has been found to have left."""

    facts: Facts
    now: datetime
    number: int
    left: dict[tuple[int, str], bool]

    def has_left(self, person: str) -> bool:
        """Whether a person who is named has left; noted where it does not follow from the plan's own facts."""
        if self.facts.serves_here(person, self.now):
            return False
        if (self.number, person) not in self.left:
            self.left[self.number, person] = self.facts.has_left(person, self.now)
        return self.left[self.number, person]


def _ended_with(period: Facts, instance: Instance) -> bool:
    return instance.cancelled and (instance.settled_by is None or instance.settled_by is period.ended)


def _obligation(policy: Policy, rule: Rule, instance: Instance, at: _Asked) -> Obligation:
    role, person, by_name = _responsible(rule, instance, at)
    status = _status(instance, at.now)
    # The chair matters only while the meeting is still to be held.
    live = status in _LIVE
    chair_role, chair = _chair(rule, instance, at.facts, at.now) if live else (None, None)
    changing = (role, person, by_name, chair_role, chair, status)
    # Most of a plan's obligations are settled, so every look makes the same of them.
    if instance.remembered is None or instance.remembered[0] != changing:
        instance.remembered = (changing, _built(policy, rule, instance, at.facts, changing))
    return instance.remembered[1]


_Changing = tuple[str, str | None, bool, str | None, str | None, Status]


def _built(policy: Policy, rule: Rule, instance: Instance, facts: Facts, changing: _Changing) -> Obligation:
    role, person, by_name, chair_role, chair, status = changing
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
        act_by=policy.calendar.act_by(instance.due_on) if instance.due_on != OPEN_ENDED else OPEN_ENDED,
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
        by_name=by_name,
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


def _responsible(rule: Rule, instance: Instance, at: _Asked) -> tuple[str, str | None, bool]:
    """The role that owes it, who that is, and whether it is this person's by name rather than by the role."""
    facts, now = at.facts, at.now
    owed_by = rule.owed_by
    if isinstance(owed_by, str):
        return owed_by, facts.holder(owed_by, now), False
    otherwise = owed_by.otherwise
    named = instance.opened.get(owed_by.person_in)
    person = facts.directory.persons.get(named) if isinstance(named, str) else None
    if person is None or person.is_family or at.has_left(person.id):
        return otherwise, facts.holder(otherwise, now), False
    return facts.role_on_plan(person.id, now) or "named_person", person.id, True


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

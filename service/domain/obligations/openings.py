"""What the facts of a plan open under each rule, and what became of it: anew only where a fact bears on the rule."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from operator import is_
from typing import NamedTuple, TypeVar, cast
from weakref import WeakValueDictionary

from service.domain.fact import Fact
from service.domain.facts import Facts
from service.domain.language.touched import joined
from service.domain.obligations.chains import Chain, Predecessor, chain
from service.domain.obligations.instances import Instance, Moved
from service.domain.obligations.singles import singles
from service.domain.obligations.subjects import subjects_in
from service.domain.obligations.timeline import weekly
from service.domain.obligations.visits import uncounted_visits
from service.domain.policy import Policy, PolicyBook, Rule

Kept = TypeVar("Kept")


class RuleOutcome(NamedTuple):
    """What one rule of one version of a policy made of the facts, as far as that version was in force."""

    instances: Sequence[tuple[Policy, Rule, Instance]]
    moved: Sequence[tuple[Rule, Moved]]
    # The links that a fact closed, by its uid.
    closed: Mapping[str, Instance]
    # The facts that left a chain without a next link.
    undated: frozenset[str]


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Opened:
    """What the facts opened and what became of it. Only the holders of roles depend on the moment.

    `by_type`, `origin` and `directory` are what it was made of. `outcomes` are what each rule made of them, by the
    place of its policy among the versions and by its name.
    """

    by_type: Mapping[str, Sequence[Fact]]
    origin: tuple[object, ...]
    directory: object
    outcomes: dict[tuple[int, str], RuleOutcome] = field(default_factory=dict)
    instances: list[tuple[Policy, Rule, Instance]] = field(default_factory=list)
    moved: list[tuple[Rule, Moved]] = field(default_factory=list)
    uncounted_visits: list[Fact] = field(default_factory=list)
    # By name, what was worked out last of the plan, and of what: `kept_of` asks whether these are the very same.
    kept: dict[object, tuple[Sequence[object], object]] = field(default_factory=dict)


# What was opened last of each period of a plan, as long as somebody keeps those facts.
_latest: WeakValueDictionary[tuple[str, str, int], Opened] = WeakValueDictionary()


def opened(facts: Facts, book: PolicyBook) -> Opened:
    """What the facts of one period opened under an authority's policies."""
    return facts.derive_once(Opened, lambda: _opened(facts, book), book.versions(facts.authority))


def _opened(facts: Facts, book: PolicyBook) -> Opened:
    name = (facts.authority, facts.plan, facts.number % len(facts.periods))
    _latest[name] = newest = open_duties(facts, book, _latest.get(name))
    return newest


def kept_of(facts: Facts, book: PolicyBook, name: object, made_of: Sequence[object], make: Callable[[], Kept]) -> Kept:
    """What follows from these things alone: as it was made of the very same when the plan was asked before.

    None of them changes. Made anew where nothing has been opened of the facts.
    """
    whole = facts.derived(Opened, book.versions(facts.authority))
    if whole is None:
        return make()
    before = whole.kept.get(name)
    if before is None or not _same(before[0], made_of):
        before = whole.kept[name] = (made_of, make())
    return cast("Kept", before[1])


def opened_under(facts: Facts, book: PolicyBook, rules: frozenset[str]) -> Sequence[tuple[Policy, Rule, Instance]]:
    """What the facts of one period opened under rules of these names, in any version: as `opened` has it, and no more.

    Whoever asks about a rule or two of twenty need not have the others read.
    """
    versions = book.versions(facts.authority)
    whole = facts.derived(Opened, versions)
    if whole is None:
        return facts.derive_once((opened_under, rules), lambda: _only(rules, facts, book), versions)
    return [opening for opening in whole.instances if opening[1].rule in rules]


def _only(rules: frozenset[str], facts: Facts, book: PolicyBook) -> list[tuple[Policy, Rule, Instance]]:
    versions = book.versions(facts.authority)
    read = rules.union(*(policy.awaited[rule] for policy in versions for rule in rules if rule in policy.awaited))
    now = Opened(facts.ever_by_type, (), facts.directory)
    closed: defaultdict[str, dict[str, Instance]] = defaultdict(dict)
    nothing = _Unchanged(None, frozenset(), versions, same_people=False)
    for number, policy in enumerate(versions):
        ordered = [rule for rule in policy.chains_first if rule.rule in read]
        _open_under(policy, number, ordered, facts, closed, now, nothing, book)
    return [opening for opening in now.instances if opening[1].rule in rules]


def open_duties(facts: Facts, book: PolicyBook, before: Opened | None) -> Opened:
    """Work out what facts open. What was opened `before` of the same plan is taken over where nothing bears on it."""
    versions = book.versions(facts.authority)
    now = Opened(facts.ever_by_type, _origin(facts, versions), facts.directory, kept=before.kept if before else {})
    unchanged = _Unchanged.between(before, now, versions)
    if before is not None and unchanged.as_a_whole():
        return replace(before, by_type=now.by_type, directory=now.directory)
    # By rule, then by fact: the links that a fact closed.
    closed: defaultdict[str, dict[str, Instance]] = defaultdict(dict)
    for number, policy in enumerate(versions):
        _open_under(policy, number, policy.chains_first, facts, closed, now, unchanged, book)
    if before is not None and unchanged.visits(now):
        now.uncounted_visits.extend(before.uncounted_visits)
    else:
        rules_opened = [(rule, instance) for _, rule, instance in now.instances if rule.visiting_roles]
        now.uncounted_visits.extend(uncounted_visits(rules_opened, facts))
    return now


def _open_under(
    policy: Policy, number: int, rules: Sequence[Rule], facts: Facts, closed: defaultdict[str, dict[str, Instance]],
    now: Opened, unchanged: _Unchanged, book: PolicyBook,
) -> None:  # fmt: skip
    """Add what these rules of a version open, chains before the others."""
    undated: dict[str, frozenset[str]] = {}
    for rule in rules:
        outcome = unchanged.outcome(number, rule.rule) or unchanged.but_for_subjects(number, policy, rule, facts, book)
        if outcome is None:
            outcome = _in_force(policy, rule, _chained(policy, rule, facts, closed, undated), facts, book)
        now.outcomes[number, rule.rule] = outcome
        undated[rule.rule] = outcome.undated
        now.moved.extend(outcome.moved)
        now.instances.extend(outcome.instances)
    for rule in rules:
        if links := now.outcomes[number, rule.rule].closed:
            closed[rule.rule].update(links)


def _chained(
    policy: Policy,
    rule: Rule,
    facts: Facts,
    closed: Mapping[str, Mapping[str, Instance]],
    undated: Mapping[str, frozenset[str]],
) -> Chain:
    if rule.due.in_weeks is not None:
        return Chain(weekly(rule, facts))
    if rule.is_chain:
        before = Predecessor(policy.in_force_from, closed[rule.rule]) if rule.rule in closed else None
        return chain(rule, facts, policy.calendar, before)
    return Chain(singles(rule, facts, policy.calendar, undated))


def _in_force(policy: Policy, rule: Rule, links: Chain, facts: Facts, book: PolicyBook) -> RuleOutcome:
    """Of what a rule made of the facts that for which the policy was in force, by the day that caused it."""

    def holds(fact: Fact) -> bool:
        return book.in_force(facts.authority, fact.day) is policy

    if not links.instances and not links.moved:  # most rules open nothing
        return RuleOutcome([], [], {}, links.undated)
    instances = [instance for instance in links.instances if holds(instance.opened)]
    return RuleOutcome(
        [(policy, rule, instance) for instance in instances],
        [(rule, move) for move in links.moved if holds(move.fact)],
        {instance.closed_by.uid: instance for instance in instances if instance.closed_by is not None},
        links.undated,
    )


def _origin(facts: Facts, versions: Sequence[Policy]) -> tuple[object, ...]:
    """What every rule's outcome follows from, by identity: policies, periods, roles, and what its people may act as."""
    spans = (fact for period in facts.periods for fact in (period.opened, period.ended, *period.idle))
    return (versions, facts.acting, len(facts.periods), *spans, *facts.roles)


@dataclass(frozen=True, slots=True)
class _Unchanged:
    """What was opened before, and the types of which facts have come or gone since. `before` None: nothing holds."""

    before: Opened | None
    changed: frozenset[str]
    versions: Sequence[Policy]
    same_people: bool
    # The facts of these types that came or went.
    facts: Sequence[Fact] = ()

    @classmethod
    def between(cls, before: Opened | None, now: Opened, versions: Sequence[Policy]) -> _Unchanged:
        if before is None or not _same(before.origin, now.origin):
            return cls(None, frozenset(), versions, same_people=False)
        types = before.by_type.keys() | now.by_type.keys()
        changed = {name for name in types if not _same(before.by_type.get(name, ()), now.by_type.get(name, ()))}
        facts = [fact for name in changed for fact in _moved(before.by_type.get(name, ()), now.by_type.get(name, ()))]
        return cls(before, frozenset(changed), versions, before.directory is now.directory, facts)

    def as_a_whole(self) -> bool:
        """Whether every rule made the same of the facts before. Rules that ask for visits are touched by each."""
        if self.before is None:
            return False
        touched = joined(policy.touched_at_all for policy in self.versions)
        if touched is None:
            return self.same_people and not self.changed
        return self.changed.isdisjoint(touched)

    def outcome(self, number: int, rule: str) -> RuleOutcome | None:
        """What a rule made of the facts before, where it would make the same of them now."""
        if self.before is None:
            return None
        touched = self.versions[number].touched[rule]
        if number:  # a link of an older version hands over to the same rule of the next
            touched = joined(policy.touched[rule] for policy in self.versions[: number + 1] if rule in policy.touched)
        still = touched.isdisjoint(self.changed) if touched is not None else self.same_people and not self.changed
        return self.before.outcomes[number, rule] if still else None

    def but_for_subjects(
        self, number: int, policy: Policy, rule: Rule, facts: Facts, book: PolicyBook
    ) -> RuleOutcome | None:
        """The same, but for what is about subjects of the facts that came or went. None: they may bear on all of it."""
        if self.before is None or (subjects := subjects_in(policy, rule, self.facts)) is None:
            return None
        anew = Chain(singles(rule, facts, policy.calendar, {}, subjects))
        kept = [each for each in self.before.outcomes[number, rule.rule].instances if each[2].about not in subjects]
        instances = [*kept, *_in_force(policy, rule, anew, facts, book).instances]
        return RuleOutcome(sorted(instances, key=_in_order), [], {}, frozenset())

    def visits(self, now: Opened) -> bool:
        """Whether visits are the same, and all that asked for them."""
        if self.before is None or "visit.recorded" in self.changed:
            return False
        asking = [(number, rule.rule) for number, policy in enumerate(self.versions) for rule in policy.visiting_rules]
        return all(self.before.outcomes[name] is now.outcomes[name] for name in asking)


def _same(before: Sequence[object], now: Sequence[object]) -> bool:
    """Whether two lists hold the very same things."""
    return before is now or (len(before) == len(now) and all(map(is_, before, now)))


def _moved(before: Sequence[Fact], now: Sequence[Fact]) -> list[Fact]:
    """The facts that are in one list alone."""
    gone = {id(fact): fact for fact in before}
    came = [fact for fact in now if gone.pop(id(fact), None) is None]
    return [*came, *gone.values()]


def _in_order(opening: tuple[Policy, Rule, Instance]) -> tuple[date, datetime, str]:
    opened_by = opening[2].opened
    return opened_by.day, opened_by.time, opened_by.uid

"""Rules that open once for each fact, or each person it names: within a time of it, on a date in it, on its own day."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from service.domain.calendar import OPEN_ENDED, Calendar, Interval, hours_after, local_day, start_of
from service.domain.fact import Fact, scheduled_on
from service.domain.facts import Facts
from service.domain.language.clocks import Due
from service.domain.language.patterns import ForEach, Opening
from service.domain.obligations.bars import Bar, barred_at, bars_of
from service.domain.obligations.instances import Instance
from service.domain.obligations.matching import any_matches, calling, candidates, matches, opens, since, spoken_against
from service.domain.obligations.networks import losses
from service.domain.obligations.subjects import subject_of
from service.domain.obligations.timeline import week_ends
from service.domain.periods import place
from service.domain.policy import Rule


def singles(
    rule: Rule, facts: Facts, calendar: Calendar, undated: Mapping[str, frozenset[str]],
    subjects: Collection[str] | None = None,
) -> list[Instance]:  # fmt: skip
    """Every opening of the rule, and what became of it. `undated` names the facts that left a chain without a next.

    `subjects`: only what is about one of these, of a rule that asks of each by itself.
    """
    instances = _Instances()
    for opening, fact, about in _called_for(rule, facts, calendar, undated, subjects):
        bars = bars_of(rule.kind, about, facts) if about is not None and opening.for_each is not None else []
        for opened in (fact, *_freed(bars, rule, fact, about, facts)):
            due_on = _due_on(rule.due, opened, facts, calendar)
            if due_on is None or not _is_still_called_for(opening, rule, fact, opened, about, bars, facts):
                continue
            if rule.one_at_a_time and instances.still_open(about, opened.day):
                continue
            instance = Instance(opened, due_on, about, fact if opened is not fact else None)
            instance.due_at = _due_at(rule.due, opened)
            _overtake(instance, rule.due, facts)
            instances.add(_settled(instance, rule, facts, bars, instances.counted_from(instance)))
    return instances.in_order


@dataclass(slots=True)
class _Instances:
    """The instances of a rule so far, and what is asked of those about one thing."""

    in_order: list[Instance] = field(default_factory=list)
    _by_about: dict[str | None, list[Instance]] = field(default_factory=dict)
    # About → the last day on which an instance was still to be done; the last that there is while one is not settled.
    _open_until: dict[str | None, date] = field(default_factory=dict)

    def add(self, instance: Instance) -> None:
        """Take up one that is settled, as far as it is."""
        about = instance.about
        self.in_order.append(instance)
        self._by_about.setdefault(about, []).append(instance)
        settled_on = instance.settled_by.day if instance.settled_by is not None else date.max
        self._open_until[about] = max(settled_on, self._open_until.get(about, date.min))

    def still_open(self, about: str | None, day: date) -> bool:
        """Whether one was still to be done when a fact of a day came. One settled on that day no longer counts."""
        return self._open_until.get(about, date.min) > day

    def counted_from(self, instance: Instance) -> Fact:
        """What opened the first in the line of those that were moved until it is the one that stands."""
        opened = instance.opened
        for before in reversed(self._by_about.get(instance.about, ())):
            if not before.superseded:
                break
            opened = before.opened
        return opened


def _called_for(
    rule: Rule, facts: Facts, calendar: Calendar, undated: Mapping[str, frozenset[str]],
    subjects: Collection[str] | None,
) -> Iterator[tuple[Opening, Fact, str | None]]:  # fmt: skip
    """Each fact that calls for the rule's obligation, and for whom or what it does."""
    for opening, fact in _openings(rule, facts, calendar, subjects):
        if _left_undated(opening, fact, undated):
            yield from ((opening, fact, about) for about in _abouts(opening, fact, facts))


def _freed(bars: Sequence[Bar], rule: Rule, fact: Fact, about: str | None, facts: Facts) -> Iterator[Fact]:
    """The facts that free a person who was barred, while what this fact called for is not replaced."""
    for bar in bars:
        if bar.bars or bar.place <= place(fact) or not facts.covers(bar.place):
            continue
        patterns = rule.superseded_by
        newer = (other for pattern in patterns for other in candidates(pattern, facts, about, fact))
        if not any(
            place(fact) < place(other) <= bar.place and any_matches(patterns, other, facts, about, fact)
            for other in newer
        ):
            yield bar.fact


def _is_still_called_for(
    opening: Opening, rule: Rule, fact: Fact, opened: Fact, about: str | None, bars: Sequence[Bar], facts: Facts
) -> bool:
    """Whether nothing said or done before speaks against it. What was done while the person was barred does, too."""
    if barred_at(bars, place(opened)):
        return False
    against = [*opening.unless, *rule.cancelled_by, *(rule.met if opened is not fact else ())]
    return not spoken_against(against, opened, facts, about, fact)


def _openings(
    rule: Rule, facts: Facts, calendar: Calendar, subjects: Collection[str] | None
) -> list[tuple[Opening, Fact]]:
    pairs = [(opening, fact) for opening in rule.opens for fact in _opening_facts(opening, facts, calendar, subjects)]
    pairs += [(opening, fact) for opening in rule.opens for fact in losses(opening, facts)]
    return sorted(pairs, key=lambda pair: (pair[1].day, pair[1].time, pair[1].uid))


def _opening_facts(opening: Opening, facts: Facts, calendar: Calendar, subjects: Collection[str] | None) -> list[Fact]:
    """The facts that open it; where only the nth of them does, that one."""
    calls: Iterable[Fact] = calling(opening.when, facts)
    if subjects is not None:
        calls = (fact for fact in calls if subject_of(opening, fact) in subjects)
    fit = [fact for fact in calls if opens(opening, fact, facts, calendar)]
    return fit if opening.nth is None else fit[opening.nth - 1 : opening.nth]


def _left_undated(opening: Opening, fact: Fact, undated: Mapping[str, frozenset[str]]) -> bool:
    return opening.leaves_no_next is None or fact.uid in undated.get(opening.leaves_no_next, ())


def _abouts(opening: Opening, fact: Fact, facts: Facts) -> Iterator[str | None]:
    if opening.for_each is not None:
        yield from _each(opening.for_each, fact, facts)
    elif opening.about is None:
        yield None
    else:
        yield subject_of(opening, fact)


def _each(each: ForEach, fact: Fact, facts: Facts) -> Iterator[str]:
    listed = [person for name in each.listed_in for person in _list(fact.get(name))]
    listed += [person for mark in each.marked for person in facts.with_mark(mark)]
    for person in dict.fromkeys(listed):
        if not any(facts.acted_as(person, role, fact.day) for role in each.but_not):
            yield person


def _list(value: object) -> Sequence[str]:
    return value if isinstance(value, list) else ()


def _due_at(due: Due, fact: Fact) -> datetime | None:
    """The moment at which it is due, where the clock counts hours: of a fact with a day only, from that day's end."""
    if due.before is not None and due.hours_before:
        return _hours_before(due.before, fact)
    if due.within is None or not due.by_the_hour:
        return None
    return hours_after(fact.moment or start_of(fact.day + timedelta(days=1)), due.within)


def _hours_before(length: Interval, fact: Fact) -> datetime | None:
    """So many hours before what a fact put in the diary; of a day only, before that day's end."""
    at, day = fact.get("at"), scheduled_on(fact)
    if day is None:
        return None
    ahead = at if isinstance(at, datetime) else start_of(day + timedelta(days=1))
    return hours_after(ahead, Interval(-length.count, length.unit))


def _overtake(instance: Instance, due: Due, facts: Facts) -> None:
    """What is due before another fact is due on that fact's day, as soon as it has come."""
    cause, about = instance.cause, instance.about
    for fact in since(due.before_fact or (), facts, about, cause, instance.opened.day):
        own = fact.uid == cause.uid or not _can_settle(fact, instance.opened)
        if not own and any_matches(due.before_fact or (), fact, facts, about, cause):
            instance.overtaken_by, instance.due_on = fact, fact.day
            return


def _due_on(due: Due, fact: Fact, facts: Facts, calendar: Calendar) -> date | None:
    if (due_at := _due_at(due, fact)) is not None:
        return local_day(due_at)
    if due.within is not None:
        return due.counted(fact.day, due.within, calendar)
    if due.next_working_day:
        return calendar.next_working_day(fact.day, fact.moment)
    if due.before_fact is not None:
        return OPEN_ENDED
    if due.on is None:
        return fact.day
    value = scheduled_on(fact) if due.on in ("on", "at") else fact.get(due.on)
    day = value if isinstance(value, date) else None
    if day is None and due.or_week is not None:
        day = week_ends(facts, fact.get(due.or_week), fact.day)
    return _before(day, due.before, calendar) if day is not None and due.before is not None else day


def _before(day: date, interval: Interval, calendar: Calendar) -> date:
    return calendar.add(day, Interval(-interval.count, interval.unit))


def _settled(instance: Instance, rule: Rule, facts: Facts, bars: Sequence[Bar], counted_from: Fact) -> Instance:
    """Find the first fact that meets, replaces or cancels an instance. The end of the plan cancels one left open.

    What must be done several times counts from the opening of the first in a line whose date was moved.
    """
    opened, cause = instance.opened, instance.cause
    patterns = (*rule.met, *rule.superseded_by, *rule.cancelled_by)
    bar = next((bar for bar in bars if bar.bars and bar.place > place(opened) and facts.covers(bar.place)), None)
    for fact in since(patterns, facts, instance.about, cause, opened.day):
        if not _can_settle(fact, opened):
            continue
        if bar is not None and place(fact) >= bar.place:
            break
        if _meets(rule, fact, facts, instance, counted_from):
            instance.met = instance.settled_by = fact
            return instance
        if fact.uid == opened.uid or _is_older(fact, cause):
            continue
        instance.superseded = any_matches(rule.superseded_by, fact, facts, instance.about, cause)
        instance.cancelled = any_matches(rule.cancelled_by, fact, facts, instance.about, cause)
        if instance.superseded or instance.cancelled:
            instance.settled_by = fact
            return instance
    instance.settled_by = bar.fact if bar is not None else facts.ended
    instance.cancelled = instance.settled_by is not None
    return instance


def _meets(rule: Rule, fact: Fact, facts: Facts, instance: Instance, counted_from: Fact) -> bool:
    """Whether a fact meets an instance: at once, or as the last of so many."""
    for pattern in rule.met:
        if not matches(pattern, fact, facts, instance.about, instance.cause):
            continue
        if pattern.times is None:
            return True
        earlier = candidates(pattern, facts, instance.about, instance.cause)
        done = [
            other
            for other in earlier
            if place(other) <= place(fact)
            and _can_settle(other, counted_from)
            and matches(pattern, other, facts, instance.about, instance.cause)
        ]
        if len(done) >= pattern.times:
            return True
    return False


def _is_older(fact: Fact, cause: Fact) -> bool:
    """Whether a fact is no newer than one of its type: an older version replaces none."""
    return fact.type == cause.type and (fact.day, fact.time, fact.uid) <= (cause.day, cause.time, cause.uid)


def _can_settle(fact: Fact, opened: Fact) -> bool:
    # A fact of the same day counts, unless both have moments and it is the earlier.
    if fact.day != opened.day:
        return fact.day > opened.day
    if fact.type == opened.type and fact.uid != opened.uid:
        return (fact.time, fact.uid) > (opened.time, opened.uid)
    return not fact.before(opened)

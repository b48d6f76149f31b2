"""Rules of which one link at a time is open: every so often, or on the date that the facts agree."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby

from service.domain.calendar import Calendar, Interval
from service.domain.fact import Fact
from service.domain.facts import Facts
from service.domain.language.clocks import Agreed
from service.domain.language.patterns import Opening
from service.domain.obligations.instances import Instance, Moved
from service.domain.obligations.matching import any_matches, calling, opens, spoken_against, taken
from service.domain.obligations.months import following_due, is_early, opening_due
from service.domain.policy import Rule

NOTHING_AGREED = Agreed()


@dataclass(slots=True)
class Chain:
    """The links so far, the open one last; which facts left no next; which set dates were moved later."""

    instances: list[Instance] = field(default_factory=list)
    undated_uids: set[str] = field(default_factory=set)
    moved: list[Moved] = field(default_factory=list)

    @property
    def undated(self) -> frozenset[str]:
        """Facts that met a link and left nothing to follow."""
        return frozenset(self.undated_uids)


@dataclass(frozen=True, slots=True)
class Predecessor:
    """What earlier versions of a policy leave to this one: by fact, the links of a rule that it closed since then."""

    since: date
    closed: Mapping[str, Instance]

    def hands_over(self, current: Instance | None) -> bool:
        """Whether a chain has no link that this version of the policy opened."""
        return current is None or current.opened.day < self.since


def chain(rule: Rule, facts: Facts, calendar: Calendar, predecessor: Predecessor | None = None) -> Chain:
    """Read the plan's facts day by day and link the obligations of a recurring or re-datable rule."""
    return _Reader(rule, facts, calendar, predecessor).read()


class _Reader:
    def __init__(self, rule: Rule, facts: Facts, calendar: Calendar, predecessor: Predecessor | None) -> None:
        self.rule, self.facts, self.calendar, self.predecessor = rule, facts, calendar, predecessor
        self.agreed = rule.due.as_agreed or NOTHING_AGREED
        self.dates = self.agreed.on or rule.due.or_earlier
        self.interval: Interval | None = rule.due.every
        self.chair_role: str | None = None
        self.started = not rule.opens
        self.finished = False
        self.ceiling: date | None = None
        self.current: Instance | None = None
        # The link that is due within a time of its own, where the first has one.
        self.first: Instance | None = None
        self.met_due: date | None = None
        self.chain = Chain()
        chairs = rule.chair.as_agreed if rule.chair else []
        self.teaching = {takes.when for takes in (*self.agreed.every, *chairs)}
        # Which facts meet a link does not depend on the link.
        self.meeting: dict[tuple[str, str], bool] = {}

    def read(self) -> Chain:
        for _, same_day in groupby(self._relevant(), key=lambda fact: fact.day):
            today = list(same_day)
            if not self.started:
                today = self._start(today)
            for fact in self._in_turn(today) if len(today) > 1 else today:
                self._take(fact)
                self._take_over(fact)
        if self.current is not None and self.facts.ended is not None:
            self.current.cancelled = True
        return self.chain

    def _take_over(self, fact: Fact) -> None:
        """Open a link from a fact that closed one of an earlier version, where this version would open none.

        By this version alone, the fact may be early or meet nothing. Then nothing would be owed until the next.
        """
        if self.predecessor is None or not self.started or self.finished:
            return
        closed = self.predecessor.closed.get(fact.uid) if fact.day >= self.predecessor.since else None
        if closed is None or not self.predecessor.hands_over(self.current):
            return
        if closed.met is not None:
            if not self._cancels(fact):
                self.current = None
                self._open_after(fact)
        elif self.current is not None:
            # It was not done, so this version's own day stands.
            self._replace(fact, max(self.current.due_on, fact.day), dated=self.current.dated)

    def _in_turn(self, today: list[Fact]) -> list[Fact]:
        """Of a day, what meets it comes first, then what ends it, then dates. Before all comes what begins it."""
        begins = self.current is None
        return sorted(today, key=lambda fact: (not (begins and self._begins(fact)), self._rank(fact)))

    def _rank(self, fact: Fact) -> int:
        return 0 if self._meets(fact) else 1 if self._cancels(fact) else 2

    def _begins(self, fact: Fact) -> bool:
        """Whether a fact agrees an interval and nothing else: what is done that day meets what it opens."""
        agrees = isinstance(taken(self.agreed.every, fact, self.facts), Interval)
        return agrees and not self._meets(fact) and self._date(fact) is None

    def _relevant(self) -> list[Fact]:
        chairs = self.rule.chair.as_agreed if self.rule.chair else []
        patterns = [*self.rule.opens, *self.rule.met, *self.agreed.every, *self.dates, *chairs]
        patterns += [*self.rule.superseded_by, *self.rule.cancelled_by]
        facts = [fact for name in {pattern.when for pattern in patterns} for fact in calling(name, self.facts)]
        if self.predecessor is not None:
            # What closed a link of an earlier version may be nothing that this one asks about.
            names = {fact.uid for fact in facts}
            closing = (link.closed_by for link in self.predecessor.closed.values())
            facts += [fact for fact in closing if fact is not None and fact.uid not in names]
        return sorted(facts, key=lambda fact: (fact.day, fact.time, fact.uid))

    def _start(self, today: list[Fact]) -> list[Fact]:
        for fact in today:
            self._learn(fact)
        # Of a day, what the rule names first begins it: a date that was set with a plan comes after the plan.
        starts = (fact for opening in self.rule.opens for fact in today if self._opens(opening, fact))
        start = next(starts, None)
        if start is None:
            return []
        self.started = True
        if self.rule.due.within is not None:
            self.ceiling = self.calendar.add(start.day, self.rule.due.within)
        if not self._meets(start):
            self._next(start, begins=True)
            return [fact for fact in today if fact.uid != start.uid]
        self._open_after(start)
        # Facts of that day that met the rule before the start are no part of the chain.
        return [fact for fact in today if fact.uid != start.uid and not self._meets(fact)]

    def _opens(self, opening: Opening, fact: Fact) -> bool:
        against = spoken_against(opening.unless, fact, self.facts, None)
        return opens(opening, fact, self.facts, self.calendar) and not against

    def _take(self, fact: Fact) -> None:
        if self.finished:
            return
        if not self.started:
            # It was cancelled on this very day: something else may begin it anew.
            self._start([fact])
            return
        learned = self._learn(fact)
        if self._meets(fact):
            self._meet(fact)
        elif self.current is not None and any_matches(self.rule.superseded_by, fact, self.facts):
            self.current.superseded, self.current.closed_by = True, fact
            self.current = None
            # The fact that takes its place may be the one that begins it anew.
            self._start([fact])
        elif self._cancels(fact):
            self._cancel(fact)
        elif (day := self._date(fact)) is not None:
            self._set_date(fact, day)
        elif learned and self.interval is not None and not self._stands_above_intervals():
            # A new agreement starts its clock on its own day.
            self._replace(fact, self.rule.due.counted(fact.day, self.interval, self.calendar), dated=False)

    def _stands_above_intervals(self) -> bool:
        """Whether a date was set for the open link, or it is the first and has a time of its own."""
        return self.current is not None and (self.current.dated or self.current is self.first)

    def _meets(self, fact: Fact) -> bool:
        name = (fact.type, fact.uid)
        if name not in self.meeting:
            self.meeting[name] = any_matches(self.rule.met, fact, self.facts)
        return self.meeting[name]

    def _cancels(self, fact: Fact) -> bool:
        return any_matches(self.rule.cancelled_by, fact, self.facts)

    def _cancel(self, fact: Fact) -> None:
        """Nothing more follows, until something opens the rule again."""
        if self.current is not None and fact.day == self.current.opened.day and fact.before(self.current.opened):
            return  # it ended what was before
        if self.current is not None:
            self.current.cancelled, self.current.closed_by = True, fact
            self.current = None
        self.started = not self.rule.opens

    def _meet(self, fact: Fact) -> None:
        if self.current is not None and self.rule.due.each and is_early(self.rule.due, fact.day, self.current.due_on):
            return  # it counts for the month before
        if self.current is not None:
            opened = self.current.opened
            if fact.day == opened.day and (fact.before(opened) or self._meets(opened)):
                # Earlier than what it would meet, or a second visit of one day, which is the same occasion.
                self._redate(fact)
                return
            self.current.met = self.current.closed_by = fact
            self.met_due = self.current.due_on
            self.current = None
        self._open_after(fact)

    def _redate(self, fact: Fact) -> None:
        if (day := self._date(fact)) is not None:
            self._set_date(fact, day)

    def _open_after(self, fact: Fact) -> None:
        if not self.rule.due.recurs:
            self.finished = True
            return
        self._next(fact)
        if self.current is None:
            self.chain.undated_uids.add(fact.uid)

    def _next(self, fact: Fact, *, begins: bool = False) -> None:
        day = self._date(fact)
        due = day or self._by_interval(fact, begins=begins)
        if self.ceiling is not None:
            due = min(due, self.ceiling) if due is not None else self.ceiling
        if due is not None:
            self._open(fact, due, dated=day is not None)
        if begins and self.rule.due.first_within is not None:
            self.first = self.current

    def _by_interval(self, fact: Fact, *, begins: bool) -> date | None:
        clock = self.rule.due
        if clock.each:
            return opening_due(clock, fact.day) if begins else following_due(clock, fact.day, self.met_due or fact.day)
        interval = clock.first_within if begins and clock.first_within else self.interval
        return clock.counted(fact.day, interval, self.calendar) if interval is not None else None

    def _set_date(self, fact: Fact, day: date) -> None:
        due = min(day, self.ceiling) if self.ceiling is not None else day
        old = self.current.due_on if self.current is not None else None
        if old is not None and day > old:
            count = len(self.chain.moved) + 1
            self.chain.moved.append(Moved(fact, old, day, kept=due == old, count=count))
        if old != due:
            self._replace(fact, due, dated=True)
        elif self.current is not None:
            self.current.dated = True

    def _replace(self, fact: Fact, due: date, *, dated: bool) -> None:
        if self.current is not None:
            self.current.superseded, self.current.closed_by = True, fact
        self._open(fact, due, dated=dated)

    def _open(self, fact: Fact, due: date, *, dated: bool) -> None:
        self.current = Instance(fact, due, dated=dated, chair_role=self.chair_role)
        self.chain.instances.append(self.current)

    def _learn(self, fact: Fact) -> bool:
        """Keep an interval or a chair that a fact agrees; True where it agreed an interval."""
        if fact.type not in self.teaching:
            return False
        if self.rule.chair is not None:
            role = taken(self.rule.chair.as_agreed, fact, self.facts)
            self.chair_role = str(role) if role is not None else self.chair_role
        every = taken(self.agreed.every, fact, self.facts)
        if not isinstance(every, Interval):
            return False
        self.interval = every
        return True

    def _date(self, fact: Fact) -> date | None:
        # A review at a meeting is followed on the date that the meeting set.
        for source in (fact, *self.facts.meeting_of(fact)):
            if isinstance(day := taken(self.dates, source, self.facts), date):
                return day
        return None

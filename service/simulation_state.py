"""What a simulation holds of plans and authorities, in the place of the service's tables."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime

from service.domain.calendar import local_day
from service.domain.events.event import Event
from service.domain.facts import Facts
from service.domain.facts_added import facts_with
from service.domain.obligations.obligation import Obligation, Status
from service.domain.own_id import OwnId
from service.domain.people.directory import Directory
from service.domain.telling.records import Ledger
from service.domain.telling.rests import Rests


@dataclass
class PlanState:
    """What the service's tables hold of one plan."""

    events: list[Event] = field(default_factory=list)
    people: set[str] = field(default_factory=set)
    ledger: Ledger = field(default_factory=Ledger)
    obligations: tuple[Obligation, ...] = ()
    next_look: datetime | None = None
    ended_on: date | None = None
    # The facts as they were last set in order, and whether something has been learnt since.
    facts: Facts | None = None
    learnt: bool = True
    # Those of the last look. What it opened is taken over by the next, which finds it as long as these are kept.
    looked_at: Facts | None = None
    # What had nothing to tell at the last look.
    rests: Rests | None = None
    # Whether no event has introduced it yet: `events` are then what bears on alerts alone.
    awaited: bool = False

    @property
    def at_rest(self) -> bool:
        """Whether it has ended, and nothing of it is still to come."""
        return self.ended_on is not None and self.next_look is None

    def touch(self, *, beyond: bool) -> None:
        """Wake what may have something to tell because of an event: one of its own, or one beyond it."""
        if self.rests is not None:
            self.rests = self.rests.touched(beyond=beyond)

    def known(self, plan: OwnId, directory: Directory, now: datetime) -> Facts | None:
        """The plan's facts, set in order anew only where something was learnt, or they wait for a day to come."""
        facts = self.facts
        if self.learnt or facts is None or facts.directory is not directory or facts.ahead is not None:
            today, self.learnt = local_day(now), False
            self.facts = (
                Facts.awaiting(plan, self.events, directory, today)
                if self.awaited
                else self._with_more(directory, today) or Facts.for_alerts(self.events, directory, today)
            )
        return self.facts

    def _with_more(self, directory: Directory, today: date) -> Facts | None:
        """The facts, and those of the events since; None where all are to be set in order anew."""
        facts = self.facts
        if facts is None or facts.directory is not directory or facts.ahead is not None or not facts.introduced:
            return None
        for event in self.events[len(facts.recorded) :]:
            if facts is not None:
                facts = facts_with(facts, event, today)
        return facts


@dataclass
class AuthorityState:
    """What the service's tables hold of one authority's people, and of the roles that they have for all of it."""

    people: list[Event] = field(default_factory=list)
    on_plans: list[Event] = field(default_factory=list)  # what bears on people beyond its plan, and what is withdrawn
    # Person → plans with check-ins.
    check_ins: defaultdict[str, dict[str, None]] = field(default_factory=lambda: defaultdict(dict))
    serving: set[str] = field(default_factory=set)  # whom an event named in a role for the whole authority
    directory: Directory = field(default_factory=Directory)
    # Person → plans whose facts name the person.
    named_by: defaultdict[str, set[OwnId]] = field(default_factory=lambda: defaultdict(set))
    # Person → plan → what the person owes there and is late with.
    late: defaultdict[str, dict[OwnId, list[Obligation]]] = field(default_factory=lambda: defaultdict(dict))

    def name(self, plan: OwnId, state: PlanState, person: str) -> None:
        """Note that the facts of a plan name a person."""
        state.people.add(person)
        self.named_by[person].add(plan)

    def owe(self, plan: OwnId, state: PlanState, obligations: tuple[Obligation, ...]) -> None:
        """Note the obligations of a plan in the place of those it had."""
        if obligations is state.obligations:
            return
        for person in {duty.responsible for duty in state.obligations if _is_late(duty)}:
            self.late[str(person)].pop(plan, None)
        state.obligations = obligations
        for duty in obligations:
            if _is_late(duty):
                self.late[str(duty.responsible)].setdefault(plan, []).append(duty)

    def late_of(self, person: str) -> list[Obligation]:
        """What a person owes on any plan and is late with."""
        return [duty for duties in self.late[person].values() for duty in duties]


def _is_late(obligation: Obligation) -> bool:
    return obligation.status is Status.OVERDUE and obligation.responsible is not None

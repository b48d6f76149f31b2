"""The slips of one plan: which of its events have no effect, refer to nothing, or look like a mistake."""

from __future__ import annotations

import difflib
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, KeysView, Mapping, Sequence
from dataclasses import dataclass, field
from operator import is_
from weakref import WeakValueDictionary

from service.domain.events.event import Event
from service.domain.events.event_types import LASTING, WITHDRAWAL
from service.domain.events.payloads.base import Names, references_in
from service.domain.events.payloads.milestones import MilestoneReached, MilestoneScheduled
from service.domain.events.payloads.plans import PlanOpened
from service.domain.events.payloads.visits import VisitsAgreed
from service.domain.events.slip import (
    AFTER_THE_END,
    ENDS_NOTHING,
    MANY_EVENTS,
    MILESTONE_NOT_COUNTED,
    NOT_ASKED_FOR,
    NOT_INTRODUCED,
    OPENED_TWICE,
    OTHER_CHILD,
    REFERS_TO_NOTHING,
    UNDECLARED_MILESTONE,
    Slip,
    plain_slips,
    protects,
)
from service.domain.events.withdrawals import withdrawn_among
from service.domain.fact import Fact
from service.domain.facts import Facts
from service.domain.obligations.matching import any_matches
from service.domain.periods import place
from service.domain.policy import Policy, PolicyBook
from service.domain.telling.wording import role_text

# The events that a reference may mean: those that put it in the diary, agreed it or recorded it.
_MEANT: Mapping[Names, tuple[str, ...]] = {
    Names.VISIT: ("visit.recorded",),
    Names.PLANNED_VISIT: ("visit.planned",),
    Names.MEETING: ("meeting.scheduled", "meeting.held"),
    Names.ACTION: ("action.agreed",),
}
# A plan of years has some hundreds. Thousands are a fault of whoever sends them.
_MOST_EVENTS = 5_000
# Where an event names whom it protects somebody from, or whom it protects.
_PROTECTED = ("person", "from_")
_RAISES_AN_ALERT = ("bottom_line.breached", "check_in.replied")


def slips_of(facts: Facts, book: PolicyBook) -> Sequence[Slip]:
    """The slips that stand in a plan's events, one for each event and code; and in those that wait for the plan."""
    return facts.derive_once(slips_of, lambda: tuple(_slips_in(facts, book)), book.versions(facts.authority))


def _slips_in(facts: Facts, book: PolicyBook) -> Iterator[Slip]:
    yield from _in_themselves(facts)
    if not facts.introduced:
        return
    if len(facts.recorded) > _MOST_EVENTS:
        opening = next(event for event in facts.recorded if event.uid == facts.opened.uid)
        detail = (
            f"opened a plan that has more than {_MOST_EVENTS:,} events by now, and each further one costs more time"
        )
        yield Slip(MANY_EVENTS, opening, "subject", detail)
    yield from _idle_openings(facts)
    yield from _idle_ends(facts)
    if not _is_plain(facts):
        yield from _without_effect(facts, book)


def _is_plain(facts: Facts) -> bool:
    """Whether all lies in the one period of the plan, and is of types that have an effect there: as of nearly all."""
    unsure = facts.ever("milestone.reached") or facts.ever("milestone.scheduled") or facts.ever("visits.agreed")
    return facts.ended is None and len(facts.periods) == 1 and not unsure


def _in_themselves(facts: Facts) -> Iterator[Slip]:
    """What events show by themselves, and what they refer to in vain; anew only of those that came since a look."""
    name = (facts.authority, facts.plan)
    before = _faultless.get(name)
    start = before.continued_by(facts) if before is not None else 0
    references = before.references.joined_by(facts, start) if before is not None and start else _Known.of(facts)
    slips = [*_stray(facts, references), *_of_recorded(facts, references, start)]
    if not slips and not facts.waiting:
        latest = _Faultless(facts.recorded, references)
        _faultless[name] = facts.derive_once(_Faultless, lambda: latest)
    yield from slips


def _of_recorded(facts: Facts, references: _Known, start: int) -> Iterator[Slip]:
    gone = withdrawn_among(facts.recorded)
    for event in facts.recorded[start:]:
        if event.uid in gone:
            continue
        if plain := plain_slips(event):
            yield from _one_of_each(plain)
        if unknown := references.unknown_in(event):
            yield from _one_of_each(unknown)


@dataclass(frozen=True, slots=True, weakref_slot=True)
class _Faultless:
    """Events of a plan of which none showed a slip, and what they may refer to.

    What was known once stays known as long as the people are who were known then: what is recorded is never taken away.
    """

    recorded: tuple[Event, ...]
    references: _Known

    def continued_by(self, facts: Facts) -> int:
        """How many events need not be read again; 0 where something else has changed than that more have come.

        By a withdrawal an earlier one may be withdrawn, and what that one was about stands again.
        """
        count = len(self.recorded)
        if facts.waiting or len(facts.recorded) < count or not self.references.knew_nobody_else(facts):
            return 0
        if any(event.type == WITHDRAWAL for event in facts.recorded[count:]):
            return 0
        return count if all(map(is_, self.recorded, facts.recorded)) else 0


# Of each plan the last such events, as long as somebody keeps the facts.
_faultless: WeakValueDictionary[tuple[str, str], _Faultless] = WeakValueDictionary()


def _stray(facts: Facts, references: _Known) -> Iterator[Slip]:
    """Events that wait for what may never be introduced, and name a person in vain or would protect somebody."""
    if not facts.waiting:
        return
    gone = withdrawn_among([*facts.recorded, *facts.waiting])
    for event in facts.waiting:
        if event.uid in gone:
            continue
        if facts.introduced or (event.subject is None and not protects(event)):
            yield from _one_of_each(references.unknown_in(event))
        elif protects(event):
            detail = "names a plan or person that no event has introduced, and so it has no effect"
            yield Slip(NOT_INTRODUCED, event, "subject", detail, at_once=True)


def _one_of_each(slips: Iterable[Slip]) -> Iterator[Slip]:
    by_code: dict[str, Slip] = {}
    for slip in slips:
        by_code.setdefault(slip.code, slip)
    return iter(by_code.values())


def _idle_openings(facts: Facts) -> Iterator[Slip]:
    """Openings that came while the plan ran."""
    if not facts.idle_openings:
        return
    events = {event.uid: event for event in facts.recorded}
    for idle, holds in facts.idle_openings:
        assert isinstance(idle.data, PlanOpened)  # noqa: S101 - openings are
        assert isinstance(holds.data, PlanOpened)  # noqa: S101 - as above
        if idle.data.child.ref == holds.data.child.ref:
            yield Slip(OPENED_TWICE, events[idle.uid], "subject", "names a plan that runs already; nothing changes")
        else:
            detail = "names a plan that runs for another child; give this child's plan a reference of its own"
            yield Slip(OTHER_CHILD, events[idle.uid], "subject", detail, at_once=True)


def _idle_ends(facts: Facts) -> Iterator[Slip]:
    """Ends before an opening, or once more on the day of the end; later ones are facts after the end, like any."""
    if not facts.ever("plan.ended"):
        return
    events = {event.uid: event for event in facts.recorded}
    ends = {period.ended.uid for period in facts.periods if period.ended is not None}
    for fact in facts.ever("plan.ended"):
        if fact.uid not in ends and any(period.covers(place(fact)) for period in facts.by_period):
            detail = "is a day on which the plan does not run: it opens later, or has ended already"
            yield Slip(ENDS_NOTHING, events[fact.uid], "data.on", detail)


def _without_effect(facts: Facts, book: PolicyBook) -> Iterator[Slip]:
    events = {event.uid: event for event in facts.recorded}
    in_a_period = {fact.uid for period in facts.by_period for group in period.by_type.values() for fact in group}
    in_a_period |= {idle.uid for idle, _ in facts.idle_openings}
    for fact in facts.everything:
        event = events[fact.uid]
        if fact.uid not in in_a_period:
            if fact.type not in LASTING:
                yield Slip(AFTER_THE_END, event, "data.on", "is later than the plan's end, and so it has no effect")
        elif isinstance(fact.data, MilestoneReached | MilestoneScheduled):
            policies = book.until(facts.authority, fact.day)
            declared = {name for policy in policies for name in policy.milestones}
            if (detail := _undeclared(fact.data.milestone, declared)) is not None:
                yield Slip(UNDECLARED_MILESTONE, event, "data.milestone", detail)
            elif (roles := _never_said_by(fact, facts, policies)) is not None:
                detail = f"must name who did it, a holder of the role or the cover ({roles}); so it does not count"
                yield Slip(MILESTONE_NOT_COUNTED, event, "data.by", detail)
        elif isinstance(fact.data, VisitsAgreed) and not _asked_for(fact, facts, book):
            detail = "agrees visits that no rule of the policy asks for; nothing is due because of it"
            yield Slip(NOT_ASKED_FOR, event, "data.by_role", detail)


def _asked_for(fact: Fact, facts: Facts, book: PolicyBook) -> bool:
    """Whether a rule asks for a fact, in any version that was in force by its day: it may bear on what is older."""
    policies = book.until(facts.authority, fact.day)
    return any(any_matches(policy.patterns.get(fact.type, ()), fact, facts) for policy in policies)


def _undeclared(name: str, declared: Collection[str]) -> str | None:
    if name in declared:
        return None
    nearest = difflib.get_close_matches(name, declared, n=1)
    hint = f"; did you mean '{nearest[0]}'?" if nearest else ""
    return f"is a milestone that the policy does not declare, and so it changes nothing{hint}"


def _never_said_by(fact: Fact, facts: Facts, policies: Sequence[Policy]) -> str | None:
    """The roles of which one was to have reached a milestone, where nobody in one did by any version of the policy."""
    if not isinstance(fact.data, MilestoneReached):
        return None
    name = fact.data.milestone
    said_by = [policy.milestones[name].by for policy in policies if name in policy.milestones]
    if any(not roles or any(facts.acted_as(fact.data.by, role, fact.day) for role in roles) for roles in said_by):
        return None
    return " or ".join(role_text(role) for role in said_by[-1])


@dataclass(frozen=True, slots=True)
class _Known:
    """What references of a plan's events may mean."""

    persons: KeysView[str]
    ids: Mapping[str, set[str]]  # by type of event; "" for any
    refs: Mapping[str, set[str]]
    _of_kind: dict[Names, Collection[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, facts: Facts) -> _Known:
        """All that was recorded on the plan, what was withdrawn since included: that is a reference to something."""
        ids: dict[str, set[str]] = defaultdict(set)
        refs: dict[str, set[str]] = defaultdict(set)
        _note((*facts.recorded, *facts.waiting), ids, refs)
        return cls(facts.directory.persons.keys(), ids, refs)

    def knew_nobody_else(self, facts: Facts) -> bool:
        """Whether all persons that were known then are known still."""
        return self.persons <= facts.directory.persons.keys()

    def joined_by(self, facts: Facts, start: int) -> _Known:
        """The same, and what the events since the start-th are; with the persons who are known now."""
        events = facts.recorded[start:]
        types = {"", *(event.type for event in events)}
        ids = defaultdict(set, {**self.ids, **{name: set(self.ids.get(name, ())) for name in types}})
        refs = defaultdict(set, {**self.refs, **{name: set(self.refs.get(name, ())) for name in types}})
        _note(events, ids, refs)
        return _Known(facts.directory.persons.keys(), ids, refs)

    def unknown_in(self, event: Event) -> list[Slip]:
        """The references of an event that mean nothing which is known."""
        slips: list[Slip] = []
        for attribute, named, values in _references(event):
            if (noun := self._unknown(named, values)) is not None:
                name = f"data.{attribute.rstrip('_')}"
                slips.append(Slip(REFERS_TO_NOTHING, event, name, noun, protects(event) and attribute in _PROTECTED))
        return slips

    def _unknown(self, named: Names, values: Sequence[str]) -> str | None:
        if (meant := self._of_kind.get(named)) is None:
            meant = self._of_kind[named] = self._meant(named)
        unknown = [value for value in values if value not in meant]
        if not unknown:
            return None
        cased = {name.casefold() for name in meant}
        hint = "; one is known in capitals and small letters that differ" if unknown[0].casefold() in cased else ""
        return f"names {_A_NOUN[named]} that nothing is known of{hint}"

    def _meant(self, named: Names) -> Collection[str]:
        match named:
            case Names.PERSON:
                return self.persons
            case Names.EVENT:
                return self.ids.get("", ())
            case Names.ALERT:
                return {name for kind in _RAISES_AN_ALERT for name in self.ids.get(kind, ())}
            case Names.ANYTHING:
                return {*self.persons, *(ref for refs in self.refs.values() for ref in refs)}
        source = self.ids if named is Names.VISIT else self.refs
        return {name for kind in _MEANT[named] for name in source.get(kind, ())}


def _note(events: Iterable[Event], ids: dict[str, set[str]], refs: dict[str, set[str]]) -> None:
    """Take up what events are called, and what they give a reference to."""
    for event in events:
        ids[event.type].add(event.id)
        ids[""].add(event.id)
        ref = event.data.__dict__.get("ref")
        if isinstance(ref, str):
            refs[event.type].add(ref)


def _references(event: Event) -> Sequence[tuple[str, Names, Sequence[str]]]:
    """What an event refers to: the attributes that name something, of what kind it is, and the names."""
    references: Sequence[tuple[str, Names, Sequence[str]]] | None = event.kept.get("references")
    if references is None:
        values = (
            (attribute, named, event.data.__dict__.get(attribute))
            for attribute, named in references_in(type(event.data))
        )
        references = event.kept["references"] = tuple(
            (attribute, named, [value] if isinstance(value, str) else value)
            for attribute, named, value in values
            if isinstance(value, str) or (isinstance(value, list) and value)
        )
    return references


_A_NOUN = {
    Names.PERSON: "a person",
    Names.EVENT: "an event",
    Names.ALERT: "an alert",
    Names.VISIT: "a visit",
    Names.PLANNED_VISIT: "a planned visit",
    Names.MEETING: "a meeting",
    Names.ACTION: "an action",
    Names.ANYTHING: "a person or a reference",
}

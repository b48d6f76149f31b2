"""The service's own loop over files: every event becomes known at its time, and nothing is sent."""

from __future__ import annotations

import heapq
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import partial
from itertools import count, groupby
from operator import attrgetter
from typing import NamedTuple

from notifications.message import Message
from service.domain.admission import (
    Intake,
    Known,
    Rejected,
    Touched,
    Waiting,
    announced,
    not_introduced,
    take_in,
)
from service.domain.admitted import Admitted
from service.domain.calendar import start_of
from service.domain.events.event import Event
from service.domain.events.event_types import BREACH
from service.domain.events.payloads.check_ins import CheckInReplied, CheckInsStarted
from service.domain.events.replies import ReplyMeaning, meaning_of
from service.domain.facts import Facts
from service.domain.look import Look, look_at
from service.domain.obligations.obligation import Obligation
from service.domain.offices import in_office
from service.domain.own_id import NO_PLAN, OwnId
from service.domain.people.directory import Directory, bears_on_people
from service.domain.policy import PolicyBook
from service.domain.telling.check_ins import FellowPlan, LaterFellows, check_in_series
from service.domain.telling.gathered import gathered
from service.domain.telling.records import DigestLine, LineGroup, Problem, Withheld
from service.simulation_state import AuthorityState, PlanState

Told = Message | Withheld | Problem


class Placed(NamedTuple):
    """What came of a moment, and its place among all that came of it.

    Intake comes first, then looks by authority and plan, then gathered emails by template, authority and person.
    Authorities change nothing of each other: what came of each by itself, ordered by moment and place, is what comes
    of all together.
    """

    moment: datetime
    place: tuple[int, str, str, str]
    entry: Told


class Simulation:
    """A dictionary where the database would be, and a clock that jumps from event to event and look to look."""

    def __init__(self, book: PolicyBook) -> None:
        self.book = book
        self.plans: dict[OwnId, PlanState] = {}
        self.authorities: defaultdict[str, AuthorityState] = defaultdict(AuthorityState)
        # Events that are not taken, and why.
        self.refused: list[tuple[Event, Rejected]] = []
        self.looked = 0  # how many times at a plan
        self._known = Known(book.authorities)
        self._waiting: dict[int, Admitted] = {}
        self._numbers = count()
        self._told: set[str] = set()  # the names of all messages: each is told once
        self._queue: list[tuple[datetime, OwnId]] = []
        # Who holds a role anywhere, as it was asked at this moment: many plans ask the same.
        self._offices: dict[tuple[str, str, datetime], bool | None] = {}

    def run(self, events: Iterable[Event], until: date) -> Iterator[Told]:
        """All that would be told, withheld or mended from the first event to the end of a local day, in order."""
        return (placed.entry for placed in self.placed(events, until))

    def placed(self, events: Iterable[Event], until: date) -> Iterator[Placed]:
        """The same, each with its moment and its place in it.

        Events after that day have no effect, but those of them that would be refused are among the refused.
        """
        end = start_of(until + timedelta(days=1))
        ordered = sorted(events, key=lambda event: (event.time, event.uid))
        for name, authorities in announced(ordered, self.book.authorities).homes.items():
            self._known.homes.setdefault(name, set()).update(authorities)
        later = bisect_left(ordered, end, key=lambda event: event.time)
        for moment, batch in groupby(ordered[:later], key=lambda event: event.time):
            yield from self._looks_before(moment)
            intake = self._take(list(batch))
            problems = sorted(intake.problems(moment), key=attrgetter("authority", "key"))
            yield from (Placed(moment, (0, str(entry.authority), entry.key, ""), entry) for entry in problems)
            strays = self._gone_astray(intake)
            beyond = self._reached(intake.touched) | self._alerted(intake) | strays
            yield from self._step(moment, beyond | intake.touched.plans, beyond)
        yield from self._looks_before(end)
        self._stand(end - timedelta(microseconds=1))
        if later < len(ordered):
            self._admit(ordered[later:])

    def _looks_before(self, moment: datetime) -> Iterator[Placed]:
        while self._queue and self._queue[0][0] < moment:
            yield from self._step(self._queue[0][0], set())

    def _step(self, now: datetime, touched: set[OwnId], beyond: Collection[OwnId] = ()) -> Iterator[Placed]:
        """Look at what is due and what was touched: by events of its own, or `beyond` it."""
        self._offices.clear()
        for plan in touched:
            self.plans[plan].touch(beyond=plan in beyond)
        while self._queue and self._queue[0][0] <= now:
            due, plan = heapq.heappop(self._queue)
            if self.plans[plan].next_look == due:
                touched.add(plan)
        looks = [(plan, self._look(plan, now)) for plan in sorted(touched)]
        for plan, outcome in looks:
            place = (1, plan.authority, plan.id, "")
            of_plan: Iterable[Told] = (*outcome.problems, *outcome.withheld, *self._new(outcome.messages))
            yield from (Placed(now, place, entry) for entry in of_plan)
        yield from self._gathered([line for _, outcome in looks for line in outcome.lines], now)

    def _new(self, messages: Iterable[Message]) -> Iterator[Message]:
        for message in messages:
            if message.name not in self._told:
                self._told.add(message.name)
                yield message

    def _gathered(self, lines: Sequence[DigestLine], now: datetime) -> Iterator[Placed]:
        groups: defaultdict[LineGroup, list[DigestLine]] = defaultdict(list)
        for line in lines:
            groups[line.group].append(line)
        for group, mine in sorted(groups.items()):
            place = (2, group.template, group.authority, group.person)
            late = self.authorities[group.authority].late_of(group.person)
            yield from (Placed(now, place, email) for email in gathered(mine, late, self.book, now))

    def _look(self, plan: OwnId, now: datetime) -> Look:
        state, facts = self.plans[plan], self._facts(plan, now)
        fellows = LaterFellows(partial(self._fellows, plan, facts, now))
        outcome = look_at(self.book, facts, state.ledger, now, fellows=fellows, rests=state.rests)
        if outcome.next_look is not None and outcome.next_look <= now:
            raise AssertionError(f"plan {plan.id} would be looked at for ever at {now.isoformat()}")
        self.looked += 1
        self.authorities[plan.authority].owe(plan, state, outcome.obligations)
        state.ledger, state.rests, state.looked_at = outcome.ledger, outcome.rests, facts
        state.next_look, state.ended_on = outcome.next_look, outcome.ended_on
        if outcome.next_look is not None:
            heapq.heappush(self._queue, (outcome.next_look, plan))
        return outcome

    def _in_office(self, authority: str, person: str, moment: datetime) -> bool | None:
        """Whether a person holds a role on any plan of an authority; None where they never held one."""
        question = (authority, person, moment)
        if question not in self._offices:
            plans = (plan for plan in self.authorities[authority].named_by[person] if plan.id != NO_PLAN)
            self._offices[question] = in_office((self._facts(plan, moment) for plan in plans), person, moment)
        return self._offices[question]

    def _facts(self, plan: OwnId, now: datetime) -> Facts | None:
        state, authority = self.plans[plan], self.authorities[plan.authority]
        facts = state.known(plan, authority.directory, now)
        if plan.id != NO_PLAN and not self._waiting:
            return facts
        waiting = tuple(accepted.event for accepted in self._waiting.values() if accepted.bears_while_waiting(plan))
        if plan.id != NO_PLAN or facts is None:
            return replace(facts, waiting=waiting) if facts is not None and waiting else facts
        people = (event for event in authority.people if event.subject is None or event.subject in state.people)
        return replace(facts, waiting=waiting, recorded=tuple(people))

    def _fellows(self, plan: OwnId, facts: Facts | None, now: datetime) -> list[FellowPlan]:
        """The other plans that check in with somebody of this one."""
        if facts is None or not facts.of_type("check_ins.started"):
            return []
        people = {series.person for series in check_in_series(facts)}
        check_ins = self.authorities[plan.authority].check_ins
        names = {name for person in people for name in check_ins[person] if name != plan.id}
        fellows = [OwnId(plan.authority, name) for name in sorted(names)]
        pairs = ((self._facts(fellow, now), self.plans[fellow].ledger) for fellow in fellows)
        return [FellowPlan(fellow, ledger) for fellow, ledger in pairs if fellow is not None]

    def _take(self, batch: Sequence[Event]) -> Intake:
        """Take up events that became known together."""
        intake = self._admit(batch)
        for number, _ in intake.released:
            del self._waiting[number]
        for accepted in intake.admitted:
            if accepted.waits:
                self._put_aside(accepted)
        for accepted in intake.effective:
            self._keep(accepted)
        for authority in {accepted.authority for accepted in intake.effective if _bears_on_people(accepted)}:
            state = self.authorities[authority]
            shared_roles = self.book.newest(authority).shared_roles
            directory = Directory.of(state.people, state.on_plans, shared_roles=shared_roles)
            state.directory = replace(directory, in_office_elsewhere=partial(self._in_office, authority))
        return intake

    def _admit(self, batch: Sequence[Event]) -> Intake:
        intake = take_in(batch, self._known, None, max(event.time for event in batch))
        verdicts = zip(batch, intake.verdicts, strict=True)
        self.refused += [(event, verdict) for event, verdict in verdicts if isinstance(verdict, Rejected)]
        return intake

    def _put_aside(self, accepted: Admitted) -> None:
        number = next(self._numbers)
        self._waiting[number] = accepted
        waiting = Waiting(number, accepted.event, accepted.authority, accepted.writer, set(accepted.waits))
        self._known.keep_waiting(waiting)

    def _keep(self, accepted: Admitted) -> None:
        """Note an event that takes effect where looks find it."""
        event, authority = accepted.event, self.authorities[accepted.authority]
        if accepted.about == "plan":
            state = self.plans.setdefault(accepted.subject, PlanState())
            if state.awaited:  # from now on all its events are kept
                state.awaited, state.events = False, []
            state.events.append(event)
            state.learnt = True
            if _bears_on_people(accepted):
                authority.on_plans.append(event)
            if isinstance(event.data, CheckInsStarted):
                for asked_person in event.data.people:
                    authority.check_ins[asked_person][accepted.subject.id] = None
        else:
            authority.people.append(event)
            if accepted.about == "authority" and (person := getattr(event.data, "person", None)) is not None:
                authority.serving.add(person)

    def _alerted(self, intake: Intake) -> set[OwnId]:
        """The plans, not introduced yet, on whose alerts something bears, which is noted."""
        alerted: set[OwnId] = set()
        for accepted in intake.alerting:
            if accepted.event.type == BREACH:
                self.plans.setdefault(accepted.subject, PlanState(awaited=True))
            state = self.plans.get(accepted.subject)
            if state is not None and state.awaited:
                state.events.append(accepted.event)
                state.learnt = True
                alerted.add(accepted.subject)
        return alerted

    def _gone_astray(self, intake: Intake) -> set[OwnId]:
        """The plans with which stray events are looked at; one without a reference stands for the authority."""
        for accepted in intake.strays:
            state = self.plans.setdefault(accepted.looked_at_with, PlanState(awaited=True))
            if accepted.looked_at_with.id == NO_PLAN:
                for person in accepted.persons:
                    self.authorities[accepted.authority].name(accepted.looked_at_with, state, person)
        return {accepted.looked_at_with for accepted in intake.strays}

    def _reached(self, touched: Touched) -> set[OwnId]:
        """The plans that are to be looked at for what was touched beyond them: persons, and what an authority leads."""
        for plan, person in touched.named:
            self.authorities[plan.authority].name(plan, self.plans[plan], person)
        if not touched.persons and not touched.authorities:
            return set()
        served = {person.authority for person in touched.persons if self._serves(person)}
        authorities = touched.authorities | served
        homes = {person.authority for person in touched.persons}
        named = {plan for home in homes for plan in self._around(home, touched.persons)}
        if not authorities:
            return named
        led = {plan for plan, state in self.plans.items() if plan.authority in authorities and not state.at_rest}
        return named | led

    def _serves(self, person: OwnId) -> bool:
        return person.id in self.authorities[person.authority].serving

    def _around(self, authority: str, persons: frozenset[OwnId]) -> Iterator[OwnId]:
        """The plans of an authority that name one of these persons, or somebody who ever had a number of theirs."""
        state = self.authorities[authority]
        own = [person.id for person in persons if person.authority == authority]
        for person in state.directory.ever_sharing(own):
            yield from state.named_by[person]

    def _stand(self, now: datetime) -> None:
        for plan, state in self.plans.items():
            state.obligations = look_at(self.book, self._facts(plan, now), state.ledger, now).obligations

    def left_waiting(self) -> list[Problem]:
        """The events that nothing has introduced by the end, each a problem of the moment at which it came."""
        waiting = sorted(self._waiting.values(), key=lambda entry: (entry.event.time, entry.authority, entry.event.uid))
        return [not_introduced(entry, entry.event.time) for entry in waiting]

    def standing(self) -> list[Obligation]:
        """Every obligation as it stands at the end, ordered by plan, due day, kind and about."""
        everything = [obligation for state in self.plans.values() for obligation in state.obligations]
        return sorted(everything, key=in_order_of_print)


def in_order_of_print(obligation: Obligation) -> tuple[str, date, str, str, str, str]:
    """The place of an obligation among those that are printed."""
    duty = obligation
    return duty.plan, duty.due_on, duty.kind, duty.about or "", duty.authority, duty.key


def _bears_on_people(accepted: Admitted) -> bool:
    """Whether it changes who is who, or who may be texted: on a plan, what keeps texts from people, or is withdrawn.

    A reply does only if it asks for no more texts; all others would have the directory made anew for nothing.
    """
    data = accepted.event.data
    if isinstance(data, CheckInReplied):
        return meaning_of(data.text) is ReplyMeaning.STOP
    return accepted.about != "plan" or accepted.event.type == "event.withdrawn" or bears_on_people(accepted.event)

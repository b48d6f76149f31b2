"""The one function: what is owed on a plan at a moment, what must be told to whom now, and when to look again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import partial

from notifications.message import Message
from service.domain.calendar import Calendar, local_day, start_of
from service.domain.events.event import Event
from service.domain.events.slip import Slip
from service.domain.facts import Facts
from service.domain.keys.ledger import TakeoverKey
from service.domain.obligations.obligation import Obligation, Standing, standing_of
from service.domain.people.directory import Directory
from service.domain.policy import PolicyBook
from service.domain.telling.alerts import closed_keys, look_at_alert
from service.domain.telling.check_in_look import asked_of, look_at_check_ins
from service.domain.telling.check_ins import FellowPlan
from service.domain.telling.ladder import due_rungs, missed_in_a_row
from service.domain.telling.lasting_problems import lasting_problems
from service.domain.telling.notices import causes, tell_cause
from service.domain.telling.problems import look_at_slips
from service.domain.telling.recipients import Reach
from service.domain.telling.records import LISTENING, DigestLine, Heard, Ledger, Problem, Withheld
from service.domain.telling.rests import Ask, Part, Rest, Rests
from service.domain.telling.rung_messages import RungMessages
from service.domain.telling.slips import slips_of
from service.domain.telling.takeovers import handed_over_in, takeovers
from service.domain.telling.wording import ladder_of, rule_of


@dataclass(frozen=True, slots=True)
class Look:
    """What one look at a plan brings out. `ledger` is the whole new ledger; `next_look` is in UTC."""

    obligations: tuple[Obligation, ...]
    messages: tuple[Message, ...]
    lines: tuple[DigestLine, ...]
    withheld: tuple[Withheld, ...]
    problems: tuple[Problem, ...]
    ledger: Ledger
    next_look: datetime | None
    ended_on: date | None
    # What is wrong with the plan's events, told or not yet.
    slips: tuple[Slip, ...] = ()
    # For the next look.
    rests: Rests | None = field(default=None, repr=False, compare=False)


def look(
    book: PolicyBook,
    events: Sequence[Event],
    directory: Directory,
    ledger: Ledger,
    now: datetime,
    *,
    heard: Heard = LISTENING,
    due: datetime | None = None,
    fellows: Sequence[FellowPlan] = (),
) -> Look:
    """Look at one plan. `events` are all that are known of it, in any order; nothing is told twice.

    `heard` says how far texts are known; `due` when this look was due, where it may come late; `fellows` are the other
    plans of the authority that check in with somebody of this one.
    """
    facts = Facts.for_alerts(events, directory, local_day(now))
    return look_at(book, facts, ledger, now, heard=heard, due=due, fellows=fellows)


def look_at(
    book: PolicyBook,
    facts: Facts | None,
    ledger: Ledger,
    now: datetime,
    *,
    heard: Heard = LISTENING,
    due: datetime | None = None,
    fellows: Sequence[FellowPlan] = (),
    rests: Rests | None = None,
) -> Look:
    """Look at a plan whose facts are set in order already: for whoever looks at the same facts again and again.

    `rests` are those of the look before, and only those `touched` where anything has happened since for which the plan
    is looked at: an event of its own, or of another plan or person.
    """
    if facts is None:
        # It was never introduced: nothing is owed. What was told stays told.
        return Look((), (), (), (), (), Ledger({}, ledger.told), None, None)
    resting = rests.of(facts, ledger) if rests is not None else {}
    return _Looker(book, facts, ledger, now, heard, due, fellows, resting).look()


class _Looker:
    def __init__(
        self, book: PolicyBook, facts: Facts, ledger: Ledger, now: datetime, heard: Heard, due: datetime | None,
        fellows: Sequence[FellowPlan], resting: Mapping[str, Rest],
    ) -> None:  # fmt: skip
        self.book, self.facts, self.ledger, self.now = book, facts, ledger, now
        self.heard, self.due, self.fellows = heard, due, fellows
        self.policy = book.in_force(facts.authority, facts.opened.day)
        self.calendar: Calendar = book.at(facts.authority, now).calendar
        self.reach = Reach(facts, book.at(facts.authority, now), now, now)
        self.seen: dict[str, datetime] = {}
        self.told: dict[str, datetime] = {}
        self.nexts: list[datetime] = []
        self.messages: list[Message] = []
        self.problems: list[Problem] = []
        self.withheld: list[Withheld] = []
        self.lines: list[DigestLine] = []
        self.slips: Sequence[Slip] = ()
        self.resting = resting
        # What rests after this look.
        self.duties: dict[str, Rest] = {}
        self.shared: dict[str, Rest] = {}
        self.parts: dict[str, Rest] = {}

    def look(self) -> Look:
        if not self.facts.introduced:
            return self._look_at_alerts_alone()
        standing = standing_of(self.facts, self.book, self.now)
        tellings = RungMessages(self.facts, self.book, self.calendar, self.reach, self.now)
        running = self._running(standing)
        for obligation in standing.live:
            about = (obligation, running.get(obligation.key, 1))
            if not self._rests(obligation.key, self.duties, about):  # as nearly all do at nearly every look
                self._wake(obligation.key, partial(self._climb, *about, tellings), self.duties, about)
        self._ask("takeovers", partial(self._takeovers, standing, tellings), self.duties, handed_over_in(self.facts))
        self._alerts()
        self._ask("check-ins", self._check_ins, self.shared, asked_of(self.facts))
        self._ask("causes", partial(self._causes, standing), self.parts)
        self._problems(standing)
        self._slips()
        if self.facts.ahead is not None:
            self.nexts.append(start_of(self.facts.ahead))
        return self._result(standing, tellings)

    def _look_at_alerts_alone(self) -> Look:
        """Its introduction was withdrawn, or has not come: nothing is owed, but alerts go on."""
        self._alerts()
        if self.facts.awaited:
            self._slips()
        return self._result(Standing((), ()), RungMessages(self.facts, self.book, self.calendar, self.reach, self.now))

    def _ask(self, name: str, ask: Ask, rests: dict[str, Rest], about: object = None) -> None:
        """Ask a part what it has to tell, unless it rests; note it among its like if it rests from now on."""
        if not self._rests(name, rests, about):
            self._wake(name, ask, rests, about)

    def _rests(self, name: str, rests: dict[str, Rest], about: object) -> bool:
        rest = self.resting.get(name)
        if rest is None or not rest.lasts(about, self.now):
            return False
        self._leave(name, rest, rests)
        return True

    def _wake(self, name: str, ask: Ask, rests: dict[str, Rest], about: object) -> None:
        ask(part := Part())
        self.told.update(part.done)
        rest = part.rest(about)
        if rest is not None:
            self._leave(name, rest, rests)
        else:
            self.seen.update(part.seen)
            self.nexts += part.again

    def _leave(self, name: str, rest: Rest, rests: dict[str, Rest]) -> None:
        rests[name] = rest
        self.seen.update(rest.seen)
        if rest.again is not None:
            self.nexts.append(rest.again)

    def _since(self, key: str, part: Part) -> datetime:
        part.seen[key] = self.ledger.seen.get(key, self.now)
        return part.seen[key]

    def _running(self, standing: Standing) -> Mapping[str, int]:
        """Of how many unmet in a row each duty is the last, for those that are asked about once."""
        policies = self.book.versions(self.facts.authority)
        if all(ladder.ask_once is None for policy in policies for ladder in policy.ladders_used):
            return {}
        return missed_in_a_row(
            [duty for duty in standing.obligations if ladder_of(self.book, duty).ask_once is not None]
        )

    def _climb(self, obligation: Obligation, running: int, tellings: RungMessages, part: Part) -> None:
        rule = rule_of(self.book, obligation)
        # Since when it is known is kept under its own key as well, for whoever audits the ledger.
        since = part.seen[obligation.key] = self._since(obligation.seen_key, part)
        ladder = ladder_of(self.book, obligation)
        once, before = rule.overdue == "told_once", self.ledger.told
        rungs = due_rungs(obligation, ladder, self.calendar, since, before, self.now, running, told_once=once)
        for rung in rungs.now:
            tellings.rung(obligation, rung)
        # Each rung that was due is settled by now, and no other hangs on it.
        part.done.update(rungs.settled)
        part.settled = True
        if rungs.next is not None:
            part.again.append(rungs.next)

    def _alerts(self) -> None:
        # They never rest: who has acknowledged enough may change with people of other plans.
        seen = self.ledger.seen
        for breach in self.facts.ever("bottom_line.breached"):
            closed = closed_keys(self.book, breach, self.facts)
            if closed and closed[0] in seen:
                self.seen.update({key: seen[key] for key in closed if key in seen})
                continue
            result = look_at_alert(self.book, breach, self.facts, self.ledger, self.reach, self.now, self.due)
            self.messages += result.messages
            self.seen.update(result.seen)
            self.told.update(result.told)
            if result.next is not None:
                self.nexts.append(result.next)

    def _check_ins(self, part: Part) -> None:
        result = look_at_check_ins(
            self.facts, self.calendar, self.reach, self.ledger, self.now, self.heard, self.fellows
        )
        self.messages += result.messages
        self.withheld += result.withheld
        part.seen, part.done, part.again = result.seen, result.told, result.again

    def _causes(self, standing: Standing, part: Part) -> None:
        for cause in causes(self.facts, self.book, standing, self.now):
            if self._morning_has_come(cause.key, part):
                self.messages += tell_cause(cause, self.facts, self.reach, self.now)

    def _takeovers(self, standing: Standing, tellings: RungMessages, part: Part) -> None:
        if self.facts.ended is not None:
            return
        for takeover in takeovers(self.facts, self.calendar, self.now):
            key = str(TakeoverKey(self.facts.plan, takeover.role, takeover.person, takeover.since))
            if takeover.is_news(self.ledger.seen.get(key, self.now)) and self._morning_has_come(key, part):
                tellings.take_over(takeover, standing.obligations, key)

    def _morning_has_come(self, key: str, part: Part) -> bool:
        """Whether what is told the next working morning is to be told now; else ask again when it is."""
        moment = self.calendar.next_morning(self._since(key, part))
        if key in self.ledger.told:
            return False
        if moment > self.now or not self.calendar.routine_hours(self.now):
            part.again.append(max(moment, self.calendar.routine_from(self.now)))
            return False
        part.done[key] = moment
        return True

    def _problems(self, standing: Standing) -> None:
        for key, problem in lasting_problems(standing, self.facts, self.policy, self.calendar, self.book):
            if key not in self.ledger.told:
                self.told[key] = self.now
                authority, plan = self.facts.authority, self.facts.plan
                self.problems.append(Problem(key, self.now, authority, plan, problem.code, problem.detail))

    def _slips(self) -> None:
        self.slips = slips_of(self.facts, self.book)
        self._ask("slips", self._tell_slips, self.parts)

    def _tell_slips(self, part: Part) -> None:
        result = look_at_slips(self.slips, self.facts, self.calendar, self.ledger, self.reach, self.now)
        self.messages += result.messages
        self.lines += result.lines
        self.problems += result.problems
        part.seen, part.done, part.again = result.seen, result.done, result.again

    def _result(self, standing: Standing, tellings: RungMessages) -> Look:
        before = self.ledger.told
        withheld = [record for record in (*self.withheld, *self.reach.withheld.values()) if record.key not in before]
        problems = [problem for problem in self.reach.problems.values() if problem.key not in before]
        self.told.update({record.key: record.at for record in withheld})
        self.told.update({problem.key: problem.at for problem in problems})
        ledger = Ledger(self.seen, {**before, **self.told} if self.told else before)
        return Look(
            obligations=standing.obligations,
            messages=(*self.messages, *tellings.messages()),
            lines=(*tellings.lines(), *self.lines),
            withheld=tuple(withheld),
            problems=(*self.problems, *problems),
            ledger=ledger,
            next_look=min(self.nexts, default=None),
            ended_on=self.facts.ended.day if self.facts.ended else None,
            slips=tuple(self.slips),
            rests=Rests(ledger, self.duties, self.shared, self.facts, self.parts),
        )

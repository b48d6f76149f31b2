"""How an alert stands: who has acknowledged and who has not, for whoever acknowledges it by text, page or command."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from service.domain.fact import Fact
from service.domain.facts import Facts
from service.domain.keys.ledger import AlertRungKey
from service.domain.policy import PolicyBook
from service.domain.telling.acknowledgements import Acknowledgements, last_resort
from service.domain.telling.alerts import acknowledgements, alert_key, began
from service.domain.telling.records import Ledger


@dataclass(frozen=True, slots=True)
class RungState:
    """A role on the ladder: who acts in it (None: nobody holds it), since when it is alerted, and when it answered."""

    role: str
    person: str | None
    alerted_from: datetime
    acknowledged_at: datetime | None


@dataclass(frozen=True, slots=True)
class AlertState:
    """An alert as it stands at a moment. `breach` is the event's own id, `uid` its name for good; moments are aware.

    `every`: the time after which whoever has not acknowledged is alerted again.
    """

    plan: str
    authority: str
    breach: str
    uid: str
    crossed_at: datetime
    rungs: tuple[RungState, ...]
    closed: bool
    settled: bool
    every: timedelta

    @property
    def page_id(self) -> str:
        """What stands for it in an address: nothing of the case can be read from it."""
        return hashlib.sha256(f"{self.authority}/{self.plan}/{self.uid}".encode()).hexdigest()[:24]

    def role_of(self, person: str) -> str | None:
        """The first role on the ladder in which a person acts now."""
        return next((rung.role for rung in self.rungs if rung.person == person), None)

    def next_above(self, role: str | None) -> RungState | None:
        """Who comes after a role: the next rung on which somebody else acts. None: nobody does."""
        mine = next((rung for rung in self.rungs if rung.role == role), None)
        later = [rung for rung in self.rungs if mine is None or rung.alerted_from > mine.alerted_from]
        return next((rung for rung in later if rung.person and (mine is None or rung.person != mine.person)), None)

    def acknowledged_by(self, person: str) -> datetime | None:
        """When a person acknowledged, or whoever stood in for the same role."""
        moments = (rung.acknowledged_at for rung in self.rungs if rung.person == person)
        return min((moment for moment in moments if moment is not None), default=None)


@dataclass(frozen=True, slots=True)
class NextAlert:
    """Who is alerted next, in which role, when (aware), and whether that person has been alerted before."""

    role: str
    person: str
    at: datetime
    again: bool


def next_alerts(alert: AlertState, now: datetime) -> list[NextAlert]:
    """Whom an alert goes to next as things stand, the soonest first. Empty: to nobody any more."""
    if alert.settled:
        return []
    due = [_next(rung, alert.every, now) for rung in alert.rungs if rung.person and rung.acknowledged_at is None]
    return sorted((following for following in due if following is not None), key=lambda following: following.at)


def _next(rung: RungState, every: timedelta, now: datetime) -> NextAlert | None:
    if rung.person is None:
        return None
    if rung.alerted_from > now:
        return NextAlert(rung.role, rung.person, rung.alerted_from, again=False)
    rounds = (now - rung.alerted_from) // every + 1
    return NextAlert(rung.role, rung.person, rung.alerted_from + rounds * every, again=True)


def states(book: PolicyBook, facts: Facts, ledger: Ledger, now: datetime) -> list[AlertState]:
    """All alerts of a plan at a moment, in the order in which the bottom lines were crossed."""
    breaches = facts.ever("bottom_line.breached")
    return [_state(acknowledgements(book, breach, facts, ledger, now), breach, ledger, now) for breach in breaches]


def _state(answers: Acknowledgements, breach: Fact, ledger: Ledger, now: datetime) -> AlertState:
    facts, line = answers.facts, answers.line
    beginning = began(breach, facts, ledger) or now
    moments = dict.fromkeys(line.alert, beginning)
    for rung in line.then:
        # It was called early where nobody on the rungs before it could be told.
        early = ledger.seen.get(str(AlertRungKey(alert_key(breach, facts), rung.role)))
        moments[rung.role] = early or beginning + timedelta(minutes=rung.after)
    rungs = [_rung(answers, role, moment, now) for role, moment in moments.items()]
    if all(rung.person is None for rung in rungs):
        rungs.append(_rung(answers, last_resort(facts), beginning, now))
    crossed_at = breach.moment or breach.time
    settled = answers.settled(now)
    every = timedelta(minutes=line.again_every)
    names = (facts.plan, facts.authority, breach.id, breach.uid)
    return AlertState(*names, crossed_at, tuple(rungs), answers.closed, settled, every)


def _rung(answers: Acknowledgements, role: str, alerted_from: datetime, now: datetime) -> RungState:
    holder = answers.facts.holder(role, now)
    if holder is None:
        return RungState(role, None, alerted_from, None)
    person = answers.facts.directory.acts_at(holder, now)
    return RungState(role, person, alerted_from, answers.answered(holder, now))

"""How an alert stands: who has acknowledged and who has not, for whoever acknowledges it by text, page or command."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from service.domain.fact import Fact
from service.domain.facts import Facts
from service.domain.policy import PolicyBook
from service.domain.telling.acknowledgements import Acknowledgements, last_resort
from service.domain.telling.alerts import acknowledgements, began
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
    """An alert as it stands at a moment. `breach` is the event's own id, `uid` its name for good; moments are aware."""

    plan: str
    authority: str
    breach: str
    uid: str
    crossed_at: datetime
    rungs: tuple[RungState, ...]
    closed: bool
    settled: bool

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


def states(book: PolicyBook, facts: Facts, ledger: Ledger, now: datetime) -> list[AlertState]:
    """All alerts of a plan at a moment, in the order in which the bottom lines were crossed."""
    breaches = facts.ever("bottom_line.breached")
    return [_state(acknowledgements(book, breach, facts, ledger, now), breach, ledger, now) for breach in breaches]


def _state(answers: Acknowledgements, breach: Fact, ledger: Ledger, now: datetime) -> AlertState:
    facts, line = answers.facts, answers.line
    beginning = began(breach, facts, ledger) or now
    moments = dict.fromkeys(line.alert, beginning)
    moments |= {rung.role: beginning + timedelta(minutes=rung.after) for rung in line.then}
    rungs = [_rung(answers, role, moment, now) for role, moment in moments.items()]
    if all(rung.person is None for rung in rungs):
        rungs.append(_rung(answers, last_resort(facts), beginning, now))
    crossed_at = breach.moment or breach.time
    settled = answers.settled(now)
    return AlertState(
        facts.plan, facts.authority, breach.id, breach.uid, crossed_at, tuple(rungs), answers.closed, settled
    )


def _rung(answers: Acknowledgements, role: str, alerted_from: datetime, now: datetime) -> RungState:
    holder = answers.facts.holder(role, now)
    if holder is None:
        return RungState(role, None, alerted_from, None)
    person = answers.facts.directory.acts_at(holder, now)
    return RungState(role, person, alerted_from, answers.answered(holder, now))

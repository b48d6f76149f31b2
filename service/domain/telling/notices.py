"""Notices: what has happened on a plan, and is told the next working morning."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from notifications.message import Message, Purpose
from service.domain.fact import Fact
from service.domain.facts import Facts
from service.domain.keys.ledger import CauseKey
from service.domain.keys.messages import NoticeKey
from service.domain.obligations.instances import Moved
from service.domain.obligations.matching import any_matches, taken
from service.domain.obligations.obligation import Standing
from service.domain.periods import place
from service.domain.policy import Named, Policy, PolicyBook, Rule
from service.domain.telling.recipients import Reach, Recipient, initials_for
from service.domain.telling.wording import day_text


@dataclass(frozen=True, slots=True)
class NoticeCause:
    """A fact that is told the next working morning, to whom and how."""

    fact: Fact
    role: str
    template: str
    context: Mapping[str, object]

    @property
    def key(self) -> str:
        """The cause's name in the ledger."""
        return str(CauseKey(self.template, self.fact.uid))


def causes(facts: Facts, book: PolicyBook, standing: Standing, now: datetime) -> list[NoticeCause]:
    """The facts of a plan that call for a notice: its end, set dates moved later, copies given to the wrong person."""
    policy, lead = book.in_force(facts.authority, facts.opened.day), book.at(facts.authority, now).lead
    notice_causes = [*_unattended(facts, policy), *_copies_given(facts)]
    notice_causes += [
        NoticeCause(move.fact, rule.tell_when_moved_later, "date_moved", _moved(move))
        for rule, move in standing.moved
        if rule.tell_when_moved_later is not None
    ]
    notice_causes += [
        NoticeCause(end, lead, "plan_ended", _ended(end.day, cancelled)) for end, cancelled in standing.ends
    ]
    return notice_causes


def _unattended(facts: Facts, policy: Policy) -> Iterator[NoticeCause]:
    """Meetings held so often in a row without the practitioner that the agreed turn has been missed."""
    for rule in policy.rules:
        if rule.attendance is None or isinstance(rule.owed_by, Named):
            continue
        agreed = [taken([rule.attendance.one_in], fact, facts) for fact in facts.of_type(rule.attendance.one_in.when)]
        turns = next((number for number in reversed(agreed) if isinstance(number, int)), None)
        words = {"label": rule.label, "running": turns}
        for fact in _missed_turns(rule, rule.attendance.field, turns, facts):
            yield NoticeCause(fact, rule.owed_by, "attendance_missed", words)


def _copies_given(facts: Facts) -> Iterator[NoticeCause]:
    """Copies that somebody was given who was excluded by then, or from whom the plan was withheld by then."""
    for fact in facts.ever("plan.shared"):
        excluded, withheld = (
            any(shut.get(name) == fact.get("with") and place(shut) <= place(fact) for shut in facts.ever(type_))
            for type_, name in (("person.excluded", "person"), ("plan.withheld", "from"))
        )
        if excluded or withheld:
            words = {"given": day_text(fact.day), "excluded": excluded}
            yield NoticeCause(fact, "team_manager", "copy_given", words)


def _missed_turns(rule: Rule, field_name: str, turns: int | None, facts: Facts) -> Iterator[Fact]:
    """The meetings by which a turn was missed: each the last of so many in a row at which nobody was there for it."""
    held = [fact for name in {pattern.when for pattern in rule.met} for fact in facts.of_type(name)]
    running = 0
    for fact in (fact for fact in held if any_matches(rule.met, fact, facts)):
        running = 0 if fact.get(field_name) else running + 1
        if running == turns:
            yield fact


def _moved(move: Moved) -> Mapping[str, object]:
    return {"old": day_text(move.old), "new": day_text(move.new), "kept": move.kept, "move": move.count}


def _ended(day: date, cancelled: int) -> Mapping[str, object]:
    return {"ended": day_text(day), "cancelled": cancelled}


def tell_cause(cause: NoticeCause, facts: Facts, reach: Reach, now: datetime) -> list[Message]:
    """The notice about a fact, to whoever holds the role now, and to who reads it as well in an absence."""
    return [
        _notice(cause, facts, to, now)
        for to in reach.everybody(cause.role, facts.holder(cause.role, now), Purpose.NOTICE)
    ]


def _notice(cause: NoticeCause, facts: Facts, to: Recipient, now: datetime) -> Message:
    return Message(
        key=str(NoticeKey(cause.key, facts.plan, to.person)),
        plan=facts.plan,
        authority=facts.authority,
        role=to.role,
        person=to.person,
        channel=to.channel,
        purpose=Purpose.NOTICE,
        urgent=False,
        about=({"event": cause.fact.id},),
        template=cause.template,
        context={"plan": facts.plan, "initials": initials_for(facts, to), "link": None, **cause.context},
        at=now,
        obligations=(),
    )

"""Rungs of the same moment, person and plan become one message; the rest of a morning becomes lines of an email."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from notifications.message import Message, Purpose
from service.domain.calendar import MORNING, Calendar, local
from service.domain.fact import Fact
from service.domain.facts import Facts
from service.domain.keys.ledger import CauseKey
from service.domain.keys.messages import LineKey, NoticeKey, RungsKey
from service.domain.obligations.instances import Moved
from service.domain.obligations.matching import any_matches, taken
from service.domain.obligations.obligation import Obligation, Standing
from service.domain.periods import place
from service.domain.policy import Named, Policy, PolicyBook, Rule
from service.domain.telling.ladder import LadderRung
from service.domain.telling.recipients import Reach, Recipient, initials_for
from service.domain.telling.records import DigestLine
from service.domain.telling.wording import about, day_text, item


@dataclass(slots=True)
class Gathering:
    """Collects what one look tells, person by person."""

    facts: Facts
    book: PolicyBook
    calendar: Calendar
    reach: Reach
    now: datetime
    groups: dict[tuple[Purpose, str], dict[str, Obligation]] = field(default_factory=lambda: defaultdict(dict))
    recipients: dict[tuple[Purpose, str], Recipient] = field(default_factory=dict)
    rungs: dict[tuple[Purpose, str], set[str]] = field(default_factory=lambda: defaultdict(set))
    chairing: set[tuple[str, str]] = field(default_factory=set)
    starting: set[str] = field(default_factory=set)

    def rung(self, obligation: Obligation, rung: LadderRung) -> None:
        """Take up one rung for everybody whom it tells. Who is due the same in two roles gets it once."""
        purpose = rung.purpose
        holders: list[tuple[str, str | None]] = []
        if rung.own:
            holders.append((obligation.responsible_role, obligation.responsible))
        if not rung.past and obligation.chair_role is not None:
            holders.append((obligation.chair_role, obligation.chair))
        holders += [(role, self.facts.holder(role, self.now)) for role in rung.roles]
        for role, person in holders:
            recipient = self._recipient(obligation, role, person, purpose)
            if recipient is None:
                continue
            group = (purpose, recipient.person)
            self.recipients.setdefault(group, recipient)
            self.groups[group][obligation.key] = obligation
            self.rungs[group].add(rung.key)
            if role == obligation.chair_role:
                self.chairing.add((recipient.person, obligation.key))
            if rung.starts:
                self.starting.add(obligation.key)

    def _recipient(self, obligation: Obligation, role: str, person: str | None, purpose: Purpose) -> Recipient | None:
        """Who is told; of an unannounced visit nobody outside the council is, but the social worker instead."""
        to = self.reach.routine(role, person, purpose)
        if to is None or not obligation.unannounced or to.kind == "worker":
            return to
        self.reach.keep_unannounced(to.person, purpose)
        instead = self.reach.routine("social_worker", self.facts.holder("social_worker", self.now), purpose)
        return instead if instead is not None and instead.kind == "worker" else None

    def lines(self) -> list[DigestLine]:
        """The lines for the digests of this moment."""
        return [
            self._line(obligation, self.recipients[group])
            for group, obligations in self.groups.items()
            if group[0] is Purpose.DIGEST
            for obligation in obligations.values()
        ]

    def messages(self) -> list[Message]:
        """The messages of this moment, one for each person and purpose."""
        return [
            self._message(group, obligations.values())
            for group, obligations in self.groups.items()
            if group[0] is not Purpose.DIGEST
        ]

    def _line(self, obligation: Obligation, to: Recipient) -> DigestLine:
        return DigestLine(
            key=str(LineKey(obligation.plan, obligation.key, to.person, self.now)),
            plan=obligation.plan,
            authority=self.facts.authority,
            role=to.role,
            person=to.person,
            at=self.now,
            obligation=obligation.key,
            about=about(obligation),
            item=self._item(obligation, to),
            starts=obligation.key in self.starting,
            channel=to.channel,
        )

    def _item(self, obligation: Obligation, to: Recipient) -> Mapping[str, object]:
        return item(obligation, self.book, self.calendar, initials_for(self.facts, to), self.now)

    def _message(self, group: tuple[Purpose, str], spoken_of: Iterable[Obligation]) -> Message:
        purpose, person = group
        to = self.recipients[group]
        obligations = sorted(spoken_of, key=lambda duty: (duty.due_on, duty.kind, duty.about or "", duty.key))
        # Two looks within one moment may find different rungs: what they speak of is a part of the name.
        name = hashlib.sha256("\n".join(sorted(self.rungs[group])).encode()).hexdigest()[:12]
        return Message(
            key=str(RungsKey(purpose, self.facts.plan, person, local(self.now), name)),
            plan=self.facts.plan,
            authority=self.facts.authority,
            role=to.role,
            person=person,
            channel=to.channel,
            purpose=purpose,
            urgent=False,
            about=tuple(about(obligation) for obligation in obligations),
            template=purpose.value,
            context={
                "plan": self.facts.plan,
                "initials": initials_for(self.facts, to),
                "link": None,
                "items": [self._item(obligation, to) for obligation in obligations],
                "chair": any((person, obligation.key) in self.chairing for obligation in obligations),
            },
            at=self.now,
            obligations=tuple(obligation.key for obligation in obligations),
        )


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


def causes(facts: Facts, policy: Policy, standing: Standing) -> list[NoticeCause]:
    """The facts of a plan that call for a notice: its end, set dates moved later, copies given to the wrong person."""
    notice_causes = [*_unattended(facts, policy), *_copies_given(facts)]
    notice_causes += [
        NoticeCause(move.fact, rule.tell_when_moved_later, "date_moved", _moved(move))
        for rule, move in standing.moved
        if rule.tell_when_moved_later is not None
    ]
    notice_causes += [
        NoticeCause(end, "social_worker", "plan_ended", _ended(end.day, cancelled)) for end, cancelled in standing.ends
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


def tell_cause(cause: NoticeCause, facts: Facts, reach: Reach, now: datetime) -> Message | None:
    """The notice about a fact, to whoever holds the role now."""
    to = reach.routine(cause.role, facts.holder(cause.role, now), Purpose.NOTICE)
    if to is None:
        return None
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


def next_morning(calendar: Calendar, since: datetime) -> datetime:
    """When something known since a moment is told: the next working morning."""
    return calendar.next_at(MORNING, since)

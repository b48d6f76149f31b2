"""Who has acknowledged an alert, and whether that is enough: one answer for looks, last checks and pages."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from notifications.message import Channel
from service.domain.calendar import local_day, start_of
from service.domain.fact import Fact
from service.domain.facts import Facts
from service.domain.obligations.matching import means
from service.domain.policy import BottomLine, PolicyBook
from service.domain.telling.contact import Allowed, may_tell

# Who is alerted where nobody on the ladder can be.
LAST_RESORT = "configuration_owner"
# Who is alerted of a plan that is not introduced yet: nobody knows who works on it, and somebody must find out.
_AWAITED, _AWAITED_LAST_RESORT = ("on_call_manager", "configuration_owner"), "head_of_service"
ALERT_CHANNELS = (Channel.SMS, Channel.EMAIL)


def about_breach(fact: Fact, breach: Fact, facts: Facts) -> bool:
    """Whether an event refers to this breach: an id means the event of the same source, else one on the same plan."""
    return means(fact, fact.get("alert"), breach, facts)


def line_of(book: PolicyBook, facts: Facts, breach: Fact) -> BottomLine:
    """Who is alerted of a breach, and when: as the policy has it, or, of an unknown plan, whoever can find out."""
    line = book.in_force(facts.authority, breach.day).bottom_line
    return line.model_copy(update={"alert": list(_AWAITED), "then": [], "duty": None}) if facts.awaited else line


def last_resort(facts: Facts) -> str:
    """The role that is alerted where nobody on the ladder can be."""
    return _AWAITED_LAST_RESORT if facts.awaited else LAST_RESORT


class Acknowledgements:
    """What was answered to one alert.

    `since`: the moment from which acknowledgements count, where the alert has gone on before to others than the ladder;
    None: all count.
    """

    def __init__(self, breach: Fact, facts: Facts, line: BottomLine, since: datetime | None = None) -> None:
        self.breach, self.facts, self.line = breach, facts, line
        closing = facts.having("alert.closed", "alert", breach.id, ever=True)
        self.closed = any(about_breach(fact, breach, facts) for fact in closing)
        answers = [
            # Nobody acknowledges later than it is recorded: a later moment is a slip.
            (min(fact.moment or fact.time, fact.time), str(fact.get("by")))
            for fact in facts.having("alert.acknowledged", "alert", breach.id, ever=True)
            if about_breach(fact, breach, facts)
        ]
        self.answers = sorted(answer for answer in answers if since is None or answer[0] >= since)

    @property
    def roles(self) -> list[str]:
        """The roles on its ladder, in the order in which they are alerted."""
        return [*self.line.alert, *(rung.role for rung in self.line.then)]

    def answered(self, person: str, moment: datetime) -> datetime | None:
        """When a person had acknowledged by a moment, or whoever stood in for them then or stands in at it."""
        directory = self.facts.directory
        present = directory.covers_of(person, local_day(moment))
        answers = (
            answered
            for answered, who in self.answers
            if who == person or who in present or who in directory.covers_of(person, local_day(answered))
        )
        return next((answered for answered in answers if answered <= moment), None)

    def by(self, person: str, moment: datetime) -> bool:
        """Whether a person had acknowledged by a moment, as `answered`."""
        return self.answered(person, moment) is not None

    def settled(self, now: datetime) -> bool:
        """Whether nothing more is sent: it was closed, or enough people had acknowledged at some moment until now."""
        return self.closed or any(self._enough(moment) for moment in self._moments(now))

    def waiting(self, now: datetime) -> list[str]:
        """The roles alerted first of which nobody has acknowledged: whoever holds them, or nobody at all."""
        holders = {role: self.facts.holder(role, now) for role in self.line.alert}
        return [role for role, holder in holders.items() if holder is None or not self.by(holder, now)]

    def _enough(self, moment: datetime) -> bool:
        """Whether every holder named by the policy has acknowledged, or somebody who comes after them.

        Of a plan that is not introduced, one is enough: there is nobody else to be told who could do more.
        The place of a role that nobody holds, or whose holder cannot be told, is taken by whoever comes next; where
        nobody does, by the configuration owner.
        """
        if self.facts.awaited:
            return self._somebody(moment)
        later = [holder for rung in self.line.then if (holder := self.facts.holder(rung.role, moment)) is not None]
        if any(self.by(holder, moment) for holder in later):
            return True
        named = {self.facts.holder(role, moment) for role in self.line.alert}
        missing = {holder for holder in named if holder is None or not self.by(holder, moment)}
        if any(holder is not None and self._reachable(holder, moment) for holder in missing):
            return False
        if not missing:
            return True
        if any(self._reachable(holder, moment) for holder in later):
            return False
        owner = self.facts.holder(LAST_RESORT, moment)
        if owner is not None and self._reachable(owner, moment):
            return self.by(owner, moment)
        return bool(named - missing)

    def _somebody(self, moment: datetime) -> bool:
        """Whether anybody has acknowledged an alert on a plan that is not introduced."""
        roles = (*self.line.alert, last_resort(self.facts))
        holders = (self.facts.holder(role, moment) for role in roles)
        return any(self.by(holder, moment) for holder in holders if holder is not None)

    def _reachable(self, holder: str, moment: datetime) -> bool:
        person = self.facts.directory.acts_at(holder, moment)
        return any(isinstance(may_tell(self.facts, person, channel, moment), Allowed) for channel in ALERT_CHANNELS)

    def _moments(self, now: datetime) -> Iterator[datetime]:
        """When it may have become enough: with an answer, with a change of a role, with the begin of an absence."""
        if not self.answers:
            return
        earliest = self.answers[0][0]
        yield from (answered for answered, _ in self.answers)
        yield now
        changes = {moment for role in self.roles for moment in self.facts.changes_of(role)}
        persons = self.facts.directory.persons.values()
        changes |= {start_of(absence.first_day) for person in persons for absence in person.absences}
        yield from (moment for moment in sorted(changes) if earliest < moment < now)

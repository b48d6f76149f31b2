"""Who is told of a plan's slips, and when: at once where somebody is at risk, and in one email of the next morning."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from notifications.message import Channel, Message, Purpose
from service.domain.calendar import Calendar
from service.domain.events.slip import AUTHORITY_DIFFERS, NOT_INTRODUCED, REFERS_TO_NOTHING, Slip
from service.domain.facts import Facts
from service.domain.keys.ledger import PlanProblemKey, SlipKey
from service.domain.keys.messages import NoticeKey, SlipLineKey
from service.domain.telling.gathered import PROBLEMS
from service.domain.telling.recipients import Reach, Recipient, initials_for
from service.domain.telling.records import DigestLine, Ledger, Problem
from service.domain.telling.wording import event_words

PROBLEM = "problem"
# A reference may come before what it refers to: case systems send in no particular order.
_MAY_STILL_COME = timedelta(hours=1)
_MANAGER, _OWNER = "team_manager", "configuration_owner"


@dataclass(slots=True)
class SlipLook:
    """What the slips of a plan call for at a moment."""

    messages: list[Message] = field(default_factory=list)
    lines: list[DigestLine] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    seen: dict[str, datetime] = field(default_factory=dict)
    done: dict[str, datetime] = field(default_factory=dict)
    again: list[datetime] = field(default_factory=list)


def look_at_slips(
    slips: Sequence[Slip], facts: Facts, calendar: Calendar, ledger: Ledger, reach: Reach, now: datetime
) -> SlipLook:
    """Work out what is to be told of a plan's slips at a moment."""
    teller = _Teller(facts, calendar, ledger, reach, now)
    for slip in slips:
        teller.take_up(slip)
    return teller.result


@dataclass(frozen=True, slots=True)
class _Teller:
    facts: Facts
    calendar: Calendar
    ledger: Ledger
    reach: Reach
    now: datetime
    result: SlipLook = field(default_factory=SlipLook)

    @property
    def plan(self) -> str | None:
        """The plan's reference; None where it is about no plan."""
        return self.facts.plan or None

    def take_up(self, slip: Slip) -> None:
        """Tell one slip, as far as its time has come."""
        key = SlipKey(slip.code, slip.event.uid)
        since = self.result.seen[str(key)] = self.ledger.seen.get(str(key), self.now)
        moment = since + _MAY_STILL_COME if slip.code in (REFERS_TO_NOTHING, NOT_INTRODUCED) else since
        if self.now < moment:
            self.result.again.append(moment)
            return
        # One that was mended and stands again is news of that moment, though it has been on record since the first.
        self._tell_owner(slip, str(key.owner_told), max(moment, self._tell(slip)))

    def _tell(self, slip: Slip) -> datetime:
        """Put a problem on record, and tell the team manager where it cannot wait; gives when that was done."""
        key = str(PlanProblemKey(self.facts.plan, slip.code, slip.event.uid))
        if key in self.ledger.told:
            return self.ledger.told[key]
        self.result.done[key] = self.now
        if slip.code not in (NOT_INTRODUCED, AUTHORITY_DIFFERS) or self.facts.introduced:  # on record since they came
            self.result.problems.append(self._problem(key, slip))
        if slip.at_once:
            self.result.messages += [self._at_once(slip, to) for to in self._readers(_MANAGER)]
        return self.now

    def _readers(self, role: str) -> list[Recipient]:
        return self.reach.everybody(role, self.facts.holder(role, self.now), Purpose.NOTICE, Channel.EMAIL)

    def _problem(self, key: str, slip: Slip) -> Problem:
        return Problem(key, self.now, self.facts.authority, self.plan, slip.code, slip.words)

    def _at_once(self, slip: Slip, to: Recipient) -> Message:
        words = {"initials": initials_for(self.facts, to), "link": None, "item": item_of(slip, self.plan)}
        return Message(
            key=str(NoticeKey(str(SlipKey(slip.code, slip.event.uid)), self.facts.plan, to.person)),
            plan=self.plan,
            authority=self.facts.authority,
            role=to.role,
            person=to.person,
            channel=to.channel,
            purpose=Purpose.NOTICE,
            urgent=True,
            about=({"event": slip.event.id},),
            template=PROBLEM,
            context={"plan": self.plan, **words},
            at=self.now,
            obligations=(),
        )

    def _tell_owner(self, slip: Slip, key: str, since: datetime) -> None:
        """Put a line into the configuration owner's email of the next working morning."""
        if key in self.ledger.told:
            return
        morning = self.calendar.next_morning(since)
        if morning > self.now or not self.calendar.routine_hours(self.now):
            self.result.again.append(max(morning, self.calendar.routine_from(self.now)))
            return
        self.result.done[key] = morning
        # One line says it of each event.
        if all(line.about["event"] != slip.event.id for line in self.result.lines):
            self.result.lines += [self._line(slip, to) for to in self._readers(_OWNER)]

    def _line(self, slip: Slip, to: Recipient) -> DigestLine:
        facts = self.facts
        key = SlipLineKey(facts.authority, facts.plan, slip.event.uid, to.person, self.now)
        return DigestLine(
            key=str(key),
            plan=self.plan,
            authority=facts.authority,
            role=to.role,
            person=to.person,
            at=self.now,
            obligation=None,
            about={"event": slip.event.id},
            item=item_of(slip, self.plan),
            template=PROBLEMS,
        )


def item_of(slip: Slip, plan: str | None) -> Mapping[str, object]:
    """What an email says of a slip."""
    return {"plan": plan, "code": slip.code, "field": slip.field, "event": event_words(slip.event)}

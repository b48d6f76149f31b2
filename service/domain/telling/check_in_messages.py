"""Messages about check-ins: texts to the family's network; word to the workers, at once or the next morning."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from notifications.message import Channel, Message, Purpose
from service.domain.calendar import Calendar, local
from service.domain.facts import Facts
from service.domain.keys.key import Key
from service.domain.keys.ledger import WithheldKey
from service.domain.keys.messages import AskedAtKey, AtOnceKey, MorningKey, TextKey
from service.domain.telling.asked_texts import DueCheckIn
from service.domain.telling.check_ins import check_in_series
from service.domain.telling.contact import Reason
from service.domain.telling.recipients import Reach, Recipient, initials_for
from service.domain.telling.records import Ledger, Withheld
from service.domain.telling.wording import moment_text

About = tuple[Mapping[str, object], ...]


@dataclass(slots=True)
class CheckInResult:
    """Messages and withheld texts of now, ledger entries, and the moments at which to look again."""

    messages: list[Message] = field(default_factory=list)
    withheld: list[Withheld] = field(default_factory=list)
    seen: dict[str, datetime] = field(default_factory=dict)
    told: dict[str, datetime] = field(default_factory=dict)
    again: list[datetime] = field(default_factory=list)


@dataclass(slots=True)
class CheckInMessages:
    """Collects what one look says of a plan's check-ins; `ledger` is what was seen and told before it."""

    facts: Facts
    calendar: Calendar
    reach: Reach
    ledger: Ledger
    now: datetime
    result: CheckInResult = field(default_factory=CheckInResult)
    _said: set[tuple[str, ...]] = field(default_factory=set)

    def alert(self, key: str, roles: tuple[str, ...], about: About, happened: str, when: datetime) -> None:
        """Tell the holders of the roles at once, by text and email, each once: the code of what happened, and when."""
        reached: set[tuple[str, str]] = set()
        for role in roles:
            for to in self._urgent(role):
                if (to.person, to.channel) not in reached:
                    reached.add((to.person, to.channel))
                    context = {"what": happened, "when": moment_text(when)}
                    message_key = str(AtOnceKey(key, to.person, to.channel))
                    self.say(self._message(message_key, to, Purpose.ALERT, "check_in_alert", about, context))

    def say(self, message: Message) -> None:
        """Send a message, unless this look says the very same to that person already.

        Of two replies that say the same and became known together one message is enough: it says when to look, and
        whoever looks finds both. A reply that comes a moment later is told by itself: the first may be read by then.
        """
        words = message.person, message.channel, message.template, repr(message.about), repr(message.context)
        if words not in self._said:
            self._said.add(words)
            self.result.messages.append(message)

    def _urgent(self, role: str) -> list[Recipient]:
        """Who is told at once, by each channel; and who reads it as well where a person is away and nobody covers."""
        recipients: list[Recipient] = []
        reader: str | None = role
        while reader is not None:
            reached = self._reached(reader)
            if not reached or any(to.person == reached[0].person for to in recipients):
                break
            recipients += reached
            reader = self.reach.reads_as_well(reached[0])
        return recipients

    def _reached(self, role: str) -> list[Recipient]:
        for candidate in dict.fromkeys((role, *self.reach.policy.fallbacks)):
            holder = self.facts.holder(candidate, self.now)
            if holder is None:
                self.reach.vacant(candidate)
            elif recipients := self.reach.urgent(role, holder):
                return recipients
        return []

    def tell_morning(self, key: str, template: str, about: About, words: Mapping[str, object], since: datetime) -> None:
        """Tell the social worker the next working morning."""
        moment = self.calendar.next_morning(since)
        if key in self.ledger.told:
            return
        if moment > self.now or not self.calendar.routine_hours(self.now):
            # A morning that has passed is caught up in working hours.
            self.result.again.append(max(moment, self.calendar.routine_from(self.now)))
            return
        self.result.told[key] = moment
        lead = self.reach.policy.lead
        for to in self.reach.everybody(lead, self.facts.holder(lead, self.now), Purpose.NOTICE):
            message_key = str(MorningKey(key, to.person))
            self.result.messages.append(self._message(message_key, to, Purpose.NOTICE, template, about, words))

    def _message(
        self, key: str, to: Recipient, purpose: Purpose, template: str, about: About, words: Mapping[str, object]
    ) -> Message:
        context = {"plan": self.facts.plan, "initials": initials_for(self.facts, to), "link": None, **words}
        return Message(
            key=key,
            channel=to.channel,
            purpose=purpose,
            urgent=purpose is Purpose.ALERT,
            plan=self.facts.plan,
            authority=self.facts.authority,
            role=to.role,
            person=to.person,
            about=about,
            template=template,
            context=context,
            at=self.now,
            obligations=(),
        )

    def text(self, of: Key, person: str, purpose: Purpose, template: str, about: About) -> Message:
        """The text to a family member that answers a reply."""
        return self._family_text(str(TextKey(str(of))), person, purpose, template, about, {})

    def asks(self, due: Sequence[DueCheckIn], person: str, moment: datetime, until: datetime) -> Message:
        """The text that asks a person at a moment, for all check-ins that fall on it; valid until the window ends."""
        key = str(AskedAtKey(self.facts.authority, person, moment))
        spoken_for = {"check_ins": [[check_in.facts.plan, str(check_in.key)] for check_in in due]}
        about = tuple(check_in.series.about for check_in in due)
        text = self._family_text(key, person, Purpose.CHECK_IN, "check_in", about, spoken_for)
        plan = self.facts.plan if {check_in.facts.plan for check_in in due} == {self.facts.plan} else None
        return replace(text, plan=plan, valid_until=until)

    def _family_text(
        self, key: str, person: str, purpose: Purpose, template: str, about: About, words: Mapping[str, object]
    ) -> Message:
        decision = self.facts.directory.persons[person].decision
        context = {
            "sender": decision.sender_name if decision is not None else None,
            "plain": decision is not None and decision.wording == "plain",
            **words,
        }
        return Message(
            key=key,
            channel=Channel.SMS,
            purpose=purpose,
            urgent=False,
            plan=self.facts.plan,
            authority=self.facts.authority,
            role="network_member",
            person=person,
            about=about,
            template=template,
            context=context,
            at=self.now,
            family=True,
            obligations=(),
        )

    def withhold(self, of: Key, person: str, purpose: Purpose, reason: Reason) -> None:
        """Note that a family member is not sent the text about a check-in or a reply, and why."""
        key = str(WithheldKey(self.facts.plan, str(of), reason.value, local(self.now)))
        authority, plan = self.facts.authority, self.facts.plan
        self.result.withheld.append(Withheld(key, self.now, authority, plan, person, purpose, reason.value))

    def about_person(self, person: str) -> About:
        """A person's check-ins: the newest agreement."""
        agreements = [series.started.id for series in check_in_series(self.facts) if series.person == person]
        return ({"check_in": agreements[-1] if agreements else None, "person": person},)

    def told_at(self, key: str) -> datetime | None:
        """When something was told: by this look, or before it."""
        return self.result.told.get(key) or self.ledger.told.get(key)

    def since(self, key: str) -> datetime:
        """Since when something is known: by an earlier look, or only now."""
        self.result.seen[key] = self.result.seen.get(key) or self.ledger.seen.get(key, self.now)
        return self.result.seen[key]

"""Rungs of one moment, person and plan become one message; what is told of many plans becomes lines of an email."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from notifications.message import Channel, Message, Purpose
from service.domain.calendar import Calendar, local
from service.domain.facts import Facts
from service.domain.keys.messages import GatheredLineKey, LineKey, RungsKey
from service.domain.obligations.obligation import Obligation
from service.domain.policy import PolicyBook
from service.domain.telling.contact import Allowed, may_tell
from service.domain.telling.gathered import DIGEST, GATHERED, TAKEOVER
from service.domain.telling.ladder import LadderRung
from service.domain.telling.recipients import Reach, Recipient, initials_for
from service.domain.telling.records import DigestLine
from service.domain.telling.takeovers import Takeover
from service.domain.telling.wording import about, item

HIGHEST = "head_of_service"

_NOON = 12
# Template, person, and the channel if the person is told by it at any hour.
Group = tuple[str, str, Channel | None]


def recipients_of(
    reach: Reach, obligation: Obligation, role: str, person: str | None, purpose: Purpose,
    channel: Channel | None = None,
) -> list[Recipient]:  # fmt: skip
    """Who is told of an obligation in a role.

    Of an unannounced visit nobody outside the council is told, but the lead instead. An escalation passes over
    whoever owes the obligation; where nobody is above them, nobody is told, and it is a problem.
    """
    if purpose is not Purpose.ESCALATION:
        return _asked(reach, obligation, role, person, purpose, channel)
    owing = _owing(reach, obligation)
    for candidate in dict.fromkeys((role, HIGHEST)):
        holder = reach.facts.holder(candidate, reach.now)
        nobody = holder is None and candidate == HIGHEST
        above = [] if nobody else _asked(reach, obligation, candidate, holder, purpose, channel)
        if above and above[0].person not in owing:
            return [to for to in above if to.person not in owing]
    reach.no_one_above(obligation.responsible_role)
    return []


def _owing(reach: Reach, obligation: Obligation) -> set[str | None]:
    """Who owes an obligation: the holder, the cover, and who is asked instead."""
    # Nothing is told here: what is in the way is no problem.
    unheard = Reach(reach.facts, reach.policy, reach.now, reach.moment)
    holder, role = obligation.responsible, obligation.responsible_role
    stand_ins = _asked(unheard, obligation, role, holder, Purpose.OVERDUE)[:1]
    cover = reach.facts.directory.acts_at(holder, reach.now) if holder is not None else None
    return {holder, cover, *(to.person for to in stand_ins)}


def _asked(
    reach: Reach, obligation: Obligation, role: str, person: str | None, purpose: Purpose,
    channel: Channel | None = None,
) -> list[Recipient]:  # fmt: skip
    people: list[Recipient] = []
    for to in reach.everybody(role, person, purpose, channel):
        if not obligation.unannounced or to.kind == "worker":
            people.append(to)
            continue
        reach.keep_unannounced(to.person, purpose)
        lead = reach.policy.lead
        instead = reach.everybody(lead, reach.facts.holder(lead, reach.now), purpose, channel)
        people += [worker for worker in instead if worker.kind == "worker"]
    return people


@dataclass(slots=True)
class RungMessages:
    """Collects what one look tells of obligations, person by person. Who is due the same in two roles gets it once."""

    facts: Facts
    book: PolicyBook
    calendar: Calendar
    reach: Reach
    now: datetime
    groups: dict[Group, dict[str, Obligation]] = field(default_factory=lambda: defaultdict(dict))
    # In which role each person is told of each obligation: the first, where there are several.
    recipients: dict[Group, dict[str, Recipient]] = field(default_factory=lambda: defaultdict(dict))
    rungs: dict[Group, set[str]] = field(default_factory=lambda: defaultdict(set))
    chairing: set[tuple[str, str]] = field(default_factory=set)
    starting: set[str] = field(default_factory=set)

    def rung(self, obligation: Obligation, rung: LadderRung) -> None:
        """Take up one rung for everybody whom it tells."""
        for role, person in self._holders(obligation, rung):
            for to in recipients_of(self.reach, obligation, role, person, rung.purpose):
                self._tell_by(obligation, rung, to)
                if role == obligation.chair_role:
                    self.chairing.add((to.person, obligation.key))
        if rung.starts:
            self.starting.add(obligation.key)

    def _holders(self, obligation: Obligation, rung: LadderRung) -> Iterator[tuple[str, str | None]]:
        if rung.own:
            yield obligation.responsible_role, obligation.responsible
        if not rung.past and obligation.chair_role is not None:
            yield obligation.chair_role, obligation.chair
        for role in rung.roles:
            yield role, self.facts.holder(role, self.now)

    def take_over(self, takeover: Takeover, obligations: Iterable[Obligation], key: str) -> None:
        """Take up all that somebody owes in a role that they took over, not by name; `key` names the takeover."""
        role, person = takeover.role, takeover.person
        for obligation in obligations:
            of_the_role = obligation.live and not obligation.by_name
            if of_the_role and (obligation.responsible_role, obligation.responsible) == (role, person):
                for to in recipients_of(self.reach, obligation, role, person, Purpose.NOTICE):
                    self._tell(obligation, TAKEOVER, to, key)

    def _tell_by(self, obligation: Obligation, rung: LadderRung, to: Recipient) -> None:
        """At any hour by each channel of the ladder that may be used, or by another where none of them may.

        A person of the family is told in routine hours alone.
        """
        channels: list[Channel] = []
        if rung.channels and to.kind not in ("family", "child"):
            channels = self._open_channels(to.person, rung.channels) or [to.channel]
        for channel in channels:
            self._tell(obligation, rung.template, to._replace(channel=channel), rung.key, channel)
        if not channels:
            self._tell(obligation, rung.template, to, rung.key)

    def _open_channels(self, person: str, channels: Iterable[Channel]) -> list[Channel]:
        return [each for each in channels if isinstance(may_tell(self.facts, person, each, self.now), Allowed)]

    def _tell(
        self, obligation: Obligation, template: str, to: Recipient, key: str, at_any_hour: Channel | None = None
    ) -> None:
        group = (template, to.person, at_any_hour)
        self.recipients[group].setdefault(obligation.key, to)
        self.groups[group][obligation.key] = obligation
        self.rungs[group].add(key)

    def lines(self) -> list[DigestLine]:
        """The lines of this moment for emails that are gathered."""
        return [
            self._line(group[0], obligation, self.recipients[group][key])
            for group, obligations in self.groups.items()
            if group[0] in GATHERED
            for key, obligation in obligations.items()
        ]

    def messages(self) -> list[Message]:
        """The messages of this moment, one for each person and template."""
        return [
            self._message(group, obligations.values())
            for group, obligations in self.groups.items()
            if group[0] not in GATHERED
        ]

    def _line(self, template: str, obligation: Obligation, to: Recipient) -> DigestLine:
        plan, authority, person = obligation.plan, self.facts.authority, to.person
        key = LineKey(plan, obligation.key, person, self.now)
        other = GatheredLineKey(template, authority, plan, obligation.key, person, self.now)
        return DigestLine(
            key=str(key if template == DIGEST else other),
            plan=plan,
            authority=authority,
            role=to.role,
            person=person,
            at=self.now,
            obligation=obligation.key,
            about=about(obligation),
            item=self._item(obligation, to),
            starts=obligation.key in self.starting,
            channel=to.channel,
            template=template,
        )

    def _item(self, obligation: Obligation, to: Recipient) -> Mapping[str, object]:
        return item(obligation, self.book, self.calendar, initials_for(self.facts, to), self.now)

    def _message(self, group: Group, spoken_of: Iterable[Obligation]) -> Message:
        template, person, at_any_hour = group
        purpose = Purpose(template)
        to = next(iter(self.recipients[group].values()))
        obligations = sorted(spoken_of, key=lambda duty: (duty.due_on, duty.kind, duty.about or "", duty.key))
        # Two looks within one moment may find different rungs: what they speak of is a part of the name.
        spoken = sorted(self.rungs[group]) + ([at_any_hour.value] if at_any_hour is not None else [])
        name = hashlib.sha256("\n".join(spoken).encode()).hexdigest()[:12]
        return Message(
            key=str(RungsKey(purpose, self.facts.plan, person, local(self.now), name)),
            plan=self.facts.plan,
            authority=self.facts.authority,
            role=to.role,
            person=person,
            channel=to.channel,
            purpose=purpose,
            urgent=at_any_hour is not None,
            about=tuple(about(obligation) for obligation in obligations),
            template=template,
            context={
                "plan": self.facts.plan,
                "initials": initials_for(self.facts, to),
                "link": None,
                "items": [self._item(obligation, to) for obligation in obligations],
                # Two reminders of one day differ in words: nobody should take the second for the first.
                "afternoon": local(self.now).hour >= _NOON,
                "chair": any((person, obligation.key) in self.chairing for obligation in obligations),
                **({"by_the_hour": True} if any(duty.due_at is not None for duty in obligations) else {}),
            },
            at=self.now,
            obligations=tuple(obligation.key for obligation in obligations),
        )

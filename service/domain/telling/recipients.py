"""Whom a message reaches at this moment: the holder or the cover, else who stands next; with what was in the way."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from notifications.message import Channel, Purpose
from service.domain.calendar import local_day
from service.domain.facts import Facts
from service.domain.keys.ledger import ReachProblemKey, UnannouncedKey, WithheldFromKey
from service.domain.policy import Policy
from service.domain.telling.contact import Allowed, Reason, Refused, may_tell
from service.domain.telling.records import Problem, Withheld


class Recipient(NamedTuple):
    """A person who can be told: by which channel, in which role."""

    person: str
    role: str
    channel: Channel
    kind: str


def initials_for(facts: Facts, to: Recipient) -> str | None:
    """The child's initials for a worker's email body; nobody else is shown them, and no text message holds them."""
    shown = to.kind == "worker" and to.channel is Channel.EMAIL
    return facts.opening.child.initials or None if shown else None


@dataclass(slots=True)
class Reach:
    """Looks recipients up at one moment, and collects what a person must mend. `moment` names the occasion in keys.

    `policy` is the authority's newest: where nobody holds a role, a routine message goes to its fallbacks in turn.
    """

    facts: Facts
    policy: Policy
    now: datetime
    moment: datetime
    withheld: dict[str, Withheld] = field(default_factory=dict)
    problems: dict[str, Problem] = field(default_factory=dict)
    _found: dict[tuple[str, str | None, Purpose, Channel | None], list[Recipient]] = field(default_factory=dict)

    def routine(
        self, role: str, person: str | None, purpose: Purpose, channel: Channel | None = None
    ) -> Recipient | None:
        """Who gets a routine message meant for a role, or for a person named in the facts; by `channel`, if given."""
        for candidate, holder in self._candidates(role, person):
            if holder is None:
                self.vacant(candidate)
                continue
            stand_in = self.stand_in(holder)
            channels = (channel,) if channel is not None else self._routine_channels(stand_in)
            for open_channel in channels:
                if isinstance(may_tell(self.facts, stand_in, open_channel, self.now), Allowed):
                    return Recipient(stand_in, role, open_channel, self.kind(stand_in))
            self.unreachable(stand_in, candidate, channels[0], purpose)
        return None

    def everybody(
        self, role: str, person: str | None, purpose: Purpose, channel: Channel | None = None
    ) -> list[Recipient]:
        """As `routine`, and who reads it as well where that person is away and nobody covers; the first is meant."""
        question = (role, person, purpose, channel)
        if question not in self._found:  # one person is often told of several duties
            self._found[question] = self._everybody(*question)
        return self._found[question]

    def _everybody(self, role: str, person: str | None, purpose: Purpose, channel: Channel | None) -> list[Recipient]:
        recipients: list[Recipient] = []
        to = self.routine(role, person, purpose, channel)
        while to is not None and all(to.person != earlier.person for earlier in recipients):
            recipients.append(to)
            reader = self.reads_as_well(to)
            to = self.routine(reader, self.facts.holder(reader, self.now), purpose, channel) if reader else None
        return recipients

    def reads_as_well(self, to: Recipient) -> str | None:
        """The role that is told as well, where a person is away and nobody covers; None where somebody reads it."""
        if self.facts.directory.stand_in(to.person, local_day(self.now)) is not None:
            return None
        manager = self.facts.holder("team_manager", self.now)
        return "service_manager" if to.role == "team_manager" or to.person == manager else "team_manager"

    def urgent(self, role: str, holder: str) -> list[Recipient]:
        """The holder of a role, or the cover, by every channel that may be used; none where there is none."""
        stand_in = self.stand_in(holder)
        recipients: list[Recipient] = []
        for channel in (Channel.SMS, Channel.EMAIL):
            verdict = may_tell(self.facts, stand_in, channel, self.now)
            if isinstance(verdict, Allowed):
                recipients.append(Recipient(stand_in, role, channel, self.kind(stand_in)))
            else:
                self._hold_back(stand_in, channel, Purpose.ALERT, verdict)
        if not recipients:
            self._problem("no_reachable_contact", role)
        return recipients

    def stand_in(self, person: str) -> str:
        """The person, or who covers; an absence for which nobody was named is a problem, and the person is told."""
        if self.facts.directory.stand_in(person, local_day(self.now)) is None:
            self._problem("absent_without_cover", person)
        return self.facts.directory.acts_at(person, self.now)

    def keep_unannounced(self, person: str, purpose: Purpose) -> None:
        """Note that somebody outside the council was not told, as it would show an unannounced visit."""
        key = str(UnannouncedKey(self.facts.plan, person, purpose, self.moment))
        authority, plan, reason = self.facts.authority, self.facts.plan, Reason.UNANNOUNCED.value
        self.withheld[key] = Withheld(key, self.now, authority, plan, person, purpose, reason)

    def vacant(self, role: str) -> None:
        """Note that a message wanted a role that nobody holds."""
        self._problem("role_vacant", role)

    def no_one_above(self, role: str) -> None:
        """Note that an escalation had nobody to go to but who owes it, in a role."""
        self._problem("no_one_above", role)

    def unreachable(self, person: str, role: str, channel: Channel, purpose: Purpose) -> None:
        """Note that a message could not go to a person, and why."""
        answer = may_tell(self.facts, person, channel, self.now)
        if isinstance(answer, Refused):
            self._hold_back(person, channel, purpose, answer)
        self._problem("no_reachable_contact", role)

    def kind(self, person: str) -> str:
        """What kind of person it is, as recorded."""
        recorded = self.facts.directory.persons.get(person)
        return recorded.kind if recorded else "worker"

    def _candidates(self, role: str, person: str | None) -> Iterator[tuple[str, str | None]]:
        yield role, person
        # Nearly always that person can be told, and nobody asks who else could.
        yield from ((other, self.facts.holder(other, self.now)) for other in self.policy.fallbacks if other != role)

    def _routine_channels(self, person: str) -> tuple[Channel, ...]:
        recorded = self.facts.directory.persons.get(person)
        text_only = recorded is not None and recorded.email is None and recorded.mobile is not None
        return (Channel.SMS, Channel.EMAIL) if text_only else (Channel.EMAIL, Channel.SMS)

    def _hold_back(self, person: str, channel: Channel, purpose: Purpose, refused: Refused) -> None:
        key = str(WithheldFromKey(self.facts.plan, person, channel, purpose, refused.reason, self.moment))
        authority, plan = self.facts.authority, self.facts.plan or None
        self.withheld[key] = Withheld(key, self.now, authority, plan, person, purpose, refused.reason.value)

    def _problem(self, code: str, detail: str) -> None:
        key = str(ReachProblemKey(self.facts.plan, code, detail, self.moment))
        self.problems[key] = Problem(key, self.now, self.facts.authority, self.facts.plan or None, code, detail)

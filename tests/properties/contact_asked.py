"""Asks the service's contact rules, and the model, whom they would tell, in one random world after the other."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time

from notifications.message import Channel, Hold, Later, Message, Purpose, Send
from service.domain.calendar import local_day
from service.domain.events.event import Event, parse_event
from service.domain.facts import Facts
from service.domain.keys.ledger import CheckInKey
from service.domain.keys.messages import AskedAtKey
from service.domain.last_check import asks_wanted
from service.domain.people.directory import Directory
from service.domain.telling.check_ins import moment_on
from service.domain.telling.contact import Allowed, may_tell
from tests.properties.about_people import concerns_directory
from tests.properties.contact_model import ORDER, Model, Raw, Way
from tests.properties.contact_worlds import EVERYBODY, PLANS, moments, world
from tests.properties.world import book

MOMENTS = 4  # at which each world is asked
OK = "ok"


@dataclass(frozen=True, slots=True)
class Decision:
    """One question, and both answers: `ok`, or the reason against."""

    asked: str
    by_model: str
    by_service: str

    @property
    def misdirected(self) -> bool:
        """Whether somebody would be told who is not to be."""
        return self.by_service == OK != self.by_model


@dataclass
class Tally:
    """What came of many decisions."""

    reasons: Counter[str] = field(default_factory=Counter)
    misdirected: list[Decision] = field(default_factory=list)
    differing: list[Decision] = field(default_factory=list)

    def add(self, decision: Decision) -> None:
        """Count one."""
        self.reasons[decision.by_model] += 1
        if decision.misdirected:
            self.misdirected.append(decision)
        elif decision.by_service != decision.by_model:
            self.differing.append(decision)

    @property
    def decisions(self) -> int:
        """How many there were."""
        return self.reasons.total()


@dataclass(frozen=True)
class Known:
    """A world as both of them know it."""

    model: Model
    events: Sequence[Event]
    people: Directory

    @classmethod
    def of(cls, raw: Sequence[Raw]) -> Known:
        """Read it twice."""
        events = [parse_event(one, book().authorities) for one in raw]
        persons = {str(one.subject) for one in events if one.type == "person.recorded"}
        # A withdrawal goes with whatever it withdraws from.
        of_people = [one for one in events if concerns_directory(one) and (one.subject in persons | {None})]
        of_people += [one for one in events if one.type == "event.withdrawn" and one.subject in persons]
        return cls(Model(raw), events, Directory.of(of_people, events))

    def of_plan(self, plan: str) -> list[Event]:
        """The events of one plan."""
        return [event for event in self.events if event.subject == plan]


def decisions(seed: int) -> Iterator[Decision]:
    """Everything that is asked of one world."""
    chance = random.Random(seed)
    raw = world(chance)
    known = Known.of(raw)
    for now in moments(chance, raw, MOMENTS):
        for plan in PLANS:
            facts = Facts.of(known.of_plan(plan), known.people, local_day(now))
            assert facts is not None
            yield from _asked(seed, known, facts, now, chance)
            yield _last_check(seed, known, plan, now, chance)


def _asked(seed: int, known: Known, facts: Facts, now: datetime, chance: random.Random) -> Iterator[Decision]:
    ways: tuple[Way, ...] = ("sms", "email")
    for who in EVERYBODY:
        for way in ways:
            answers = chance.choice((None, None, None, False, True))
            found = may_tell(facts, who, Channel(way), now, answers=answers)
            said = OK if isinstance(found, Allowed) else found.reason.value
            expected = known.model.answer(facts.plan, who, way, now, answers)
            yield Decision(f"seed {seed}: {who} by {way} of {facts.plan} at {now}, {answers}", expected, said)


def _last_check(seed: int, known: Known, plan: str, now: datetime, chance: random.Random) -> Decision:
    """A check-in that is about to go to somebody of the family."""
    who = chance.choice([name for name in EVERYBODY if name[0] in "fc"])
    started = next(event.uid for event in known.events if event.type == "check_ins.started" and event.subject == plan)
    moment, _ = moment_on(local_day(now), time(10), known.people.persons[who])
    notice = Message(
        key=str(AskedAtKey("a", who, moment)), channel=Channel.SMS, purpose=Purpose.CHECK_IN, urgent=False,
        plan=plan, authority="a",
        role="network_member", person=who, about=({"check_in": started, "person": who},), template="check_in",
        context={"check_ins": [[plan, str(CheckInKey(started, who, local_day(now)))]]}, at=now, family=True,
    )  # fmt: skip
    # Everybody is asked on every plan at ten: one text for all of them, which none of them may forbid.
    facts = (Facts.of(known.of_plan(name), known.people, local_day(now)) for name in PLANS)
    said = _said(asks_wanted([known_facts for known_facts in facts if known_facts is not None], notice, now))
    answers = {known.model.answer(name, who, "sms", now) for name in PLANS}
    expected = next((reason for reason in ORDER if reason in answers), OK)
    return Decision(f"seed {seed}: last check, {who} of {plan} at {now}", expected, said)


def _said(verdict: Send | Hold | Later) -> str:
    if isinstance(verdict, Send):
        return OK
    return verdict.reason if isinstance(verdict, Hold) else "not now"

"""Random people, numbers, flags, approvals, exclusions and decisions, of whom it can be asked who may be told."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from tests.properties.contact_model import DAYS, LONDON, STOPS, Raw

PLANS = ("P-1", "P-2")
KINDS = {"f-nan": "family", "f-aunt": "family", "f-ex": "family", "c-kid": "child", "p-kp": "partner", "w-sw": "worker"}
STRANGER = "s-gone"  # whom nobody has introduced
EVERYBODY = (*KINDS, STRANGER)
NUMBERS = tuple(f"+4477009003{n:02}" for n in range(8))
FLAGS = ("forced_marriage", "honour_based_abuse", "coercive_control", "domestic_abuse")
INCIDENTS = ("domestic_abuse", "missing", "self_harm")
# Days around which days are hard to count.
FIRST_DAYS = ("2026-03-16", "2026-10-12", "2026-12-14", "2027-02-15", "2028-02-17", "2026-06-01")
EDGES = ("00:30", "08:59", "09:00", "11:59", "12:00", "12:01", "16:00", "17:00", "19:30", "20:00", "20:01", "23:30")
SPAN = 14  # days in which things happen; then it is asked
_DOUBTFUL = 0.12  # how likely each thing is that may stand against contact


@dataclass
class Drawing:
    """The events of one world, as they are drawn."""

    chance: random.Random
    first: date
    events: list[Raw] = field(default_factory=list)

    def moment(self) -> datetime:
        """When something is recorded: often in the same moment as something else."""
        if self.events and self.chance.random() < 0.15:
            return datetime.fromisoformat(self.chance.choice(self.events)["time"])
        minutes = self.chance.randrange(SPAN * 24 * 60)
        return datetime.combine(self.first, datetime.min.time(), UTC) + timedelta(minutes=minutes)

    def add(self, type_: str, subject: str | None, when: datetime | None = None, **data: Any) -> Raw:
        """One event."""
        event = {"specversion": "1.0", "source": "/any/system", "type": type_, "id": f"e{len(self.events):03}"}
        known = {name.removesuffix("_"): value for name, value in data.items()}
        event |= {"time": (when or self.moment()).isoformat(), "data": known}  # type: ignore[dict-item]
        self.events.append(event if subject is None else event | {"subject": subject})
        return self.events[-1]

    def dated(self, type_: str, subject: str, **data: Any) -> None:
        """One with its own day, or moment, or neither: mostly near the time at which it is recorded."""
        when = self.moment()
        own, how = when + timedelta(hours=self.chance.randint(-96, 96)), self.chance.random()
        if how < 0.25:
            data["on"] = own.date().isoformat()
        elif how < 0.5:
            data["at"] = own.isoformat()
        self.add(type_, subject, when, **data)

    def often(self, likely: float = _DOUBTFUL) -> bool:
        """Whether something that may stand against contact happens."""
        return self.chance.random() < likely


def world(chance: random.Random) -> list[Raw]:
    """All that is recorded of two plans and those around them."""
    made = Drawing(chance, date.fromisoformat(chance.choice(FIRST_DAYS)))
    begin = datetime.combine(made.first, datetime.min.time(), UTC)
    for plan in PLANS:
        child = {"ref": "C-1", "initials": "ZQ", "date_of_birth": "2014-05-03"}
        made.add("plan.opened", plan, begin, authority="dudley", child=child, route="child_in_need")
        made.add("check_ins.started", plan, begin, people=[*KINDS], days=[*DAYS], at="10:00")
    for who, kind in KINDS.items():
        _person(made, begin, who, kind)
    for plan in PLANS:
        _plan(made, plan)
    for _ in range(chance.choice((0, 0, 0, 1, 2))):
        _withdrawal(made)
    return made.events


def _person(made: Drawing, begin: datetime, who: str, kind: str) -> None:
    chance = made.chance
    for time in range(chance.choice((1, 1, 1, 2))):
        known = {"authority": "dudley", "name": "N", "kind": kind, "email": f"{who}@example.org"}
        known["mobile"] = chance.choice(NUMBERS)
        for name in ("email", "mobile"):
            if made.often():
                del known[name]
        when = made.moment() if time or made.often(0.1) else begin
        made.add("person.recorded", who, when, **known)
    wanted = chance.choice((1, 1, 1, 2, 3)) if kind in ("family", "child") else int(made.often(0.2))
    for _ in range(wanted):
        _decision(made, who)


def _decision(made: Drawing, who: str) -> None:
    chance = made.chance
    if made.often():
        made.add("contact.decided", who, decision="never", decided_by="w-sw")
        return
    found: Raw = {"decision": "allow", "decided_by": "w-sw"}
    if chance.random() < 0.4:
        found["channel"] = chance.choice(("sms", "sms", "email"))
    if chance.random() < 0.4:
        days = chance.sample(DAYS, chance.randint(3, 7))
        opens, closes = sorted((chance.choice(EDGES), chance.choice(EDGES)))
        found["window"] = {"days": days, "from": opens, "until": closes}
    if made.often(0.2):
        found["check_again_on"] = (made.first + timedelta(days=SPAN + chance.randint(-3, 14))).isoformat()
    if not any(_same(event, who, when := made.moment()) for event in made.events):
        made.add("contact.decided", who, when, **found)


def _same(event: Raw, who: str, when: datetime) -> bool:
    # Which of two permissions of one moment is the later, nobody can know.
    return bool(event["type"] == "contact.decided" and event.get("subject") == who and event["time"] == when.isoformat()
                and event["data"]["decision"] == "allow")  # fmt: skip


def _plan(made: Drawing, plan: str) -> None:
    chance = made.chance
    for who in EVERYBODY:
        if made.often(_DOUBTFUL / 3):
            made.dated("person.excluded", plan, person=who)
        if made.often(_DOUBTFUL / 3):
            made.dated("plan.withheld", plan, from_=who, reason="safety")
        if who != STRANGER and made.often():
            _role(made, plan, who)
        if who != STRANGER and made.often():
            text = chance.choice((*STOPS, "1", "2", "who is this?", "please don't stop"))
            made.dated("check_in.replied", plan, person=who, text=text)
    for _ in range(chance.choice((0, 0, 1, 2))):
        _flag(made, plan, chance.choice(FLAGS))
    if made.often(0.3):
        made.dated("incident.recorded", plan, kind=chance.choice(INCIDENTS))


def _role(made: Drawing, plan: str, who: str) -> None:
    marks: Raw = {mark: True for mark in ("poses_risk", "victim") if made.often(0.3)}
    if made.often(0.1):
        made.add("role.assigned", None, authority="dudley", role="network_member", person=who, **marks)
    else:
        made.add("role.assigned", plan, role="carer", person=who, **marks)
        if made.often(0.3):
            made.add("role.ended", plan, role="carer", person=who)


def _flag(made: Drawing, plan: str, flag: str) -> None:
    made.dated("flag.raised", plan, flag=flag)
    if made.often(0.4):
        made.dated("flag.cleared", plan, flag=flag)
    for who in ("f-nan", "f-aunt", "f-ex", "c-kid"):
        if made.often(0.4):
            made.dated("family_contact.approved", plan, person=who, by="w-sw")


def _withdrawal(made: Drawing) -> None:
    kinds = ("plan.opened", "person.recorded", "check_ins.started")
    some = [event for event in made.events if event["type"] not in kinds]
    if not some:
        return
    event = made.chance.choice(some)
    made.add("event.withdrawn", event.get("subject"), event=event["id"], reason="a mistake")


def moments(chance: random.Random, events: list[Raw], number: int) -> Iterator[datetime]:
    """When it is asked: at any hour, often at the edge of one, after all that was recorded."""
    last = max(datetime.fromisoformat(event["time"]) for event in events)
    for _ in range(number):
        day = (last + timedelta(days=chance.randint(1, 16))).date()
        clock = (
            chance.choice(EDGES) if chance.random() < 0.5 else f"{chance.randrange(8, 21):02}:{chance.randrange(60):02}"
        )
        seconds = chance.choice((0, 0, 1, 59))
        yield datetime.fromisoformat(f"{day}T{clock}:{seconds:02}").replace(tzinfo=LONDON).astimezone(UTC)

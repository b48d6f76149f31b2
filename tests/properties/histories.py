"""Random histories of any council: plans, families, flags, decisions, absences, handovers, breaches, check-ins."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

Raw = dict[str, object]
LONDON = ZoneInfo("Europe/London")
COUNCILS = ("bradford", "darlington", "dudley", "south_gloucestershire", "wakefield")
SPAN = 18
WIDE = {
    "w-tm": "team_manager", "w-sm": "service_manager", "w-htm": "hub_team_manager", "w-hsm": "hub_service_manager",
    "w-sl": "service_lead", "w-oncall": "on_call_manager", "w-head": "head_of_service",
    "w-config": "configuration_owner", "w-day": "day_team", "w-edt": "emergency_duty_team",
}  # fmt: skip
WORKERS = (*WIDE, "w-sw", "w-sw2", "w-cover", "w-iro")
PARTNERS = ("p-kp", "p-youth")
FAMILY = ("f-nan", "f-aunt", "f-dad", "f-ex")
FLAGS = ("forced_marriage", "honour_based_abuse", "coercive_control", "domestic_abuse")
# What must never be seen in a message, because it stands in the facts.
CANARY = "Kestrelmoor"
REPLIES = {
    "ok": ("1", "1.", "Yes", "👍🏽"),
    "call": ("2", "two"),
    "stop": ("STOP", "stop.", "Unsubscribe"),
    "other": ("who is this?", f"he is back {CANARY}", "stop him", "3"),
}
MEANING = {text: meaning for meaning, texts in REPLIES.items() for text in texts}
CLOCKS = ("00:10", "02:15", "07:59", "08:30", "08:59", "09:00", "11:20", "14:45", "17:01", "18:05", "19:40", "23:50")
# Days around which days are hard to count: Christmas, Easter, the clocks' changes, the end of February.
HARD = ("2026-12-20", "2027-03-22", "2027-10-25", "2028-02-25", "2028-04-10", "2029-03-20", "2030-10-21", "2027-12-20")


@dataclass
class Maker:
    """Collects events from one source of chance."""

    chance: random.Random
    first: date
    council: str
    events: list[Raw] = field(default_factory=list)
    prefix: str = "e"  # of the ids: what is added to a history that was thinned out needs another

    def moment(self, earliest: int = 0, latest: int = SPAN) -> datetime:
        """A local moment on one of the history's days."""
        day = self.first + timedelta(days=self.chance.randint(earliest, latest))
        return datetime.fromisoformat(f"{day}T{self.chance.choice(CLOCKS)}").replace(tzinfo=LONDON)

    def day(self, around: datetime, earliest: int, latest: int) -> str:
        """A day so many days from a moment."""
        return (around.date() + timedelta(days=self.chance.randint(earliest, latest))).isoformat()

    def add(self, when: datetime, kind: str, subject: str | None, data: Raw) -> str:
        """One event, recorded at a moment; its id."""
        name = f"{self.prefix}{len(self.events)}"
        event: Raw = {"specversion": "1.0", "id": name, "source": "/any/system", "type": kind, "data": data}
        self.events.append(event | {"time": when.isoformat()} | ({"subject": subject} if subject else {}))
        return name

    def one_in(self, number: int) -> bool:
        """True once in so many times."""
        return self.chance.randrange(number) == 0


def history(chance: random.Random) -> list[Raw]:
    """One or two plans of a council, everybody on and around them, and up to two dozen events of three weeks."""
    some_day = date(2026, 1, 5) + timedelta(days=chance.randrange(365 * 5))
    begin = some_day if chance.randrange(3) else date.fromisoformat(chance.choice(HARD))
    return history_of(chance, chance.choice(COUNCILS), begin)


def more_of_history(chance: random.Random) -> tuple[Maker, list[str]]:
    """What adds to such a history, which its events are, and the plans that it has."""
    raws = history(chance)
    opening = next(raw for raw in raws if raw["type"] == "plan.opened")
    opened = opening["data"]
    assert isinstance(opened, dict)
    make = Maker(chance, datetime.fromisoformat(str(opening["time"])).date(), str(opened["authority"]), raws)
    return make, sorted({str(raw["subject"]) for raw in raws if raw["type"] == "plan.opened"})


def history_of(chance: random.Random, council: str, begin: date) -> list[Raw]:
    """Such a history of a council, from a day on."""
    make = Maker(chance, begin, council)
    _people(make)
    for plan in ("P-1", "P-2") if make.one_in(4) else ("P-1",):
        _plan(make, plan)
        for _ in range(chance.randint(3, 12)):
            chance.choice(STEPS)(make, plan)
    _withdraw(make)
    return make.events


def _people(make: Maker) -> None:
    long_ago = datetime(2024, 1, 2, 12, tzinfo=LONDON)
    for number, who in enumerate((*WORKERS, *PARTNERS)):
        make.add(long_ago, "person.recorded", who, _person(make, who, number))
    for who, role in WIDE.items():
        if not make.one_in(8):
            make.add(long_ago, "role.assigned", None, {"authority": make.council, "role": role, "person": who})
    shared = "+447700900700"
    for number, who in enumerate((*FAMILY, "c-child")):
        kind = "child" if who == "c-child" else "family"
        mobile = shared if make.one_in(4) else f"+4477009006{number:02}"
        known: Raw = {"authority": make.council, "name": f"Nym {CANARY}", "kind": kind, "mobile": mobile}
        make.add(long_ago, "person.recorded", who, known)
        if not make.one_in(5):
            _decide(make, who, long_ago, "allow")


def _person(make: Maker, who: str, number: int) -> Raw:
    kind = "partner" if who in PARTNERS else "worker"
    known: Raw = {"authority": make.council, "name": f"Nym {CANARY}", "kind": kind, "mobile": f"+447700900{number:03}"}
    if not make.one_in(15):
        known["email"] = f"{who}@{CANARY.lower()}.example.org"
    return known


def _decide(make: Maker, who: str, when: datetime, decision: str) -> None:
    data: Raw = {"decision": decision, "decided_by": "w-sw", "channel": "sms"}
    if make.one_in(2):
        start, end = make.chance.choice([("17:00", "19:00"), ("07:00", "10:00"), ("12:00", "21:00")])
        days = make.chance.sample(["mon", "tue", "wed", "thu", "fri", "sat", "sun"], make.chance.randint(3, 7))
        data["window"] = {"days": days, "from": start, "until": end}
    if make.one_in(3):
        data["wording"] = "plain"
    if make.one_in(2):
        data["sender_name"] = make.chance.choice(["Sam", "Al", "Jo"])
    if make.one_in(6):
        data["check_again_on"] = make.day(make.moment(), 0, 5)
    make.add(when, "contact.decided", who, data)


def _plan(make: Maker, plan: str) -> None:
    when = make.moment(0, 1)
    child: Raw = {"ref": f"C-{CANARY}", "initials": "Q.Z.", "date_of_birth": "2014-03-09"}
    services = ("social_care", "social_care", "youth_offending", "early_help")
    data: Raw = {
        "authority": make.council, "child": child, "route": make.chance.choice(["child_in_need", "child_protection"]),
        "risk": make.chance.choice(["at_risk", "medium", "high"]), "service": make.chance.choice(services),
    }  # fmt: skip
    make.add(when, "plan.opened", plan, data)
    roles = {"w-sw": "social_worker", "p-kp": "key_professional", "w-iro": "iro", "p-youth": "agency"}
    roles |= {"f-nan": "network_member", "f-dad": "parent"}
    for who, role in roles.items():
        if role != "social_worker" or not make.one_in(10):
            make.add(when, "role.assigned", plan, {"role": role, "person": who})
    if make.one_in(2):
        _agree(make, plan)
    if make.one_in(2):
        _ask(make, plan)


def _agree(make: Maker, plan: str) -> None:
    when = make.moment(1)
    data: Raw = {"at": when.isoformat(), "parties": ["f-dad", "f-nan"], "agencies": ["p-youth"]}
    if make.one_in(2):
        data |= {"review_on": make.day(when, 1, 20), "end_on": make.day(when, 2, 20)}
    make.add(when, "plan.agreed", plan, data)


def _ask(make: Maker, plan: str) -> None:
    when = make.moment(1, 6)
    people = make.chance.sample([*FAMILY, "c-child"], make.chance.randint(1, 2))
    often: Raw = {"per_week": make.chance.randint(1, 5)} if make.one_in(2) else {"days": ["mon", "tue", "thu", "sat"]}
    clock = make.chance.choice(["07:30", "10:00", "18:00", "19:45", "21:00"])
    make.add(when, "check_ins.started", plan, {"people": people, "at": clock, "until_visits": 2, **often})


def _reply(make: Maker, plan: str) -> None:
    when, who = make.moment(3), make.chance.choice(FAMILY)
    said = make.chance.choice(REPLIES[make.chance.choice(["ok", "ok", "call", "stop", "other"])])
    make.add(when, "check_in.replied", plan, {"person": who, "text": said, "at": when.isoformat()})


def _contact(make: Maker, plan: str) -> None:
    del plan
    who = make.chance.choice([*FAMILY, *FAMILY, "c-child", "w-sw", "p-youth", "w-tm"])
    _decide(make, who, make.moment(1), make.chance.choice(["allow", "never"]))


def _number(make: Maker, plan: str) -> None:
    del plan
    who = make.chance.choice(FAMILY)
    mobile = make.chance.choice(["+447700900700", "+447700900600", "+447700900601", "+447700900799"])
    known: Raw = {"authority": make.council, "name": f"Nym {CANARY}", "kind": "family", "mobile": mobile}
    make.add(make.moment(1), "person.recorded", who, known)


def _against(make: Maker, plan: str) -> None:
    """Something that stands against contact with one person, or with the whole family."""
    when, who = make.moment(1), make.chance.choice([*FAMILY, "p-youth"])
    match make.chance.randrange(6):
        case 0:
            make.add(when, "person.excluded", plan, {"person": who})
        case 1:
            make.add(when, "plan.withheld", plan, {"from": who, "reason": CANARY})
        case 2:
            make.add(when, "role.assigned", plan, {"role": "carer", "person": who, "poses_risk": True})
        case 3:
            make.add(when, "role.assigned", plan, {"role": "carer", "person": who, "victim": True})
        case 4:
            make.add(when, "family_contact.approved", plan, {"person": who, "by": "w-tm"})
        case _:
            kind = make.chance.choice(["flag.raised", "flag.raised", "flag.cleared"])
            make.add(when, kind, plan, {"flag": make.chance.choice(FLAGS)})


def _incident(make: Maker, plan: str) -> None:
    when = make.moment(1)
    kind = make.chance.choice(["domestic_abuse", "missing"])
    make.add(when, "incident.recorded", plan, {"kind": kind, "at": when.isoformat()})


def _hand_over(make: Maker, plan: str) -> None:
    when = make.moment(1)
    role, people = make.chance.choice([
        ("social_worker", ["w-sw", "w-sw2"]), ("team_manager", ["w-tm", "w-sm"]), ("key_professional", ["p-kp"]),
    ])  # fmt: skip
    kind = make.chance.choice(["role.assigned", "role.assigned", "role.ended"])
    make.add(when, kind, plan, {"role": role, "person": make.chance.choice(people)})


def _away(make: Maker, plan: str) -> None:
    del plan
    when = make.moment()
    covers = {"w-sw": "w-cover", "w-sw2": "w-cover", "w-tm": "w-sm", "w-oncall": "w-cover", "p-kp": "w-cover"}
    who = make.chance.choice(sorted(covers))
    cover: Raw = {} if make.one_in(4) else {"cover": covers[who]}
    data: Raw = {"from": make.day(when, -1, 2), "until": make.day(when, 3, 8), **cover}
    make.add(when, "absence.recorded", who, data)


def _breach(make: Maker, plan: str) -> None:
    when = make.moment(1)
    crossed = when - timedelta(minutes=make.chance.choice([0, 0, 1, 50]))
    name = make.add(when, "bottom_line.breached", plan, {"bottom_line": "b1", "at": crossed.isoformat()})
    for _ in range(make.chance.randint(0, 3)):
        later = when + timedelta(minutes=make.chance.choice([5, 31, 62, 100]))
        by = make.chance.choice(["w-tm", "w-hsm", "w-sw", "w-oncall", "w-head", "w-sm"])
        make.add(later, "alert.acknowledged", plan, {"alert": name, "by": by})
    end = when + timedelta(minutes=make.chance.choice([45, 130]))
    make.add(end, "alert.closed", plan, {"alert": name, "by": "w-head", "outcome": CANARY})


def _stop(make: Maker, plan: str) -> None:
    make.add(make.moment(5), "check_ins.stopped", plan, {"by": "w-sw"})


def _end(make: Maker, plan: str) -> None:
    if not make.one_in(2):
        return
    when = make.moment(6)
    make.add(when, "plan.ended", plan, {"reason": CANARY})
    if make.one_in(2):
        opening = next(event for event in make.events if (event["type"], event.get("subject")) == ("plan.opened", plan))
        again = when + timedelta(days=make.chance.randint(1, 4))
        make.add(again, "plan.opened", plan, dict(opening["data"]))  # type: ignore[call-overload]


def _act(make: Maker, plan: str) -> None:
    when = make.moment(1)
    data: Raw = {"ref": make.chance.choice(["a1", "a2"]), "what": CANARY}
    if not make.one_in(4):
        data["who"] = make.chance.choice(["p-youth", "p-kp", "f-nan", "w-sw"])
    if not make.one_in(4):
        data["due_on"] = make.day(when, 0, 12)
    make.add(when, "action.agreed", plan, data)


def _fact(make: Maker, plan: str) -> None:
    """Something done, or something that calls for more to be done."""
    when = make.moment(1)
    kind, data = make.chance.choice(_facts(make, when))
    make.add(when, kind, plan, data)


def _facts(make: Maker, when: datetime) -> list[tuple[str, Raw]]:
    ago, soon = make.day(when, -3, 0), make.day(when, 1, 15)
    meeting = make.chance.choice(["initial", "review", "progress_check", "core_group", "network"])
    agreed: Raw = {"next_review_on": soon} if make.one_in(2) else {"review_every": "1 week"}
    return [
        ("meeting.held", {"meeting": meeting, "ref": "m1", "plan_reviewed": make.one_in(2), **agreed}),
        ("visit.recorded", {"by": make.chance.choice(["w-sw", "p-kp"]), "on": ago, "concern": make.one_in(3)}),
        ("visits.agreed", {"by_role": "key_professional", "every": "1 week", "on": ago}),
        ("review_date.set", {"review_on": soon, "on": ago, "reason": CANARY}),
        ("end_date.set", {"end_on": soon, "on": ago}),
        ("plan.reviewed", {"by": "w-sw", "on": ago}),
        ("risk.changed", {"direction": make.chance.choice(["up", "down"]), "on": ago}),
        ("circumstances.changed", {"what": CANARY, "on": ago}),
        ("plan.not_followed", {"why": CANARY, "on": ago}),
        ("assessment.completed", {"on": ago}),
        ("screening.completed", {"on": ago}),
        ("network.agreed", {"people": ["f-nan", "f-aunt"], "at_least": 3}),
        ("network_meetings.agreed", {"every": "1 week", "practitioner_every": 2}),
        ("ending.planned", {"ends_on": soon}),
        ("action.completed", {"ref": "a1", "on": ago}),
        ("plan.shared", {"with": "f-dad", "how": CANARY}),
        ("tool.completed", {"tool": "dash", "on": ago}),
        ("timeline.started", {"on": ago}),
    ]  # fmt: skip


def _weeks(make: Maker, plan: str) -> None:
    """Weeks of a timeline with unannounced visits in some of them."""
    when = make.moment(1, 3)
    make.add(when, "timeline.started", plan, {"on": when.date().isoformat()})
    data: Raw = {"by_role": "social_worker", "every": "1 week", "announced": False, "from_week": 1, "to_week": 3}
    make.add(when, "visits.agreed", plan, data)
    for _ in range(make.chance.randint(0, 2)):
        unannounced(make, plan)


def unannounced(make: Maker, plan: str) -> None:
    """A visit that nobody outside the council may learn of, achieved or not."""
    data: Raw = {"by": "w-sw", "announced": False, "child_seen": not make.one_in(3), "concern": make.one_in(3)}
    make.add(make.moment(4), "visit.recorded", plan, data)


def _withdraw(make: Maker) -> None:
    for event in make.chance.sample(make.events, min(3, len(make.events))):
        subject = event.get("subject")
        # An alert that was closed by mistake begins anew: that is a story of its own.
        if str(subject).startswith("P-") and not str(event["type"]).startswith(("plan.opened", "alert.")):
            later = max(make.moment(5), datetime.fromisoformat(str(event["time"])) + timedelta(minutes=7))
            make.add(later, "event.withdrawn", str(subject), {"event": event["id"], "reason": CANARY})


STEPS: tuple[Callable[[Maker, str], None], ...] = (
    _agree, _ask, _reply, _reply, _reply, _contact, _contact, _number, _against, _against, _against, _incident,
    _hand_over, _hand_over, _away, _breach, _stop, _end, _act, _act, _fact, _fact, _fact, _fact, _fact, _weeks,
)  # fmt: skip

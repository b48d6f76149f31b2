"""Everything that is asked of one random history: as it ran, run otherwise, and at the moment of sending."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from notifications.message import Hold, Later, Message, Send
from tests.properties import never_rules as rules
from tests.properties.ceilings import wrong_days
from tests.properties.histories import FAMILY, LONDON, MEANING, Maker, Raw, history, unannounced
from tests.properties.known import Known
from tests.properties.world import AFTER, Outage, Ran, last_check, run

SENT = 3
AT_SENDING = (rules.contact, rules.roles, rules.family_text, rules.private, rules.responsible, rules.hours)


def violations(chance: random.Random) -> list[str]:
    """What one random history breaks of the fifteen never-rules."""
    events = history(chance)
    ran = run(events, _outages(chance, events) if chance.randrange(3) == 0 else ())
    found = rules.broken(ran) + wrong_days(chance)
    notices = [one for one in ran.notices if one.plan is not None]
    for notice in chance.sample(notices, min(SENT, len(notices))):
        found += at_sending(chance, ran, notice)
    match chance.randrange(16):
        case 0:
            found += unannounced_shows(chance, events)
        case 1:
            found += messages_change_facts(events, run(events))
        case 2:
            found += stop_shows(chance, events)
    return found


def _outages(chance: random.Random, events: Sequence[Raw]) -> list[Outage]:
    first = min(_time(event) for event in events if event["type"] == "plan.opened")
    start = first + timedelta(minutes=chance.randrange(18 * 24 * 60))
    return [(start, start + chance.choice([timedelta(minutes=25), timedelta(hours=9), timedelta(days=2)]))]


# ------------------------------------------------------------------------------------------- at the moment of sending


def at_sending(chance: random.Random, ran: Ran, notice: Message) -> list[str]:
    """Facts turn between the decision and the sending: what the last check still lets go must keep every rule."""
    moment = notice.at + timedelta(seconds=20)
    events = [*ran.events, *(_turn(chance, notice, moment, number) for number in range(chance.randint(0, 2)))]
    later = notice.at + chance.choice([timedelta(minutes=1), timedelta(minutes=40), timedelta(hours=5), timedelta(1)])
    if notice.valid_until is not None and later > notice.valid_until:
        return []
    verdict = last_check(events, notice, later)
    case = rules.Case(Ran(events, (), (), (), later + AFTER, ()))
    if isinstance(verdict, Later):
        return [] if notice.purpose not in ("alert", "check_in", "reply") else [f"rule 5: {notice.key} is put off"]
    if isinstance(verdict, Hold):
        return _dropped(case.known(later), notice, verdict.reason)
    sent = replace(notice, key=f"{notice.key}|sent", person=verdict.person, at=later, context=verdict.context)
    found = [fault for rule in AT_SENDING for fault in rule(case, sent)]
    return [f"at sending: {fault}" for fault in found + _addressed(case.known(later), sent, verdict)]


def _addressed(known: Known, sent: Message, verdict: Send) -> list[str]:
    field = "mobile" if sent.channel == "sms" else "email"
    found = [] if known.person(sent.person).get(field) == verdict.address else ["rule 1: an address of before"]
    if known.ended(str(sent.plan)) and sent.purpose in ("reminder", "overdue", "escalation", "check_in"):
        found.append(f"rule 4: {sent.key} of an ended plan")
    return found


def _dropped(known: Known, notice: Message, reason: str) -> list[str]:
    """Rule 5: a bottom line is dropped for none but a good reason."""
    if notice.template != "bottom_line" or reason != "outdated":
        return []
    return [] if rules.answered(known, notice) else [f"rule 5: {notice.key} is dropped"]


def _turn(chance: random.Random, notice: Message, moment: datetime, number: int) -> Raw:
    plan, who = str(notice.plan), notice.person
    kind, subject, data = chance.choice([
        ("contact.decided", who, {"decision": "never", "decided_by": "w-tm"}),
        ("person.excluded", plan, {"person": who}),
        ("plan.withheld", plan, {"from": who, "reason": "x"}),
        ("flag.raised", plan, {"flag": "forced_marriage"}),
        ("role.assigned", plan, {"role": "carer", "person": who, "poses_risk": True}),
        ("role.assigned", plan, {"role": "carer", "person": who, "victim": True}),
        ("role.assigned", plan, {"role": "social_worker", "person": "w-sw2"}),
        ("role.assigned", plan, {"role": "team_manager", "person": "w-sm"}),
        ("role.ended", plan, {"role": "social_worker", "person": "w-sw"}),
        ("plan.ended", plan, {"reason": "x"}),
        ("check_in.replied", plan, {"person": chance.choice(FAMILY), "text": "STOP", "at": moment.isoformat()}),
        ("absence.recorded", who, {"from": _day(moment, 0), "until": _day(moment, 3), "cover": "w-cover"}),
        ("alert.acknowledged", plan, {"alert": _alert(notice), "by": chance.choice(["w-tm", "w-sw", "w-oncall"])}),
    ])  # fmt: skip
    event: Raw = {
        "specversion": "1.0",
        "id": f"turn{number}",
        "source": "/any/system",
        "type": kind,
        "subject": subject,
    }
    return event | {"time": moment.isoformat(), "data": data}


def _alert(notice: Message) -> str:
    return next((str(about["alert"]) for about in notice.about if "alert" in about), "none")


def _day(moment: datetime, number: int) -> str:
    return (moment.astimezone(LONDON).date() + timedelta(days=number)).isoformat()


# -------------------------------------------------------------------------------------------- run twice, and compared


def unannounced_shows(chance: random.Random, events: Sequence[Raw]) -> list[str]:
    """Rule 3: with other unannounced visits, or none, nobody outside the council is told anything else."""
    base = [event for event in events if not _is_unannounced(event)]
    first = min(_time(event) for event in base if event["type"] == "plan.opened").astimezone(LONDON).date()
    variants = [base, _with_visits(chance, base, first), _with_visits(chance, base, first)]
    end = max(_time(event) for variant in variants for event in variant)
    quiet = _quiet_event(end)
    told = [rules.outsiders(run([*variant, quiet])) for variant in variants]
    return [] if told[0] == told[1] == told[2] else ["rule 3: unannounced visits show"]


def _is_unannounced(event: Raw) -> bool:
    data = event["data"]
    return event["type"] == "visit.recorded" and isinstance(data, dict) and data.get("announced") is False


def _with_visits(chance: random.Random, base: Sequence[Raw], first: date) -> list[Raw]:
    make = Maker(chance, first, "dudley", list(base), prefix="unannounced")
    for _ in range(chance.randint(1, 3)):
        unannounced(make, "P-1")
    return make.events


def _quiet_event(moment: datetime) -> Raw:
    """Something at the end that tells nobody anything, so that each of several runs ends with the same moment."""
    known: Raw = {"authority": "dudley", "name": "N", "kind": "worker"}
    event: Raw = {"specversion": "1.0", "id": "quiet", "source": "/any/system", "type": "person.recorded"}
    return event | {"time": moment.isoformat(), "subject": "w-nobody", "data": known}


def messages_change_facts(events: Sequence[Raw], ran: Ran) -> list[str]:
    """Rule 12: without the replies and confirmations the same is owed, and it stands the same."""
    quiet = _quiet_event(max(_time(event) for event in events))
    left = [event for event in events if event["type"] not in ("check_in.replied", "alert.acknowledged")]
    same = run([*left, quiet]).obligations == ran.obligations
    return [] if same else ["rule 12: replies or confirmations changed what is owed"]


def stop_shows(chance: random.Random, events: Sequence[Raw]) -> list[str]:
    """Rule 11: that somebody stops their texts shows to nobody else in the family, but who has the same number."""
    who = chance.choice(FAMILY)
    numbers = {who: _numbers(events, who) for who in (*FAMILY, "c-child")}
    others = [other for other in numbers if not numbers[other] & numbers[who]]
    quiet = _quiet_event(max(_time(event) for event in events))
    without = [event for event in events if not _stops(event, who)]
    told = [
        [one for one in rules.outsiders(run([*variant, quiet])) if one[1] in others] for variant in (events, without)
    ]
    return [] if told[0] == told[1] else [f"rule 11: that {who} stopped shows"]


def _numbers(events: Sequence[Raw], who: str) -> set[object]:
    mine = [event["data"] for event in events if event["type"] == "person.recorded" and event.get("subject") == who]
    return {data.get("mobile") for data in mine if isinstance(data, dict)}


def _stops(event: Raw, who: str) -> bool:
    data = event["data"]
    if event["type"] != "check_in.replied" or not isinstance(data, dict) or data["person"] != who:
        return False
    return MEANING[data["text"]] == "stop"


def _time(event: Raw) -> datetime:
    return datetime.fromisoformat(str(event["time"]))

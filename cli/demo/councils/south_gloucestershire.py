"""South Gloucestershire: unannounced visits by the week, check-ins with a network, its meetings, tools, the ending."""

from __future__ import annotations

from datetime import date, timedelta

from cli.demo.councils.chronicle import LAST_DAY, Chronicle, later
from cli.demo.diary import Diary, at
from cli.demo.neighbours import AUNT, GRANDFATHER, GRANDMOTHER, NEIGHBOUR
from cli.demo.person import Person
from cli.demo.plans import Plan
from cli.demo.standins.phone_owners import ASKED_AT, DAYS, replies

KIN = {"P-6001": GRANDMOTHER, "P-6002": AUNT, "P-6003": GRANDFATHER, "P-6004": NEIGHBOUR}
# The first name that each has agreed to read in a text.
_SENDERS = {GRANDMOTHER: "Wilma", AUNT: "Bea", GRANDFATHER: "Wilma", NEIGHBOUR: "Bea"}
INCIDENT = "P-6005"
WEEK_MISSED = "P-6006"
_START = date(2027, 1, 11)
_MONDAY, _TUESDAY = date(2027, 1, 11), date(2027, 1, 12)
_EVERY_DAY = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


def life(plan: Plan) -> Diary:
    """Everything that happens on one of South Gloucestershire's plans."""
    chronicle = Chronicle(plan)
    chronicle.open()
    _agree(chronicle)
    _visits(chronicle)
    _network(chronicle)
    _tools(chronicle)
    if plan.id in KIN:
        _check_ins(chronicle, KIN[plan.id])
    if plan.id == WEEK_MISSED:
        chronicle.note(date(2027, 1, 4), "11:00", "ending.planned", ends_on=date(2027, 2, 5))
        chronicle.note(date(2027, 1, 27), "14:00", "ending.told")
        chronicle.note(date(2027, 2, 5), "15:00", "plan.ended", reason="risk reduced")
    return chronicle.diary


def _agree(chronicle: Chronicle) -> None:
    plan, first = chronicle.plan, later(chronicle.plan.opened, 21)
    agreed = {"version": 1, "agencies": [plan.partner], "review_on": first}
    chronicle.say(at(plan.opened, "11:20"), "plan.agreed", **agreed)
    chronicle.note(later(plan.opened, 2), "15:00", "plan.shared", **{"with": plan.partner, "how": "secure email"})
    for day in chronicle.days(first, 28, _last(plan)):
        chronicle.note(day, "16:10", "plan.reviewed", by=plan.worker)
        chronicle.note(day, "16:10", "review_date.set", review_on=later(day, 20))


def _visits(chronicle: Chronicle) -> None:
    """One each week of the timeline, on a day that nobody is told of."""
    plan = chronicle.plan
    monday = plan.opened + timedelta(days=7 - plan.opened.weekday())
    chronicle.note(plan.opened, "11:30", "timeline.started", on=monday)
    agreed = {"by_role": "social_worker", "every": "1 week", "announced": False, "from_week": 1, "to_week": 18}
    chronicle.note(plan.opened, "11:30", "visits.agreed", **agreed)
    week, number = monday, plan.number
    while week <= _last(plan) and week < monday + timedelta(weeks=18):
        # Two days or so, so that it is before a bank holiday of that week or after it.
        day = week + timedelta(days=1 + number % 3)
        if not (plan.id == WEEK_MISSED and week == date(2027, 1, 4)):
            chronicle.note(day, "15:40", "visit.recorded", by=plan.worker, announced=False)
        week, number = week + timedelta(days=7), number + 1


def _network(chronicle: Chronicle) -> None:
    plan = chronicle.plan
    people = [KIN[plan.id].id, plan.partner] if plan.id in KIN else [plan.partner]
    chronicle.note(plan.opened, "12:10", "network.agreed", people=people[:1], at_least=len(people))
    chronicle.note(later(plan.opened, 6), "12:10", "network.agreed", people=people, at_least=len(people))
    chronicle.note(plan.opened, "12:20", "network_meetings.agreed", every="2 weeks", practitioner_every=2)
    for number, day in enumerate(chronicle.days(plan.opened + timedelta(days=13), 13, _last(plan)), 1):
        chronicle.note(day, "17:10", "meeting.held", meeting="network", ref=f"n{number}", plan_reviewed=False)


def _tools(chronicle: Chronicle) -> None:
    plan = chronicle.plan
    for day in chronicle.days(plan.opened, 86, _last(plan)):
        chronicle.note(day, "12:40", "tool.completed", tool="exploitation_indicator_tool")
    if plan.id == INCIDENT:
        chronicle.note(_MONDAY, "12:15", "incident.recorded", kind="domestic_abuse")
        chronicle.note(_TUESDAY, "14:50", "tool.completed", tool="dash")


def _check_ins(chronicle: Chronicle, kin: Person) -> None:
    """Asked three times a week; what was answered before the first day is written down, what follows is texted."""
    plan = chronicle.plan
    when = at(later(plan.opened, 4), "10:20")
    allowed = {
        "decision": "allow", "decided_by": plan.team_manager, "channel": "sms", "wording": "discreet",
        "sender_name": _SENDERS[kin], "window": {"days": _EVERY_DAY, "from": "17:00", "until": "19:00"},
    }  # fmt: skip
    chronicle.diary.note(when, "contact.decided", kin.id, **allowed)
    chronicle.diary.note(when, "role.assigned", plan.id, role="network_member", person=kin.id)
    started = when.date()
    chronicle.note(started, "10:30", "check_ins.started", people=[kin.id], days=list(DAYS), at=ASKED_AT)
    for reply in replies(started, _START - timedelta(days=1)):
        if reply.person is kin:
            chronicle.say(reply.at, "check_in.replied", person=kin.id, text=reply.text)


def _last(plan: Plan) -> date:
    return date(2027, 2, 5) if plan.id == WEEK_MISSED else LAST_DAY

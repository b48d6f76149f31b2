"""Bradford: a plan made by night that the day team reviews, reviews at every visit, copies, the case summary."""

from __future__ import annotations

from datetime import date, datetime

from cli.demo.councils.chronicle import Chronicle, later
from cli.demo.diary import Diary, at
from cli.demo.neighbours import DAY_TEAM
from cli.demo.plans import Plan

BY_NIGHT = "P-3001"
NOT_REVIEWED = "P-3002"
RISK_ROSE = "P-3003"
_SUNDAY_NIGHT = at(date(2027, 1, 10), "21:40")
_MONDAY, _TUESDAY = date(2027, 1, 11), date(2027, 1, 12)


def life(plan: Plan) -> Diary:
    """Everything that happens on one of Bradford's plans."""
    chronicle = Chronicle(plan)
    if plan.id == BY_NIGHT:
        _by_night(chronicle)
    else:
        _by_day(chronicle)
    return chronicle.diary


def _agree(chronicle: Chronicle, **when: date | datetime) -> dict[str, object]:
    plan = chronicle.plan.id.lower()
    return {"version": 1, "parties": [f"mother-{plan}"], "agencies": [chronicle.plan.partner], **when}


def _by_night(chronicle: Chronicle) -> None:
    chronicle.open("21:40")
    chronicle.say(_SUNDAY_NIGHT, "plan.agreed", **_agree(chronicle))
    # The emergency duty team writes the summary itself: it is due the same night.
    chronicle.diary.note(at(_SUNDAY_NIGHT.date(), "22:10"), "plan.summarised", chronicle.plan.id, version=1)
    mother, partner = f"mother-{chronicle.plan.id.lower()}", chronicle.plan.partner
    chronicle.note(_MONDAY, "11:20", "plan.shared", **{"with": mother, "how": "by hand"}, version=1)
    chronicle.note(_MONDAY, "16:10", "plan.reviewed", by=DAY_TEAM.id)
    chronicle.note(_TUESDAY, "16:20", "plan.shared", **{"with": partner, "how": "secure email"}, version=1)
    _visits(chronicle, date(2027, 1, 14))


def _by_day(chronicle: Chronicle) -> None:
    plan = chronicle.plan
    chronicle.open()
    chronicle.say(at(plan.opened, "10:30"), "plan.agreed", **_agree(chronicle))
    chronicle.note(plan.opened, "15:45", "plan.summarised", version=1)
    for who, how, days in ((f"mother-{plan.id.lower()}", "by hand", 1), (plan.partner, "secure email", 2)):
        chronicle.note(later(plan.opened, days), "14:05", "plan.shared", **{"with": who, "how": how}, version=1)
    _visits(chronicle, later(plan.opened, 7))
    if plan.id == RISK_ROSE:
        chronicle.note(_MONDAY, "13:30", "risk.changed", direction="up", scale=6)
        chronicle.note(_TUESDAY, "16:45", "plan.reviewed", by=plan.worker)


def _visits(chronicle: Chronicle, first: date) -> None:
    """A visit a fortnight, the plan reviewed at each; but on one plan not at the one of the first day."""
    worker = chronicle.plan.worker
    forgets = chronicle.plan.id == NOT_REVIEWED
    for number, day in enumerate(chronicle.days(first, 14), 1):
        if forgets and abs((day - _MONDAY).days) < 7:
            continue
        if number % 4 == 0:
            chronicle.note(day, "14:40", "meeting.held", meeting="child_in_need_review", ref=f"m{number}", chair=worker)
        chronicle.note(day, "15:10", "visit.recorded", by=worker, plan_reviewed=True)
    if forgets:
        visit = chronicle.note(_MONDAY, "14:20", "visit.recorded", by=worker)
        chronicle.note(_TUESDAY, "13:15", "plan.reviewed", by=worker, after=visit)

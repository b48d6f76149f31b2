"""Darlington: upload and the reviewing officer's copy, copies and signatures, withholding, the three dates, the end."""

from __future__ import annotations

from datetime import date, timedelta

from cli.demo.councils.chronicle import Chronicle, later
from cli.demo.diary import Diary, at
from cli.demo.neighbours import REVIEWING_OFFICER
from cli.demo.plans import Plan

AGREED_ON_FRIDAY = "P-4001"
FATHER_WITHHELD = "P-4002"
NOT_FOLLOWED = "P-4003"
ENDING = "P-4005"
_MONDAY, _TUESDAY = date(2027, 1, 11), date(2027, 1, 12)


def life(plan: Plan) -> Diary:
    """Everything that happens on one of Darlington's plans."""
    chronicle = Chronicle(plan)
    chronicle.open()
    if plan.id == AGREED_ON_FRIDAY:
        _agreed_on_friday(chronicle)
    else:
        _steady(chronicle)
    if plan.id == FATHER_WITHHELD:
        _withheld(chronicle)
    if plan.id == NOT_FOLLOWED:
        chronicle.note(_TUESDAY, "09:50", "plan.not_followed", by=plan.worker, why="work shifts have changed")
        chronicle.note(date(2027, 1, 14), "12:20", "plan.reviewed", by=plan.worker)
        chronicle.note(date(2027, 1, 14), "12:20", "review_date.set", review_on=date(2027, 2, 11))
    if plan.id == ENDING:
        chronicle.note(date(2027, 1, 14), "15:00", "plan.ended", reason="risk reduced")
    return chronicle.diary


def _mother(plan: Plan) -> str:
    return f"mother-{plan.id.lower()}"


def _copy(chronicle: Chronicle, day: date, clock: str, who: str, how: str) -> None:
    chronicle.note(day, clock, "plan.shared", **{"with": who, "how": how}, version=1)


def _agreed_on_friday(chronicle: Chronicle) -> None:
    """The mother has signed and has her copy; file and reviewing officer wait over the weekend."""
    plan = chronicle.plan
    dates = {"review_on": date(2027, 2, 8), "end_on": date(2027, 7, 8)}
    chronicle.say(at(plan.opened, "16:10"), "plan.agreed", version=1, parties=[_mother(plan)], **dates)
    chronicle.note(plan.opened, "16:20", "plan.signed", by=_mother(plan), version=1)
    _copy(chronicle, plan.opened, "16:25", _mother(plan), "by hand")
    chronicle.note(_MONDAY, "15:30", "plan.uploaded", version=1)
    _copy(chronicle, _TUESDAY, "14:20", REVIEWING_OFFICER.id, "secure email")


def _steady(chronicle: Chronicle) -> None:
    plan, opened = chronicle.plan, chronicle.plan.opened
    parties = [_mother(plan)] + ([f"father-{plan.id.lower()}"] if plan.id == FATHER_WITHHELD else [])
    review, end = later(opened, 20), date(2027, 1, 15) if plan.id == ENDING else date(2027, 7, 30)
    agreed = {"version": 1, "parties": parties, "agencies": [plan.partner], "review_on": review, "end_on": end}
    chronicle.say(at(opened, "11:00"), "plan.agreed", **agreed)
    chronicle.note(opened, "16:30", "plan.uploaded", version=1)
    for person in parties:
        chronicle.note(later(opened, 1), "11:30", "plan.signed", by=person, version=1)
        _copy(chronicle, later(opened, 1), "11:35", person, "by hand")
    _copy(chronicle, later(opened, 1), "14:00", plan.partner, "secure email")
    _copy(chronicle, later(opened, 2), "10:15", REVIEWING_OFFICER.id, "secure email")
    chronicle.note(opened, "11:40", "action.agreed", ref="a1", what="agreed", who=plan.worker, due_on=later(opened, 30))
    chronicle.note(later(opened, 28), "15:20", "action.completed", ref="a1")
    last = _MONDAY - timedelta(days=3) if plan.id in (NOT_FOLLOWED, ENDING) else date(2027, 2, 26)
    for day in chronicle.days(review, 28, last):
        chronicle.note(day, "13:10", "plan.reviewed", by=plan.worker)
        chronicle.note(day, "13:10", "review_date.set", review_on=later(day, 20))


def _withheld(chronicle: Chronicle) -> None:
    """A new version is kept from the father; a manager must stand behind that, and does the next day."""
    plan, father = chronicle.plan, f"father-{chronicle.plan.id.lower()}"
    dates = {"review_on": date(2027, 2, 3), "end_on": date(2027, 7, 30)}
    chronicle.say(at(_MONDAY, "09:40"), "plan.agreed", version=2, parties=[_mother(plan), father], **dates)
    why = {"from": father, "reason": "sharing would put the child at further risk"}
    chronicle.note(_MONDAY, "10:30", "plan.withheld", **why)
    for type_, data in (
        ("plan.uploaded", {}),
        ("plan.signed", {"by": _mother(plan)}),
        ("plan.shared", {"with": _mother(plan), "how": "by hand"}),
        ("plan.shared", {"with": REVIEWING_OFFICER.id, "how": "secure email"}),
    ):
        chronicle.note(_MONDAY, "15:00", type_, version=2, **data)
    chronicle.note(_TUESDAY, "11:45", "plan.withheld", **why, approved_by=plan.team_manager)

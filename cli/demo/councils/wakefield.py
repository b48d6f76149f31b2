"""Wakefield: set review dates that move in the open only, changes of circumstances, the scale, actions."""

from __future__ import annotations

from datetime import date

from cli.demo.councils.chronicle import Chronicle, later
from cli.demo.diary import Diary, at
from cli.demo.plans import Plan

REVIEW_MOVED = "P-5001"
CIRCUMSTANCES = "P-5002"
RISK_ROSE = "P-5003"
ACTION_LATE = "P-5004"
_MONDAY, _TUESDAY = date(2027, 1, 11), date(2027, 1, 12)


def life(plan: Plan) -> Diary:
    """Everything that happens on one of Wakefield's plans."""
    chronicle = Chronicle(plan)
    chronicle.open()
    opened = plan.opened
    first = later(opened, 22)
    chronicle.say(at(opened, "11:10"), "plan.agreed", version=1, review_on=first)
    _reviews(chronicle, first)
    for number, (agreed, takes, done) in enumerate(((opened, 25, 23), (later(opened, 30), 20, 20)), 1):
        ref, due = f"a{number}", later(agreed, takes)
        chronicle.note(
            agreed, "12:00", "action.agreed", ref=ref, what="agreed", who=plan.worker, start_by=agreed, due_on=due
        )
        chronicle.note(later(agreed, done), "16:40", "action.completed", ref=ref)
    _happenings(chronicle)
    return chronicle.diary


def _reviews(chronicle: Chronicle, first: date) -> None:
    """Every four weeks, each review setting the next; the one that is moved waits for its new date."""
    plan, moved = chronicle.plan, chronicle.plan.id == REVIEW_MOVED
    reviews = list(chronicle.days(first, 28, date(2027, 1, 8) if moved else date(2027, 2, 26)))
    for number, day in enumerate(reviews):
        following = reviews[number + 1] if number + 1 < len(reviews) else later(day, 20)
        if moved and number + 1 == len(reviews):
            following = date(2027, 1, 15)
        chronicle.note(day, "10:50", "plan.reviewed", by=plan.worker)
        chronicle.note(day, "10:50", "review_date.set", review_on=following)


def _happenings(chronicle: Chronicle) -> None:
    plan = chronicle.plan
    if plan.id == REVIEW_MOVED:
        chronicle.note(
            _MONDAY, "11:15", "review_date.set", review_on=date(2027, 1, 29), reason="a professional is on leave"
        )
        chronicle.note(date(2027, 1, 29), "10:50", "plan.reviewed", by=plan.worker)
        chronicle.note(date(2027, 1, 29), "10:50", "review_date.set", review_on=date(2027, 2, 26))
        chronicle.note(date(2027, 2, 26), "10:50", "plan.reviewed", by=plan.worker)
        chronicle.note(date(2027, 2, 26), "10:50", "review_date.set", review_on=date(2027, 3, 26))
    if plan.id == CIRCUMSTANCES:
        chronicle.note(date(2027, 1, 5), "10:10", "circumstances.changed", what="the household has changed")
        chronicle.note(_TUESDAY, "14:10", "plan.reviewed", by=plan.worker)
        chronicle.note(_TUESDAY, "14:10", "review_date.set", review_on=date(2027, 2, 9))
    if plan.id == RISK_ROSE:
        chronicle.note(_MONDAY, "12:30", "risk.changed", direction="up", scale=3)
        chronicle.note(_TUESDAY, "16:30", "plan.reviewed", by=plan.worker)
        chronicle.note(_TUESDAY, "16:30", "review_date.set", review_on=date(2027, 2, 9))
    if plan.id == ACTION_LATE:
        chronicle.note(
            date(2026, 12, 14), "12:00", "action.agreed", ref="a3", what="agreed", who=plan.worker,
            start_by=date(2026, 12, 21), due_on=_MONDAY,
        )  # fmt: skip
        chronicle.note(_TUESDAY, "15:50", "action.completed", ref="a3")

"""What is settled beforehand, so that a newcomer sees everything that matters within two minutes."""

from __future__ import annotations

from datetime import date, timedelta

from cli.demo.cast import AUTHORITY, DUDLEY, OFFICES, holder
from cli.demo.diary import Diary, at
from cli.demo.lives import Course
from cli.demo.plans import FIRST_DAY, Plan

FIRST = date(2027, 1, 11)
START = at(FIRST, "08:25")
LAST_DAY = date(2027, 3, 5)

# The plans that the page speaks of, and what happens to each.
UNVISITED = "P-2007"  # the visit that is due on the first day is not made
RECORDED_LATE = "P-2005"  # a visit in time, recorded after the overdue message has gone
CHECK_TODAY = "P-2010"  # a progress check that is due on the first day, and held that afternoon
CROSSED = "P-2006"  # a bottom line is crossed on the second morning
CROSSED_AT_NIGHT = "P-2041"
REVIEW_MOVED = "P-2001"
CROSSED_AT = at(date(2027, 1, 12), "10:20")
# When the on-call manager answers by text, where nobody has by then: six hours are fifteen seconds.
ANSWERED_AT = CROSSED_AT + timedelta(hours=6)
BREACH_TYPE = "bottom_line.breached"

COURSES = {
    UNVISITED: Course(
        visits=tuple(map(date.fromisoformat, ("2026-10-30", "2026-11-20", "2026-12-14", "2027-01-21"))), careful=True
    ),
    RECORDED_LATE: Course(
        visits=tuple(map(date.fromisoformat, ("2026-10-29", "2026-11-18", "2026-12-11", "2027-01-08"))),
        recorded=at(date(2027, 1, 11), "10:40"),
        careful=True,
    ),
    CHECK_TODAY: Course(
        check_every="3 weeks",
        checks=tuple(map(date.fromisoformat, ("2026-11-12", "2026-12-01", "2026-12-21", "2027-01-11"))),
        careful=True,
    ),
    CROSSED: Course(careful=True),
    REVIEW_MOVED: Course(review_agreed=date(2027, 1, 15), careful=True),
    "P-2008": Course(review_agreed=date(2026, 12, 16)),
    "P-2013": Course(review_agreed=date(2027, 1, 20)),
    "P-2017": Course(ended=date(2026, 12, 18)),
    "P-2024": Course(ended=date(2027, 1, 7)),
    "P-2028": Course(ended=date(2027, 1, 14)),
}
_MOVED = (
    # recorded on, plan, the new day, why
    ("2026-12-08", "P-2008", "2027-01-06", "the school could not come"),
    ("2027-01-05", "P-2013", "2027-01-22", "the room was not free"),
    ("2027-01-12", REVIEW_MOVED, "2027-01-18", "a parent asked for another day"),
)
_AWAY = (
    # person, from, until, cover
    ("sw-02", "2026-12-21", "2026-12-31", "sw-01"),
    ("tm-02", "2026-12-24", "2027-01-08", "tm-01"),
    ("sw-07", "2027-01-11", "2027-01-15", "sw-08"),
    ("kp-03", "2027-01-18", "2027-01-22", "kp-04"),
)
# Visits that were written on the wrong file, and withdrawn the day after: (day, plan).
_WRONG_FILE = (("2026-11-25", "P-2012"), ("2026-12-10", "P-2020"), ("2027-01-06", "P-2033"), ("2027-01-13", "P-2036"))


def people() -> Diary:
    """Who works for the council, what offices they hold, and when they are away."""
    diary, when = Diary("people"), at(FIRST_DAY, "08:00")
    for person in DUDLEY:
        diary.note(when, "person.recorded", person.id, **person.as_data())
    for role, person in OFFICES:
        diary.note(when, "role.assigned", None, authority=AUTHORITY, role=role, person=person.id)
    for person_id, first, last, cover in _AWAY:
        known = at(date.fromisoformat(first) - timedelta(days=4), "12:00")
        diary.note(known, "absence.recorded", person_id, **{"from": first, "until": last, "cover": cover})
    return diary


def corrections(plans: dict[str, Plan]) -> Diary:
    """Review dates that were moved, and visits that were withdrawn."""
    diary = Diary("corrections")
    for recorded, plan, review_on, why in _MOVED:
        diary.note(at(date.fromisoformat(recorded), "11:30"), "review_date.set", plan, review_on=review_on, reason=why)
    for written, plan in _WRONG_FILE:
        day = date.fromisoformat(written)
        visit = diary.note(at(day, "15:10"), "visit.recorded", plan, by=plans[plan].worker_on(day), on=day)
        withdrawn = at(day + timedelta(days=1), "09:40")
        diary.note(withdrawn, "event.withdrawn", plan, event=visit, reason="it was written on the wrong file")
    return diary


def crossings(plans: dict[str, Plan]) -> Diary:
    """Two bottom lines: one by day that waits for the visitor, one by night that is soon acknowledged."""
    diary = Diary("crossings")
    by = plans[CROSSED].worker_on(CROSSED_AT.date())
    first = diary.note(CROSSED_AT, BREACH_TYPE, CROSSED, bottom_line="bl-1", at=CROSSED_AT, reported_by=by)
    told = at(date(2027, 1, 12), "16:45")
    diary.note(told, "hub.notified", CROSSED, alert=first, by=plans[CROSSED].team_manager, at=told)
    night = at(date(2027, 1, 19), "23:40")
    reporter = holder("emergency_duty_team").id
    second = diary.note(night, BREACH_TYPE, CROSSED_AT_NIGHT, bottom_line="bl-2", at=night, reported_by=reporter)
    lead = plans[CROSSED_AT_NIGHT].team_manager
    answers = ((12, lead), (40, holder("hub_service_manager").id))
    for minutes, person in answers:
        when = night + timedelta(minutes=minutes)
        diary.note(when, "alert.acknowledged", CROSSED_AT_NIGHT, alert=second, by=person, at=when)
    diary.note(night + timedelta(minutes=15), "hub.notified", CROSSED_AT_NIGHT, alert=second, by=lead)
    return diary

"""Random histories of Dudley plans, for properties that hold whatever happened."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import strategies as st

from tests.unit.domain.builders import FOR_AUTHORITY, ON_PLAN, SPARE, Raw, at, fact, plan_opened

FIRST = date(2026, 10, 12)
SPAN = 70
UNTIL = (FIRST + timedelta(days=SPAN + 40)).isoformat()
WORKERS = [*ON_PLAN, *FOR_AUTHORITY, *SPARE]
INTERVALS = ["1 week", "2 weeks", "6 weeks", "1 month", "10 working days", "9 days"]

days = st.integers(0, SPAN).map(lambda n: (FIRST + timedelta(days=n)).isoformat())
later_days = st.integers(0, SPAN + 90).map(lambda n: (FIRST + timedelta(days=n)).isoformat())
clocks = st.sampled_from(["02:10", "07:59", "08:30", "09:00", "12:00", "15:00", "17:01", "23:55"])
moments = st.builds("{}T{}".format, days, clocks)
workers = st.sampled_from(WORKERS)
intervals = st.sampled_from(INTERVALS)
plans = st.sampled_from(["P-1", "P-2"])


@st.composite
def own_day(draw: st.DrawFn, when: str) -> str:
    """The day of recording, or one up to three weeks before."""
    back = draw(st.sampled_from([0, 0, 0, 1, 5, 20]))
    return (date.fromisoformat(when[:10]) - timedelta(days=back)).isoformat()


@st.composite
def visits(draw: st.DrawFn) -> Raw:
    """A visit by anybody, achieved or not, recorded in time or late."""
    when = draw(moments)
    made = {"by": draw(workers), "on": draw(own_day(when)), "child_seen": draw(st.sampled_from([True, True, False]))}
    return fact(when, "visit.recorded", draw(plans), **made)


@st.composite
def meetings(draw: st.DrawFn) -> Raw:
    """A meeting, with whatever it may have agreed."""
    when = draw(moments)
    agreed: dict[str, object] = {}
    for name, values in (
        ("next_review_on", later_days), ("review_every", intervals), ("progress_check_on", later_days),
        ("progress_check_every", intervals), ("review_chair", st.sampled_from(["social_worker", "key_professional"])),
    ):  # fmt: skip
        if draw(st.booleans()):
            agreed[name] = draw(values)
    kind = draw(st.sampled_from(["initial", "review", "review", "progress_check", "strategy"]))
    ref = f"m{draw(st.integers(1, 9))}"
    return fact(when, "meeting.held", draw(plans), meeting=kind, ref=ref, on=draw(own_day(when)), **agreed)


@st.composite
def plain_facts(draw: st.DrawFn) -> Raw:
    """Facts that carry little more than a day."""
    when = draw(moments)
    kind, data = draw(
        st.sampled_from([
            ("screening.completed", {}), ("hub.consulted", {}), ("assessment.completed", {}),
            ("section47.completed", {}),
            ("meeting.uploaded", {"ref": "m1"}), ("action.completed", {"ref": "a1"}),
            ("plan.ended", {"reason": "the risk is lower"}), ("flag.raised", {"flag": "domestic_abuse"}),
        ])
    )  # fmt: skip
    return fact(when, kind, draw(plans), on=draw(own_day(when)), **data)


@st.composite
def agreements(draw: st.DrawFn) -> Raw:
    """Dates, visits and actions agreed."""
    when, plan = draw(moments), draw(plans)
    match draw(st.integers(0, 2)):
        case 0:
            return fact(when, "review_date.set", plan, review_on=draw(later_days), on=draw(own_day(when)))
        case 1:
            return fact(when, "visits.agreed", plan, by_role="key_professional", every=draw(intervals), on=when[:10])
    action: dict[str, object] = {"ref": draw(st.sampled_from(["a1", "a2"])), "what": "see the careers adviser"}
    for name, values in (("who", workers), ("due_on", later_days), ("start_by", later_days)):
        if draw(st.booleans()):
            action[name] = draw(values)
    if {"due_on", "start_by"} <= action.keys():  # it begins before it is due, or is refused
        action["start_by"], action["due_on"] = sorted((str(action["start_by"]), str(action["due_on"])))
    return fact(when, "action.agreed", plan, on=draw(own_day(when)), **action)


@st.composite
def people_changes(draw: st.DrawFn) -> Raw:
    """Handovers, vacancies and absences."""
    when, who = draw(moments), draw(workers)
    role = draw(st.sampled_from(["social_worker", "key_professional", "team_manager"]))
    match draw(st.integers(0, 2)):
        case 0:
            return fact(when, "role.assigned", draw(plans), role=role, person=who)
        case 1:
            return fact(when, "role.ended", draw(plans), role=role, person=who)
    first, length = date.fromisoformat(draw(days)), draw(st.integers(0, 20))
    cover = {"cover": draw(workers)} if draw(st.booleans()) else {}
    until = (first + timedelta(days=length)).isoformat()
    return fact(when, "absence.recorded", who, from_=first.isoformat(), until=until, **cover)


@st.composite
def alerts(draw: st.DrawFn) -> list[Raw]:
    """A breach that somebody confirms, soon or late, so that its ladder does not run for months."""
    start = at(draw(moments))
    plan, name = draw(plans), f"b{draw(st.integers(1, 99))}"
    end = (start + timedelta(minutes=draw(st.sampled_from([5, 40, 100, 300])))).isoformat()
    crossed = fact(start.isoformat(), "bottom_line.breached", plan, eid=name, bottom_line="bl", at=start.isoformat())
    closed = fact(end, "alert.closed", plan, alert=name, by="w-head", outcome="a plan was made", at=end)
    confirmed = fact(end, "alert.acknowledged", plan, alert=name, by=draw(workers), at=end)
    return [crossed, confirmed, closed]


@st.composite
def histories(draw: st.DrawFn) -> list[Raw]:
    """Two plans and up to a few dozen events on them, some of which are withdrawn."""
    service = draw(st.sampled_from(["social_care", "youth_offending", "early_help"]))
    risk = draw(st.sampled_from(["at_risk", "medium", "high"]))
    opened = plan_opened(draw(days), plan="P-1", service=service, risk=risk)
    opened += plan_opened(FIRST.isoformat(), plan="P-2", route="child_protection")
    one = st.one_of(visits(), visits(), meetings(), meetings(), plain_facts(), agreements(), people_changes())
    events = draw(st.lists(one, max_size=25)) + [
        event for alert in draw(st.lists(alerts(), max_size=1)) for event in alert
    ]
    gone = (
        draw(st.lists(st.sampled_from(events), max_size=2, unique_by=lambda event: str(event["id"]))) if events else []
    )
    withdrawn = [
        fact(draw(moments), "event.withdrawn", str(event["subject"]), event=event["id"], reason="by mistake")
        for event in gone
    ]
    return [*opened, *events, *withdrawn]

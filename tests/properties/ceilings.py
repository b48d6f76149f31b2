"""Rule 14: due days on random starts, against a calculator that shares nothing with the code but the contract."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date, datetime, timedelta

from service.domain.events.event import parse_event
from service.domain.facts import Facts
from service.domain.obligations.obligation import standing_of
from service.domain.people.directory import Directory
from tests.properties.histories import COUNCILS, LONDON, Raw
from tests.properties.reference import is_working, months_after, working_days_after
from tests.properties.world import book

Expected = Callable[[datetime], date]


def within(count: int) -> Expected:
    """So many working days after the day."""
    return lambda moment: working_days_after(moment.date(), count)


def days(count: int) -> Expected:
    """So many days after the day."""
    return lambda moment: moment.date() + timedelta(days=count)


def months(count: int) -> Expected:
    """So many months after the day."""
    return lambda moment: months_after(moment.date(), count)


def next_working_day(moment: datetime) -> date:
    """The first working day whose office hours begin after the moment."""
    today = moment.date()
    return today if is_working(today) and moment.hour < 9 else working_days_after(today, 1)


def summary(moment: datetime) -> date:
    """A working day later; out of hours the same day."""
    in_hours = is_working(moment.date()) and 9 <= moment.hour < 17
    return working_days_after(moment.date(), 1) if in_hours else moment.date()


INITIAL: Raw = {"meeting": "initial", "ref": "m1"}
PARTIES: Raw = {"parties": ["f-mum"]}
# What is recorded at the moment, of which kind something is then due, and when.
TABLE: dict[str, list[tuple[str, Raw, str, Expected]]] = {
    "dudley": [
        ("plan.opened", {}, "visit_social_worker", days(28)),
        ("screening.completed", {}, "consult_hub", within(1)),
        ("assessment.completed", {}, "initial_meeting", within(10)),
        ("meeting.held", INITIAL, "review", months(3)),
        ("meeting.held", INITIAL | {"next_review_on": "2039-01-01"}, "review", months(3)),
        ("meeting.held", INITIAL, "upload_meeting", within(2)),
        ("meeting.held", INITIAL | {"progress_check_every": "6 weeks"}, "progress_check", days(42)),
        ("bottom_line.breached", {"bottom_line": "b"}, "notify_hub", days(0)),
    ],
    "bradford": [
        ("plan.agreed", {}, "review", days(28)),
        ("plan.agreed", PARTIES, "share_plan", within(2)),
        ("plan.agreed", {}, "record_case_summary", summary),
        ("risk.changed", {"direction": "up"}, "review_after_change", next_working_day),
        ("risk.changed", {"direction": "down"}, "review_after_change", within(5)),
        ("incident.recorded", {"kind": "missing"}, "review_after_change", next_working_day),
    ],
    "darlington": [
        ("plan.agreed", {}, "upload_plan", within(2)),
        ("plan.agreed", {}, "copy_to_iro", within(2)),
        ("plan.agreed", PARTIES, "share_plan", within(2)),
        ("plan.agreed", PARTIES, "sign_plan", within(2)),
        ("plan.agreed", {}, "set_review_date", days(0)),
        ("plan.withheld", {"from": "f-mum", "reason": "x"}, "approve_withholding", within(1)),
        ("plan.not_followed", {}, "review_after_change", within(2)),
    ],
    "wakefield": [
        ("circumstances.changed", {"what": "x"}, "review_after_change", within(5)),
        ("risk.changed", {"direction": "up"}, "review_after_change", next_working_day),
    ],
    "south_gloucestershire": [
        ("plan.agreed", PARTIES, "share_plan", within(5)),
        ("network.agreed", {"people": ["f-mum"], "at_least": 2}, "build_network", within(10)),
        ("network_meetings.agreed", {"every": "3 weeks"}, "network_meeting", days(21)),
        ("tool.completed", {"tool": "exploitation_indicator_tool"}, "tool_review", months(3)),
        ("incident.recorded", {"kind": "domestic_abuse"}, "tool_review", next_working_day),
    ],
}


def wrong_days(chance: random.Random) -> list[str]:
    """Every due day of one council, from one random moment, that is not the reference's."""
    council = chance.choice(COUNCILS)
    minutes = chance.randrange(5 * 365 * 24 * 60)
    # Wall clocks: an hour that does not exist is told by its offset, as a system that records it would.
    moment = (datetime(2026, 1, 1, tzinfo=LONDON) + timedelta(minutes=minutes)).replace(microsecond=0)
    found = []
    for kind, data, owed, expected in TABLE[council]:
        dues = _dues(council, moment, kind, data, owed)
        if dues != [expected(moment)]:
            found.append(f"rule 14: {council} {owed} of {kind} at {moment}: {dues}, not {expected(moment)}")
    return found


def _dues(council: str, moment: datetime, kind: str, data: Raw, owed: str) -> list[date]:
    child: Raw = {"ref": "C-1", "initials": "Q.Z."}
    opening: Raw = {"authority": council, "child": child, "route": "child_in_need", "at": moment.isoformat()}
    raw = [_event("plan.opened", moment, opening)]
    if kind != "plan.opened":
        raw.append(_event(kind, moment, data | {"at": moment.isoformat()}))
    events = [parse_event(one, book().authorities) for one in raw]
    facts = Facts.of(events, Directory(), moment.date())
    assert facts is not None
    return [one.due_on for one in standing_of(facts, book(), events[0].time).obligations if one.kind == owed]


def _event(kind: str, moment: datetime, data: Raw) -> Raw:
    event: Raw = {"specversion": "1.0", "id": kind, "source": "/any/system", "type": kind, "subject": "P-1"}
    return event | {"time": moment.isoformat(), "data": data}

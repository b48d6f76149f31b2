"""The last check of what is late: escalations, and the lines of the weekly list and of a takeover."""

from __future__ import annotations

import pytest

from service.domain.look import look
from service.domain.telling.records import DigestLine, Ledger
from tests.unit.domain.builders import Raw, at, book, cast, directory, fact, parsed, plan_opened, run, visit
from tests.unit.domain.test_last_check import said, verdict_of

# The first visit is due on Monday 30 November; its escalation goes on Thursday 3 December, its list on the 7th.
START = [*cast(), *plan_opened("2026-11-02")]
HANDED = fact("2026-11-30T17:00", "role.assigned", role="social_worker", person="w-sw2")


def away(when: str, who: str, cover: str) -> Raw:
    return fact(when, "absence.recorded", who, from_=when[:10], until="2026-12-31", cover=cover)


@pytest.mark.parametrize(
    ("flipped", "expected"),
    [
        ([], "w-sm"),
        ([away("2026-12-03T09:01", "w-sw", "w-sm")], "w-head"),
        ([away("2026-12-03T09:01", "w-sm", "w-cover")], "w-cover"),
        ([away("2026-12-03T09:01", "w-sm", "w-sw")], "w-head"),
        ([fact("2026-12-03T09:01", "role.assigned", role="service_manager", person="w-sw")], "w-head"),
        ([visit("2026-12-03T09:01")], "outdated"),
    ],
)
def test_an_escalation_when_the_facts_have_moved(flipped: list[Raw], expected: str) -> None:
    (escalation,) = run(START, until="2026-12-03").messages(purpose="escalation")
    assert said(verdict_of(escalation, "2026-12-03T09:02", START, flipped)) == expected


def test_where_nobody_is_above_by_now_it_does_not_go() -> None:
    (escalation,) = run(START, until="2026-12-03").messages(purpose="escalation")
    flipped = [
        fact("2026-12-03T09:01", "role.assigned", role=role, person="w-sw")
        for role in ("service_manager", "head_of_service")
    ]
    assert said(verdict_of(escalation, "2026-12-03T09:02", START, flipped)) == "outdated"


def line(template: str, *moments: str) -> DigestLine:
    """The social worker's line that the last of these looks brings."""
    known, people = [one for one in parsed(START, HANDED) if one.subject == "P-1"], directory(START)
    ledger = Ledger()
    lines: tuple[DigestLine, ...] = ()
    for moment in moments:
        events = [one for one in known if one.time <= at(moment)]
        outcome = look(book(), events, people, ledger, at(moment))
        ledger, lines = outcome.ledger, outcome.lines
    return next(one for one in lines if (one.template, one.person) == (template, "w-sw2"))


LISTED = ("overdue_list", "2026-11-02T12:00", "2026-11-30T17:00", "2026-12-01T09:00", "2026-12-07T09:00")
TAKEN = ("takeover", "2026-11-02T12:00", "2026-11-27T12:00", "2026-11-30T17:00", "2026-12-01T08:30")


@pytest.mark.parametrize(("which", "when"), [(LISTED, "2026-12-07"), (TAKEN, "2026-12-01")])
@pytest.mark.parametrize(
    ("kind", "data", "expected"),
    [
        ("", {}, "w-sw2"),
        ("visit.recorded", {"by": "w-sw2"}, "outdated"),
        ("plan.ended", {"reason": "x"}, "outdated"),
        ("role.assigned", {"role": "social_worker", "person": "w-other"}, "outdated"),
        ("event.withdrawn", {"event": "open-P-1", "reason": "x"}, "outdated"),
    ],
)
def test_a_line_when_the_facts_have_moved(
    which: tuple[str, ...], when: str, kind: str, data: dict[str, object], expected: str
) -> None:
    flipped = [fact(f"{when}T09:01", kind, **data)] if kind else []
    assert said(verdict_of(line(*which), f"{when}T09:02", START, HANDED, flipped)) == expected


def test_what_is_not_overdue_stands_in_no_list() -> None:
    assert said(verdict_of(line(*LISTED), "2026-11-30T17:30", START, HANDED)) == "outdated"

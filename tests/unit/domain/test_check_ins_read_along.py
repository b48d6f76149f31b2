"""Word about check-ins where the worker is away and nobody covers: the team manager reads it as well."""

from __future__ import annotations

import pytest

from tests.unit.domain.builders import Raw, Run, at, fact, run
from tests.unit.domain.elsewhere import EVERY_DAY, family, opened, workers

COUNCIL = "south_gloucestershire"
START = [*workers(COUNCIL), *opened(COUNCIL), *family()]
CHECK_INS = fact("2026-12-01", "check_ins.started", people=["f-nan"], days=EVERY_DAY, at="10:00", eid="c1")


def away(who: str, **cover: str) -> Raw:
    return fact("2026-12-01T13:00", "absence.recorded", who, from_="2026-12-02", until="2026-12-11", **cover)


def replied(text: str) -> Raw:
    when = "2026-12-02T10:20"
    return fact(when, "check_in.replied", person="f-nan", text=text, at=at(when).isoformat())


def readers(found: Run, purpose: str) -> set[str]:
    return {one.person for one in found.messages(purpose=purpose)}


@pytest.mark.parametrize(
    ("absences", "told"),
    [
        ([], {"w-sw"}),
        ([away("w-sw", cover="w-cover")], {"w-cover"}),
        ([away("w-sw")], {"w-sw", "w-tm"}),
        ([away("w-sw"), away("w-tm")], {"w-sw", "w-tm", "w-sm"}),
        ([away("w-sw"), away("w-tm", cover="w-cover")], {"w-sw", "w-cover"}),
    ],
)
def test_a_call_is_read_at_once_by_somebody_who_is_there(absences: list[Raw], told: set[str]) -> None:
    found = run(START, CHECK_INS, absences, replied("2"), until="2026-12-02")
    assert readers(found, "alert") == told
    assert len(found.messages(purpose="alert")) == 2 * len(told)  # by text and by email, each once


def test_who_is_told_of_two_missed_in_a_row_is_told_once() -> None:
    found = run(START, CHECK_INS, away("w-sw"), until="2026-12-03")
    assert readers(found, "alert") == {"w-sw", "w-tm"}
    assert len(found.messages(purpose="alert")) == 4


def test_a_stop_is_read_the_next_morning_by_the_manager_too() -> None:
    found = run(START, CHECK_INS, away("w-sw"), replied("STOP"), until="2026-12-03")
    assert readers(found, "notice") == {"w-sw", "w-tm"}

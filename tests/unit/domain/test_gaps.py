"""A process that slept: looking late tells the latest reminder only, and what is overdue."""

from __future__ import annotations

from service.domain.look import Look, look
from service.domain.telling.records import Ledger
from tests.unit.domain.builders import at, book, cast, directory, fact, meeting, parsed, plan_opened

CAST = cast()


def looks(events: list[dict[str, object]], *moments: str) -> list[Look]:
    """Look at the plan at these moments only; each look knows what was recorded by then."""
    found: list[Look] = []
    ledger = Ledger()
    for moment in moments:
        known = [one for one in parsed(events) if one.time <= at(moment)]
        found.append(look(book(), known, directory(CAST), ledger, at(moment)))
        ledger = found[-1].ledger
    return found


def told(found: Look) -> list[tuple[str, str]]:
    return sorted([("line", one.person) for one in found.lines] + [(one.purpose, one.person) for one in found.messages])


def test_after_a_gap_only_the_latest_reminder_is_told() -> None:
    last = looks(plan_opened("2026-11-02"), "2026-11-02T12:00", "2026-11-27T10:00")[-1]
    assert told(last) == [("line", "w-sw")]


def test_on_the_last_day_it_is_the_last_days_reminder() -> None:
    last = looks(plan_opened("2026-11-02"), "2026-11-02T12:00", "2026-11-30T16:00")[-1]
    assert [one for one in told(last) if one[0] == "reminder"] == [("reminder", "w-sw")]


def test_after_the_due_day_no_reminder_is_told_only_lateness() -> None:
    last = looks(plan_opened("2026-11-02"), "2026-11-02T12:00", "2026-12-01T11:00")[-1]
    assert told(last) == [("overdue", "w-sw"), ("overdue", "w-tm")]


def test_lateness_slept_through_is_told_at_once_and_once() -> None:
    *_, late, again = looks(plan_opened("2026-11-02"), "2026-11-02T12:00", "2026-12-16T11:00", "2026-12-16T11:15")
    assert ("overdue", "w-sw") in told(late)
    assert told(late).count(("overdue", "w-tm")) == 1
    assert told(again) == []


def test_waking_in_the_night_nothing_routine_is_told() -> None:
    _, night, morning = looks(plan_opened("2026-11-02"), "2026-11-02T12:00", "2026-12-01T23:00", "2026-12-02T08:00")
    assert told(night) == []
    assert night.next_look is not None
    assert night.next_look <= at("2026-12-02T09:00")
    assert ("overdue", "w-tm") in told(morning)


def test_waking_on_a_bank_holiday_nothing_routine_is_told() -> None:
    last = looks(plan_opened("2026-11-02"), "2026-11-02T12:00", "2026-12-28T10:00")[-1]
    assert told(last) == []


def test_an_alert_slept_through_is_told_at_once_at_any_hour() -> None:
    crossed = fact(
        "2026-12-26T23:40", "bottom_line.breached", eid="b1", bottom_line="x", at="2026-12-26T23:40:00+00:00"
    )
    events = [*plan_opened("2026-12-21"), crossed]
    _, _, last = looks(events, "2026-12-21T12:00", "2026-12-26T23:40", "2026-12-27T03:05")
    sms = [one.person for one in last.messages if one.channel == "sms"]
    assert sorted(sms) == ["w-head", "w-hsm", "w-oncall", "w-tm"]


def test_a_meeting_held_while_it_slept_is_told_of_to_nobody() -> None:
    events = [*plan_opened("2026-11-02"), fact("2026-11-09", "assessment.completed", on="2026-11-09")]
    events.append(meeting("2026-11-20", "initial"))
    last = looks(events, "2026-11-09T12:00", "2026-11-25T10:00")[-1]
    kinds = {str(one.about["kind"]) for one in last.lines} | {
        str(item["kind"]) for one in last.messages for item in one.about
    }
    assert "initial_meeting" not in kinds


def test_a_plan_whose_opening_was_withdrawn_owes_nothing_and_is_not_looked_at_again() -> None:
    withdrawn = fact("2026-11-03", "event.withdrawn", event="open-P-1", reason="a duplicate file")
    last = looks([*plan_opened("2026-11-02"), withdrawn], "2026-11-02T12:00", "2026-11-03T12:00")[-1]
    assert (last.obligations, told(last), last.next_look) == ((), [], None)

"""The weekly list: what is overdue since an earlier week, in one email a person on the first working day of a week."""

from __future__ import annotations

import pytest

from notifications.message import Message
from service.domain.calendar import Calendar, monday_of
from service.domain.look import look
from service.domain.obligations.obligation import Status
from service.domain.telling.records import Ledger
from tests.unit.domain.builders import (
    Raw,
    Run,
    at,
    authority_role,
    book,
    cast,
    clock,
    directory,
    fact,
    meeting,
    parsed,
    plan_opened,
    run,
    visit,
)

# The first visit is due on Monday 30 November, so its first overdue message goes on Tuesday 1 December.
START = [*cast(), *plan_opened("2026-11-02")]
VISIT = "visit_social_worker"


def lists(found: Run) -> list[tuple[str, str, list[object]]]:
    """When a list went, to whom, and the plans that it speaks of."""
    told = [one for one in found.messages(purpose="overdue") if one.template == "overdue_list"]
    return [(clock(one.at), one.person, [entry["plan"] for entry in one.about]) for one in told]


def test_it_begins_in_the_week_after_the_first_message_and_ends_when_it_is_done() -> None:
    found = run(START, visit("2026-12-16"), until="2027-01-10")
    assert lists(found) == [
        ("2026-12-07 09:00", "w-sw", ["P-1"]), ("2026-12-07 09:00", "w-tm", ["P-1"]),
        ("2026-12-14 09:00", "w-sw", ["P-1"]), ("2026-12-14 09:00", "w-tm", ["P-1"]),
    ]  # fmt: skip


def test_a_first_message_on_a_monday_is_not_repeated_in_that_mornings_list() -> None:
    friday = fact("2026-11-27", "screening.completed", on="2026-11-26")
    found = run(START, friday, until="2026-12-07")
    assert found.moments(to="w-tm", kind="consult_hub") == ["2026-11-30 09:00 overdue", "2026-12-07 09:00 list"]


def test_one_list_speaks_of_all_plans_and_has_no_plan_of_its_own() -> None:
    others = [plan_opened("2026-11-03", plan="P-2"), plan_opened("2026-11-09", plan="P-3")]
    found = run(START, others, until="2026-12-07")
    assert lists(found) == [
        ("2026-12-07 09:00", "w-sw", ["P-1", "P-2"]), ("2026-12-07 09:00", "w-tm", ["P-1", "P-2"]),
    ]  # fmt: skip
    (one, _) = [message for message in found.messages() if message.template == "overdue_list"]
    assert (one.plan, one.urgent, one.purpose) == (None, False, "overdue")


def test_whoever_owes_it_and_manages_the_team_gets_one() -> None:
    same = fact("2026-11-02T13:00", "role.assigned", role="team_manager", person="w-sw")
    assert lists(run(START, same, until="2026-12-07")) == [("2026-12-07 09:00", "w-sw", ["P-1"])]


def test_each_person_gets_what_they_owe_and_a_manager_what_the_team_owes() -> None:
    act = fact("2026-11-02", "action.agreed", ref="a", what="x y", who="w-kp", due_on="2026-11-27")
    found = run(START, act, until="2026-12-07")
    kinds = {
        one.person: [entry["kind"] for entry in one.about]
        for one in found.messages(purpose="overdue")
        if one.template == "overdue_list"
    }
    assert kinds == {"w-kp": ["action"], "w-sw": [VISIT], "w-tm": ["action", VISIT]}


def test_the_escalation_is_not_repeated() -> None:
    found = run(START, until="2027-01-10")
    assert found.moments(to="w-sm") == ["2026-12-03 09:00 escalation"]


def test_who_has_handed_over_is_in_no_list_and_the_successor_is() -> None:
    handed = fact("2026-12-02", "role.assigned", role="social_worker", person="w-sw2")
    assert {person for _, person, _ in lists(run(START, handed, until="2026-12-07"))} == {"w-sw2", "w-tm"}


def test_a_manager_away_without_cover_and_the_service_manager_get_it() -> None:
    away = fact("2026-12-04", "absence.recorded", "w-tm", from_="2026-12-07", until="2026-12-11")
    assert {person for _, person, _ in lists(run(START, away, until="2026-12-07"))} == {"w-sw", "w-tm", "w-sm"}


def test_met_in_the_night_before_it_stands_in_no_list() -> None:
    assert lists(run(START, visit("2026-12-06T23:50"), until="2026-12-08")) == []


def test_in_a_week_that_begins_with_a_holiday_it_goes_on_the_first_working_day() -> None:
    found = run(START, meeting("2026-12-02", "initial"), until="2027-01-05")
    assert [when for when, who, _ in lists(found) if who == "w-tm"][-2:] == ["2026-12-29 09:00", "2027-01-04 09:00"]


def test_a_week_without_a_working_day_has_the_list_of_the_next() -> None:
    week = [monday_of(at("2026-12-09").date()).replace(day=day) for day in range(7, 12)]
    assert str(Calendar(closed=frozenset(week)).week_begins(week[2])) == "2026-12-14"


# -------------------------------------------------------------------------------------------- overdue again, and gaps


def withdrawn(when: str) -> list[Raw]:
    """A visit that met what was overdue, recorded on 2 December, and taken back later."""
    return [visit("2026-12-02") | {"id": "v"}, fact(when, "event.withdrawn", event="v", reason="another child")]


@pytest.mark.parametrize(
    ("taken_back", "told", "escalated", "listed"),
    [
        ("2026-12-02T12:05", "2026-12-03", "2026-12-07", ["2026-12-07", "2026-12-14"]),  # a slip of five minutes
        ("2026-12-03T14:13", "2026-12-04", "2026-12-08", ["2026-12-07", "2026-12-14"]),
        ("2026-12-04T17:59", "2026-12-07", "2026-12-09", ["2026-12-14"]),
        ("2026-12-08T08:59", "2026-12-08", "2026-12-10", ["2026-12-14"]),
        ("2026-12-12T03:00", "2026-12-14", "2026-12-16", []),
    ],
)
def test_overdue_again_it_begins_anew_at_the_next_nine(
    taken_back: str, told: str, escalated: str, listed: list[str]
) -> None:
    found = run(START, withdrawn(taken_back), until="2026-12-16")
    after = [one for one in found.messages(kind=VISIT) if one.at > at("2026-12-02T12:01")]
    late = [f"{clock(one.at)} {one.person}" for one in after if one.template == "overdue"]
    assert late == [f"{told} 09:00 w-sw", f"{told} 09:00 w-tm"]
    assert [clock(one.at) for one in after if one.purpose == "escalation"] == [f"{escalated} 09:00"]
    assert sorted({when[:10] for when, _, _ in lists(found)}) == listed


def test_withdrawn_twice_it_begins_anew_twice() -> None:
    again = [
        visit("2026-12-09", on="2026-12-01") | {"id": "v2"},
        fact("2026-12-10T10:00", "event.withdrawn", event="v2", reason="that child too"),
    ]
    found = run(START, withdrawn("2026-12-03T14:13"), again, until="2026-12-16")
    assert [clock(one.at) for one in found.messages(to="w-sw", kind=VISIT) if one.template == "overdue"] == [
        "2026-12-01 09:00", "2026-12-04 09:00", "2026-12-11 09:00",
    ]  # fmt: skip
    assert found.moments(to="w-sm") == ["2026-12-08 09:00 escalation", "2026-12-15 09:00 escalation"]


def looked(*moments: str, ledger: Ledger | None = None) -> list[tuple[str, list[str]]]:
    """What looks at these moments alone tell: templates and persons, in order."""
    known, people, told = [one for one in parsed(START) if one.subject == "P-1"], directory(START), []
    for moment in moments:
        outcome = look(book(), known, people, ledger or Ledger(), at(moment))
        ledger = outcome.ledger
        entries: list[Message | object] = [*outcome.messages, *outcome.lines]
        told.append((moment, sorted(f"{getattr(one, 'template', '')} {getattr(one, 'person', '')}" for one in entries)))
    return told


LIST = ["overdue_list w-sw", "overdue_list w-tm"]
FIRST = ["overdue w-sw", "overdue w-tm"]


def test_a_list_missed_on_its_day_is_caught_up_in_its_week() -> None:
    told = looked("2026-11-02", "2026-12-01T09:00", "2026-12-03T09:00", "2026-12-09T10:00", "2026-12-09T11:00")
    assert [names for _, names in told[1:]] == [FIRST, ["escalation w-sm"], LIST, []]


def test_after_a_long_gap_it_comes_once() -> None:
    told = looked("2026-11-02", "2026-12-01T09:00", "2026-12-03T09:00", "2026-12-07T09:00", "2027-01-04T09:00")
    assert [names for _, names in told[3:]] == [LIST, LIST]


def test_a_first_message_that_comes_late_stands_for_the_list_of_its_week() -> None:
    told = looked("2026-11-02", "2026-12-09T10:00", "2026-12-09T11:00", "2026-12-14T09:00")
    assert [names for _, names in told[1:]] == [[*sorted(["escalation w-sm", *FIRST])], [], LIST]


def test_a_first_message_that_comes_late_on_the_morning_of_the_list_stands_for_it() -> None:
    told = looked("2026-11-02", "2026-12-07T08:00", "2026-12-07T09:00", "2026-12-14T09:00")
    assert [names for _, names in told[1:]] == [[*sorted(["escalation w-sm", *FIRST])], [], LIST]


def test_the_ledger_of_an_older_version_brings_a_list_on_its_day_only() -> None:
    known = [one for one in parsed(START) if one.subject == "P-1"]
    (duty,) = [
        one
        for one in look(book(), known, directory(START), Ledger(), at("2026-12-02")).obligations
        if one.status is Status.OVERDUE
    ]
    stem = f"rung|{duty.key}|2026-11-30|overdue"
    moments = {"1": "2026-12-01", "escalation": "2026-12-03", "2": "2026-12-08"}
    told = {f"{stem}|{step}": at(f"{day}T09:00") for step, day in moments.items()}
    ledger = Ledger({duty.key: at("2026-11-02")}, told)
    assert looked("2026-12-09T10:00", "2026-12-14T09:00", ledger=ledger) == [
        ("2026-12-09T10:00", []), ("2026-12-14T09:00", LIST),
    ]  # fmt: skip


def test_what_an_older_version_told_after_a_withdrawal_is_not_begun_anew() -> None:
    known = [one for one in parsed(START) if one.subject == "P-1"]
    duty = look(book(), known, directory(START), Ledger(), at("2026-12-02")).obligations[0]
    stem = f"rung|{duty.key}|2026-11-30|overdue"
    moments = {"1": "2026-12-01T09:00", "escalation": "2026-12-03T09:00", "2": "2026-12-08T09:00"}
    told = {f"{stem}|{step}": at(moment) for step, moment in moments.items()}
    ledger = Ledger({duty.key: at("2026-12-04T14:00")}, told)
    assert looked("2026-12-09T09:00", "2026-12-11T09:00", ledger=ledger) == [
        ("2026-12-09T09:00", []), ("2026-12-11T09:00", []),
    ]  # fmt: skip


def test_a_manager_who_came_since_gets_the_list() -> None:
    new = authority_role("w-other", "team_manager", "2026-12-04")
    assert {person for _, person, _ in lists(run(START, new, until="2026-12-07"))} == {"w-sw", "w-other"}

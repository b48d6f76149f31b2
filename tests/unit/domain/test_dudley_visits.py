"""Dudley's visits: the social worker's four weeks, the key professional's agreement, and sharing."""

from __future__ import annotations

import itertools

import pytest

from tests.unit.domain.builders import cast, fact, plan_opened, run, visit

START = [*cast(), *plan_opened("2026-11-02")]
KIND = "visit_social_worker"


def away(who: str, first: str, last: str, cover: str | None = None) -> dict[str, object]:
    named = {"cover": cover} if cover else {}
    return fact("2026-11-01", "absence.recorded", who, from_=first, until=last, **named)


def test_the_four_weeks_start_at_the_plans_own_day() -> None:
    found = run(cast(), plan_opened("2026-11-09", on="2026-11-02"), until="2026-11-09")
    (one,) = found.owed(KIND)
    assert (one.opened_on.isoformat(), one.due_on.isoformat()) == ("2026-11-02", "2026-11-30")
    assert (one.basis, one.responsible, one.from_event) == ("guidance", "w-sw", "open-P-1")


def test_early_starts_it_again_and_late_keeps_the_gap() -> None:
    made = [visit("2026-11-12"), visit("2026-12-21"), visit("2027-01-04")]
    found = run(START, made, until="2027-01-05")
    assert found.dues(KIND) == [
        ("2026-11-30", "met"),
        ("2026-12-10", "met_late"),
        ("2027-01-18", "met"),
        ("2027-02-01", "open"),
    ]
    assert [one.from_event for one in found.owed(KIND)] == ["open-P-1", *(one["id"] for one in made)]


def test_a_visit_not_achieved_leaves_the_clock_running() -> None:
    assert run(START, visit("2026-11-12", child_seen=False), until="2026-11-13").dues(KIND) == [("2026-11-30", "open")]


@pytest.mark.parametrize("who", ["w-kp", "w-tm", "w-other", "w-cover"])
def test_nobody_elses_visit_counts(who: str) -> None:
    assert run(START, visit("2026-11-12", who), until="2026-11-13").dues(KIND) == [("2026-11-30", "open")]


@pytest.mark.parametrize(("day", "due"), [("2026-11-12", "2026-12-10"), ("2026-11-21", "2026-11-30")])
def test_the_covers_visit_counts_while_covering(day: str, due: str) -> None:
    covered = away("w-sw", "2026-11-09", "2026-11-20", "w-cover")
    found = run(cast(), covered, plan_opened("2026-11-02"), visit(day, "w-cover"), until="2026-11-27")
    assert [day for day, status in found.dues(KIND) if status == "open"] == [due]
    assert {one.responsible for one in found.owed(KIND)} == {"w-sw"}


def test_the_covers_visit_counts_where_the_absence_becomes_known_after_it() -> None:
    later = fact("2026-11-13", "absence.recorded", "w-sw", from_="2026-11-09", until="2026-11-20", cover="w-cover")
    timeline = run(START, visit("2026-11-12", "w-cover"), later, until="2026-11-14")
    assert [day for day, status in timeline.dues(KIND) if status == "open"] == ["2026-12-10"]


def test_the_holders_own_visit_counts_during_an_absence_too() -> None:
    found = run(cast(), away("w-sw", "2026-11-09", "2026-11-20", "w-cover"), plan_opened(), visit("2026-11-12"),
                until="2026-11-13")  # fmt: skip
    assert found.dues(KIND)[-1] == ("2026-12-10", "open")


@pytest.mark.parametrize(
    ("day", "who", "counts"),
    [
        ("2026-11-13", "w-sw", True),
        ("2026-11-13", "w-sw2", False),
        ("2026-11-20", "w-sw", False),
        ("2026-11-20", "w-sw2", True),
    ],
)
def test_whose_visit_it_is_depends_on_who_held_the_role_that_day(day: str, who: str, counts: bool) -> None:
    handover = fact("2026-11-16T10:00", "role.assigned", role="social_worker", person="w-sw2")
    found = run(START, handover, visit(day, who), until="2026-11-27")
    assert (len(found.owed(KIND)) == 2) is counts
    assert {one.responsible for one in found.owed(KIND)} == {"w-sw2"}


def test_an_old_workers_visit_recorded_after_the_handover_counts_by_its_day() -> None:
    handover = fact("2026-11-16T10:00", "role.assigned", role="social_worker", person="w-sw2")
    late = visit("2026-11-23", "w-sw", on="2026-11-13")
    assert run(START, handover, late, until="2026-11-27").dues(KIND)[-1] == ("2026-12-11", "open")


def test_two_visits_on_one_day_leave_one_obligation_open() -> None:
    both = [visit("2026-11-12T10:00"), visit("2026-11-12T15:00")]
    assert [one for one in run(START, both, until="2026-11-13").dues(KIND) if one[1] == "open"] == [
        ("2026-12-10", "open")
    ]


def test_a_visit_recorded_late_mends_the_state_and_not_the_history() -> None:
    late = visit("2026-12-03T11:00", on="2026-11-30")
    found = run(START, late, until="2026-12-10")
    assert found.dues(KIND) == [("2026-11-30", "met"), ("2026-12-28", "open")]
    assert found.moments(to="w-tm", kind=KIND) == ["2026-12-01 09:00 overdue"]


def test_visits_hold_by_their_own_days_in_whatever_order_they_come() -> None:
    recorded = [visit("2026-12-20", on="2026-12-03"), visit("2026-12-21", on="2026-11-12"), visit("2026-12-22")]
    states = [run(START, order, until="2026-12-23").dues(KIND) for order in itertools.permutations(recorded)]
    assert states == [
        [("2026-11-30", "met"), ("2026-12-10", "met"), ("2026-12-31", "met"), ("2027-01-19", "open")]
    ] * 6  # fmt: skip


def test_a_withdrawn_visit_was_never_made_but_the_messages_stay() -> None:
    made = visit("2026-11-12")
    withdrawn = fact("2026-12-11T10:00", "event.withdrawn", event=made["id"], reason="entered on the wrong file")
    found = run(START, made, withdrawn, until="2026-12-15")
    assert found.dues(KIND) == [("2026-11-30", "overdue")]
    assert "2026-12-10 08:30 reminder" in found.moments(to="w-sw", kind=KIND)
    assert "2026-12-14 09:00 overdue" in found.moments(to="w-sw", kind=KIND)


def test_a_withdrawn_withdrawal_puts_the_visit_back() -> None:
    made = visit("2026-11-12")
    first = fact("2026-11-13", "event.withdrawn", event=made["id"], reason="mistaken")
    second = fact("2026-11-16", "event.withdrawn", event=first["id"], reason="it was right after all")
    assert run(START, made, first, second, until="2026-11-17").dues(KIND) == run(START, made, until="2026-11-17").dues(
        KIND
    )


def test_key_professionals_visits_are_owed_as_agreed() -> None:
    agreed = fact("2026-11-04", "visits.agreed", by_role="key_professional", every="2 weeks", on="2026-11-04")
    found = run(START, agreed, visit("2026-11-16", "w-kp"), visit("2026-12-02", "w-kp"), until="2026-12-03")
    assert found.dues("visit_key_professional") == [
        ("2026-11-18", "met"),
        ("2026-11-30", "met_late"),
        ("2026-12-16", "open"),
    ]
    assert {(one.responsible, one.basis) for one in found.owed("visit_key_professional")} == {("w-kp", "guidance")}


def test_a_new_agreement_starts_its_clock_on_its_own_day() -> None:
    first = fact("2026-11-04", "visits.agreed", by_role="key_professional", every="4 weeks", on="2026-11-04")
    then = fact("2026-11-11", "visits.agreed", by_role="key_professional", every="1 week", on="2026-11-11")
    assert run(START, first, then, until="2026-11-12").dues("visit_key_professional") == [
        ("2026-11-18", "open"),
        ("2026-12-02", "superseded"),
    ]


def test_nothing_is_owed_by_the_key_professional_without_agreement() -> None:
    assert run(START, until="2027-01-31").owed("visit_key_professional") == []


def test_the_key_professionals_visit_is_shared_within_a_working_day() -> None:
    made = visit("2026-11-13", "w-kp")
    (one,) = run(START, made, until="2026-11-13").owed("share_visit")
    assert (one.due_on.isoformat(), one.about, one.responsible, one.basis) == (
        "2026-11-16", made["id"], "w-kp", "local_default",
    )  # fmt: skip


@pytest.mark.parametrize(("day", "status"), [("2026-11-13", "met"), ("2026-11-16", "met"), ("2026-11-18", "met_late")])
def test_sharing_meets_it_for_that_visit_only(day: str, status: str) -> None:
    made, other = visit("2026-11-13", "w-kp"), visit("2026-11-12", "w-kp")
    shared = fact(day, "visit.shared", visit=made["id"], on=day)
    found = run(START, made, other, shared, until="2026-11-18").owed("share_visit")
    assert {(one.about, one.status.value) for one in found} == {(made["id"], status), (other["id"], "overdue")}


def test_a_social_workers_own_visit_need_not_be_shared() -> None:
    assert run(START, visit("2026-11-13"), until="2026-11-20").owed("share_visit") == []


def test_a_social_worker_who_is_key_professional_too_shares_with_nobody() -> None:
    both = plan_opened(roles={"w-sw": "social_worker"})
    too = fact("2026-11-02", "role.assigned", role="key_professional", person="w-sw")
    found = run(cast(), both, too, visit("2026-11-13"), until="2026-11-20")
    assert found.owed("share_visit") == []
    assert found.dues(KIND)[-1] == ("2026-12-11", "open")


def weekly(when: str = "2026-11-09", **data: object) -> dict[str, object]:
    return fact(when, "visits.agreed", eid="va", by_role="key_professional", every="1 week", **data)


@pytest.mark.parametrize("recorded", ["2026-11-09T08:00", "2026-11-09T15:00"])
def test_a_visit_on_the_day_on_which_visits_were_agreed_meets_the_first(recorded: str) -> None:
    made = visit(recorded, by="w-kp", on="2026-11-09", eid="v")
    owed = run(START, weekly(on="2026-11-09"), made, until="2026-11-10").owed("visit_key_professional")
    assert [(one.from_event, one.due_on.isoformat(), one.status.value) for one in owed] == [
        ("va", "2026-11-16", "met"), ("v", "2026-11-16", "open"),
    ]  # fmt: skip


def test_unless_both_have_moments_and_the_visit_came_before() -> None:
    agreed_at = weekly("2026-11-09T12:00", at="2026-11-09T12:00:00+00:00")
    early = fact("2026-11-09T13:00", "visit.recorded", by="w-kp", at="2026-11-09T09:00:00+00:00")
    owed = run(START, agreed_at, early, until="2026-11-10").owed("visit_key_professional")
    assert [(one.from_event, one.status.value) for one in owed] == [("va", "open")]


HANDED_OVER = fact("2026-11-16", "role.assigned", role="social_worker", person="w-sw2")


def test_a_visit_by_who_was_the_social_worker_before_counts_for_nobody_and_is_a_problem() -> None:
    found = run(START, HANDED_OVER, visit("2026-11-20", eid="late"), until="2026-11-23")
    assert found.dues(KIND) == [("2026-11-30", "open")]
    assert [(one.detail, one.plan) for one in found.problems("visit_not_counted")] == [("late", "P-1")]


@pytest.mark.parametrize(
    "history",
    [
        [visit("2026-11-12"), HANDED_OVER],
        [HANDED_OVER, visit("2026-11-20", by="w-sw2")],
        [HANDED_OVER, visit("2026-11-20", by="w-kp")],
        [HANDED_OVER, visit("2026-11-20", by="w-tm")],
        [HANDED_OVER, away("w-sw2", "2026-11-18", "2026-11-25", "w-sw"), visit("2026-11-20")],
        [HANDED_OVER, weekly(on="2026-11-16"),
         fact("2026-11-17", "role.assigned", role="key_professional", person="w-sw"),
         visit("2026-11-20")],
    ],
)  # fmt: skip
def test_no_other_visit_is_such_a_problem(history: list[dict[str, object]]) -> None:
    assert run(START, history, until="2026-11-23").problems("visit_not_counted") == []


def test_a_former_key_professional_is_one_where_visits_were_agreed() -> None:
    other = fact("2026-11-16", "role.assigned", role="key_professional", person="w-sw2")
    made = visit("2026-11-20", by="w-kp")
    assert run(START, other, made, until="2026-11-23").problems("visit_not_counted") == []
    assert len(run(START, weekly(on="2026-11-09"), other, made, until="2026-11-23").problems("visit_not_counted")) == 1

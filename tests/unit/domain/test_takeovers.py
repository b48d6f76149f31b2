"""Word to who takes a role over: the next working morning, what it owes on all plans that changed hands by then."""

from __future__ import annotations

import pytest

from tests.unit.domain.builders import Raw, Run, authority_role, cast, clock, fact, person, plan_opened, run, visit

# The first visit is due on Monday 30 November.
START = [*cast(), *plan_opened("2026-11-02")]
VISIT = "visit_social_worker"


def handed(when: str, who: str, role: str = "social_worker", plan: str = "P-1") -> Raw:
    return fact(when, "role.assigned", plan, role=role, person=who)


def ended(when: str, who: str, role: str = "social_worker") -> Raw:
    return fact(when, "role.ended", role=role, person=who)


def takeovers(found: Run) -> list[tuple[str, str, list[object]]]:
    """When such an email went, to whom, and about which plans."""
    told = [one for one in found.messages(purpose="notice") if one.template == "takeover"]
    return [(clock(one.at), one.person, [entry["plan"] for entry in one.about]) for one in told]


@pytest.mark.parametrize(
    ("when", "told"),
    [
        ("2026-11-18T12:00", "2026-11-19 08:30"),
        ("2026-11-18T08:29", "2026-11-18 08:30"),
        ("2026-11-20T17:00", "2026-11-23 08:30"),
        ("2026-11-22T03:00", "2026-11-23 08:30"),
        ("2026-12-24T10:00", "2026-12-29 08:30"),
    ],
)
def test_it_is_told_the_next_working_morning(when: str, told: str) -> None:
    assert takeovers(run(START, handed(when, "w-sw2"), until="2027-01-08")) == [(told, "w-sw2", ["P-1"])]


def test_it_is_about_what_is_open_and_what_is_overdue_and_owed_by_that_role() -> None:
    owing = [
        fact("2026-11-09", "screening.completed", on="2026-11-09"),
        fact("2026-11-10", "action.agreed", ref="a", what="x y", who="w-kp", due_on="2026-12-11"),
    ]
    found = run(START, owing, handed("2026-11-18", "w-sw2"), until="2026-11-19")
    (one,) = [message for message in found.messages() if message.template == "takeover"]
    assert [entry["kind"] for entry in one.about] == ["consult_hub", VISIT]
    assert (one.plan, one.urgent, one.channel, one.role) == (None, False, "email", "social_worker")
    assert [len(one.context[part]) for part in ("overdue", "due")] == [1, 1]  # type: ignore[arg-type]


def test_what_the_new_holder_owed_by_name_before_is_no_part_of_it() -> None:
    by_name = fact("2026-11-10", "action.agreed", ref="a", what="x y", who="w-sw2", due_on="2026-12-11")
    found = run(START, by_name, handed("2026-11-18", "w-sw2"), until="2026-11-19")
    (one,) = [message for message in found.messages() if message.template == "takeover"]
    assert [entry["kind"] for entry in one.about] == [VISIT]


def test_what_the_holder_before_owed_by_name_falls_to_the_role_when_they_have_left() -> None:
    by_name = fact("2026-11-10", "action.agreed", ref="a", what="x y", who="w-sw", due_on="2026-12-11")
    found = run(START, by_name, handed("2026-11-18", "w-sw2"), until="2026-11-19")
    (one,) = [message for message in found.messages() if message.template == "takeover"]
    assert [entry["kind"] for entry in one.about] == [VISIT, "action"]


def test_one_email_speaks_of_all_plans_of_that_morning() -> None:
    plans = [plan_opened("2026-11-02", plan=name) for name in ("P-1", "P-2", "P-3")]
    change = [handed(f"2026-11-18T1{number}:00", "w-sw2", plan=f"P-{number}") for number in (1, 2)]
    later = handed("2026-11-19T09:00", "w-sw2", plan="P-3")
    assert takeovers(run(cast(), plans, change, later, until="2026-11-20")) == [
        ("2026-11-19 08:30", "w-sw2", ["P-1", "P-2"]), ("2026-11-20 08:30", "w-sw2", ["P-3"]),
    ]  # fmt: skip


def test_a_gap_between_holders_changes_nothing() -> None:
    gap = [ended("2026-11-16", "w-sw"), handed("2026-11-18", "w-sw2")]
    assert takeovers(run(START, gap, until="2026-11-25")) == [("2026-11-19 08:30", "w-sw2", ["P-1"])]


def test_who_comes_back_after_a_gap_took_nothing_over() -> None:
    back = [ended("2026-11-16", "w-sw"), handed("2026-11-18", "w-sw")]
    assert takeovers(run(START, back, until="2026-11-25")) == []


def test_handed_back_before_the_morning_it_is_told_to_nobody() -> None:
    back = [handed("2026-11-18T12:00", "w-sw2"), handed("2026-11-19T08:00", "w-sw")]
    assert takeovers(run(START, back, until="2026-11-25")) == []


def test_handed_back_after_the_morning_it_is_told_to_both() -> None:
    back = [handed("2026-11-18T12:00", "w-sw2"), handed("2026-11-19T09:00", "w-sw")]
    assert [entry[:2] for entry in takeovers(run(START, back, until="2026-11-25"))] == [
        ("2026-11-19 08:30", "w-sw2"), ("2026-11-20 08:30", "w-sw"),
    ]  # fmt: skip


def test_handed_on_before_the_morning_the_last_is_told() -> None:
    on = [handed("2026-11-18T12:00", "w-sw2"), handed("2026-11-18T15:00", "w-other")]
    assert takeovers(run(START, on, until="2026-11-25")) == [("2026-11-19 08:30", "w-other", ["P-1"])]


def test_handed_on_within_the_day_of_the_opening_the_last_is_told() -> None:
    found = run(START, handed("2026-11-02T15:00", "w-sw2"), until="2026-11-10")
    assert takeovers(found) == [("2026-11-03 08:30", "w-sw2", ["P-1"])]


def test_who_has_the_role_first_takes_nothing_over() -> None:
    found = run(cast(), plan_opened("2026-11-02", roles={}), handed("2026-11-05", "w-sw"), until="2026-11-25")
    assert takeovers(found) == []


def test_where_nothing_is_owed_that_morning_nothing_is_said_then_or_later() -> None:
    kp = handed("2026-11-18", "w-sw2", role="key_professional")
    later = fact("2026-11-19T12:00", "visits.agreed", by_role="key_professional", every="2 weeks", on="2026-11-19")
    assert takeovers(run(START, kp, later, until="2026-11-25")) == []


def test_what_was_done_by_that_morning_is_not_in_it() -> None:
    done = visit("2026-11-18T16:00", by="w-sw2")
    found = run(START, handed("2026-11-18", "w-sw2"), done, until="2026-11-25")
    (one,) = [message for message in found.messages() if message.template == "takeover"]
    assert [entry["due_on"] for entry in one.about] == ["2026-12-16"]


def test_cover_for_an_absence_takes_nothing_over() -> None:
    away = fact("2026-11-18", "absence.recorded", "w-sw", from_="2026-11-19", until="2026-12-04", cover="w-cover")
    assert takeovers(run(START, away, until="2026-12-08")) == []


def test_a_new_holder_who_is_away_is_stood_in_for() -> None:
    away = fact("2026-11-18", "absence.recorded", "w-sw2", from_="2026-11-19", until="2026-12-04", cover="w-cover")
    found = run(START, away, handed("2026-11-18T15:00", "w-sw2"), until="2026-11-25")
    assert [who for _, who, _ in takeovers(found)] == ["w-cover"]


def test_a_new_holder_who_is_away_without_cover_is_told_and_so_is_the_manager() -> None:
    away = fact("2026-11-18", "absence.recorded", "w-sw2", from_="2026-11-19", until="2026-12-04")
    found = run(START, away, handed("2026-11-18T15:00", "w-sw2"), until="2026-11-25")
    assert [who for _, who, _ in takeovers(found)] == ["w-sw2", "w-tm"]


def crossed(plan: str) -> Raw:
    """What the team manager owes: word to the hub."""
    return fact("2026-11-16T10:00", "bottom_line.breached", plan, bottom_line="x", at="2026-11-16T10:00:00+00:00")


def test_a_new_holder_for_the_authority_is_told_of_all_plans() -> None:
    plans = [plan_opened("2026-11-02", plan=name) for name in ("P-1", "P-2")]
    new = authority_role("w-other", "team_manager", "2026-11-18")
    found = run(cast(), plans, crossed("P-1"), crossed("P-2"), new, until="2026-11-20")
    assert takeovers(found) == [("2026-11-19 08:30", "w-other", ["P-1", "P-2"])]


def test_a_role_that_falls_to_the_authoritys_holder_is_taken_over() -> None:
    own = handed("2026-11-02", "w-tm2", role="team_manager")
    found = run(cast(), person("w-tm2"), plan_opened(), own, crossed("P-1"),
                ended("2026-11-18", "w-tm2", "team_manager"), until="2026-11-20")  # fmt: skip
    assert takeovers(found) == [("2026-11-19 08:30", "w-tm", ["P-1"])]


def test_a_new_holder_for_the_authority_takes_nothing_over_where_the_plan_has_its_own() -> None:
    own = handed("2026-11-02", "w-tm2", role="team_manager")
    new = authority_role("w-other", "team_manager", "2026-11-18")
    assert takeovers(run(cast(), person("w-tm2"), plan_opened(), own, crossed("P-1"), new, until="2026-11-20")) == []


def test_of_an_ended_plan_nobody_is_told() -> None:
    over = fact("2026-11-18T16:00", "plan.ended", on="2026-11-18", reason="x")
    assert takeovers(run(START, handed("2026-11-18", "w-sw2"), over, until="2026-11-25")) == []


def test_a_person_who_is_introduced_later_takes_over_then() -> None:
    found = run(START, handed("2026-11-18", "w-new"), person("w-new", "2026-11-20"), until="2026-11-25")
    assert takeovers(found) == [("2026-11-23 08:30", "w-new", ["P-1"])]


def test_a_handover_of_long_ago_is_no_news_when_its_plan_becomes_known() -> None:
    opened = plan_opened("2026-09-01")
    old = handed("2026-11-03", "w-sw2")
    late = person("w-sw2", "2026-11-20")
    crew = [one for one in cast() if one.get("subject") != "w-sw2"]
    assert takeovers(run(crew, opened, old, late, until="2026-11-30")) == []


def test_who_took_over_is_told_the_rest_as_it_falls_due() -> None:
    found = run(START, handed("2026-11-27T17:00", "w-sw2"), until="2026-12-07")
    assert sorted(found.moments(to="w-sw2", kind=VISIT)) == [
        "2026-11-30 08:30 notice", "2026-11-30 08:30 reminder", "2026-12-01 09:00 overdue", "2026-12-07 09:00 list",
    ]  # fmt: skip

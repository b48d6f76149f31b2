"""Whose an action is: the person's who is named, wherever that person serves; the social worker's if they have left."""

import pytest

from tests.unit.domain.builders import Raw, authority_role, cast, fact, person, plan_opened, run

OTHER = plan_opened("2026-11-02", plan="P-2", roles={"w-sw": "social_worker"})
START = [cast(), plan_opened("2026-11-02")]
HANDED_OVER = fact("2026-11-05", "role.assigned", role="social_worker", person="w-sw2")


def action(who: str = "w-sw", ref: str = "act-1") -> Raw:
    return fact("2026-11-10", "action.agreed", ref=ref, what="ring", who=who, due_on="2026-11-18", on="2026-11-10")


def owner(*history: object, who: str = "w-sw") -> tuple[str, str | None]:
    """The role and person who owe the action."""
    (owed,) = run(START, *history, action(who), until="2026-11-12").owed("action")
    return owed.responsible_role, owed.responsible


def test_who_holds_the_role_now_owes_it_in_that_role() -> None:
    assert owner() == ("social_worker", "w-sw")


@pytest.mark.parametrize(
    "office",
    [OTHER, authority_role("w-sw", "service_lead"), fact("2026-11-06", "role.assigned", role="agency", person="w-sw")],
)
def test_who_held_a_role_once_and_serves_elsewhere_still_owes_it(office: object) -> None:
    assert owner(HANDED_OVER, office) == ("named_person", "w-sw")


@pytest.mark.parametrize(
    "left",
    [
        [],
        [OTHER, fact("2026-11-06", "role.ended", "P-2", role="social_worker", person="w-sw")],
        [OTHER, fact("2026-11-06", "role.assigned", "P-2", role="social_worker", person="w-sw2")],
        [OTHER, fact("2026-11-06", "plan.ended", "P-2", reason="x", on="2026-11-06")],
        [OTHER, fact("2026-11-06", "event.withdrawn", "P-2", event="open-P-2", reason="by mistake")],
    ],
)
def test_who_holds_none_any_more_has_left_and_it_goes_to_the_social_worker(left: list[object]) -> None:
    assert owner(HANDED_OVER, left) == ("social_worker", "w-sw2")


def test_it_does_so_from_the_day_on_which_the_last_role_ends() -> None:
    ended = fact("2026-11-16T15:00", "role.ended", "P-2", role="social_worker", person="w-sw")
    told = run(START, HANDED_OVER, OTHER, action(), ended, until="2026-11-19").messages(kind="action")
    assert [(one.person, one.purpose.value) for one in told if one.person != "w-tm"] == [
        ("w-sw", "digest"), ("w-sw", "digest"), ("w-sw2", "reminder"), ("w-sw2", "overdue"),
    ]  # fmt: skip


def test_who_never_held_a_role_owes_what_names_them() -> None:
    assert owner(who="w-other") == ("named_person", "w-other")


def test_on_a_plan_that_was_opened_again_who_serves_there_has_not_left() -> None:
    ended = fact("2026-11-06", "plan.ended", "P-2", reason="x", on="2026-11-06")
    again, *_ = plan_opened("2026-11-09", plan="P-2", roles={})
    assert owner(HANDED_OVER, OTHER, ended, again | {"id": "again"}) == ("named_person", "w-sw")


@pytest.mark.parametrize("kind", ["family", "child"])
def test_what_names_somebody_of_the_family_is_the_social_workers(kind: str) -> None:
    assert owner(person("f-nan", kind=kind), who="f-nan") == ("social_worker", "w-sw")


def test_who_is_away_is_told_through_the_cover() -> None:
    away = fact("2026-11-02", "absence.recorded", "w-sw", from_="2026-11-10", until="2026-11-30", cover="w-cover")
    told = run(START, HANDED_OVER, OTHER, away, action(), until="2026-11-18").messages(kind="action")
    assert {one.person for one in told} == {"w-cover"}

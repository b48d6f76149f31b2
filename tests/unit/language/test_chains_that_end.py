"""A duty that recurs ends where its policy says so, and begins anew with the next fact that opens it."""

from pathlib import Path
from typing import Any

from tests import sixth
from tests.unit.domain.builders import Raw, visit

MILESTONES = {
    "placed": {"label": "start of a placement"},
    "moved": {"label": "end of a placement"},
    "settled": {"label": "a year in one place"},
}


def milestone(*names: str) -> dict[str, Any]:
    return {"when": "milestone.reached", "where": {"milestone": list(names)}}


VISITS: dict[str, Any] = {
    "opens": milestone("placed"),
    "due": {"every": "6 weeks", "first_within": "1 week"},
    "met": {"when": "visit.recorded", "where": {"child_seen": True}},
    "cancelled_by": milestone("moved"),
}


def dues(folder: Path, *history: Raw, until: str = "2027-03-31", **words: Any) -> list[tuple[str, str]]:
    policy = sixth.policy(folder, sixth.rule(**{**VISITS, **words}), milestones=MILESTONES)
    return sixth.run(policy, sixth.opened(), *history, until=until).dues


def placed(day: str) -> Raw:
    return sixth.reached(f"{day}T09:00", "placed", on=day)


def moved(day: str) -> Raw:
    return sixth.reached(f"{day}T10:00", "moved", on=day)


def test_nothing_is_owed_once_it_has_ended(tmp_path: Path) -> None:
    ended = dues(tmp_path, placed("2026-11-02"), visit("2026-11-05T12:00"), moved("2026-11-20"))
    assert ended == [("2026-11-09", "met"), ("2026-12-17", "cancelled")]


def test_a_visit_after_the_end_begins_nothing(tmp_path: Path) -> None:
    ended = dues(tmp_path, placed("2026-11-02"), moved("2026-11-03"), visit("2026-11-05T12:00"))
    assert ended == [("2026-11-09", "cancelled")]


def test_what_opens_it_again_begins_it_anew(tmp_path: Path) -> None:
    history = placed("2026-11-02"), visit("2026-11-05T12:00"), moved("2026-11-20"), placed("2026-12-07")
    assert ("2026-12-14", "open") in dues(tmp_path, *history, until="2026-12-10")


def test_of_one_day_the_end_comes_before_the_next_beginning(tmp_path: Path) -> None:
    # Recorded in either order: the child left one place for another.
    history = placed("2026-11-02"), visit("2026-11-05T12:00"), placed("2026-11-20"), moved("2026-11-20")
    assert dues(tmp_path, *history, until="2026-11-21") == [
        ("2026-11-09", "met"), ("2026-11-27", "open"), ("2026-12-17", "cancelled"),
    ]  # fmt: skip


def test_what_is_done_on_the_last_day_is_done(tmp_path: Path) -> None:
    ended = dues(tmp_path, placed("2026-11-02"), visit("2026-11-05T12:00"), moved("2026-11-05"))
    assert ended == [("2026-11-09", "met"), ("2026-12-17", "cancelled")]


def test_an_end_before_the_beginning_is_of_something_else(tmp_path: Path) -> None:
    before = sixth.reached("2026-11-02T18:00", "moved", at="2026-11-02T08:00:00+00:00")
    begins = sixth.reached("2026-11-02T18:00", "placed", at="2026-11-02T15:00:00+00:00")
    assert dues(tmp_path, before, begins, until="2026-11-03") == [("2026-11-09", "open")]


def test_a_fact_that_takes_its_place_begins_it_anew_where_it_opens_it(tmp_path: Path) -> None:
    history = placed("2026-11-02"), visit("2026-11-05T12:00"), placed("2026-11-20")
    again = dues(tmp_path, *history, until="2026-11-21", superseded_by=milestone("placed"), cancelled_by=[])
    assert again == [("2026-11-09", "met"), ("2026-11-27", "open"), ("2026-12-17", "superseded")]


def test_the_interval_holds_until_another_is_agreed(tmp_path: Path) -> None:
    agreed = {"every": [{**milestone("settled"), "sets": "3 months"}, {**milestone("placed"), "sets": "6 weeks"}]}
    due = {"every": "6 weeks", "first_within": "1 week", "as_agreed": agreed}
    history = placed("2026-11-02"), visit("2026-11-05T12:00"), sixth.reached("2026-11-10T09:00", "settled")
    again = moved("2026-12-01"), placed("2026-12-07"), visit("2026-12-10T12:00")
    assert dues(tmp_path, *history, until="2026-11-20", due=due)[-1] == ("2027-02-10", "open")
    # A new placement is a new year.
    assert ("2027-01-21", "open") in dues(tmp_path, *history, *again, until="2026-12-20", due=due)

"""A chain whose clock, or whose doing, is another in a policy's second version: something is owed at every moment."""

from pathlib import Path
from typing import Any

import pytest

from tests import sixth
from tests.unit.domain.builders import Raw, fact, visit

SEEN = {"when": "visit.recorded", "where": {"child_seen": True}}
ANY = {"when": "visit.recorded"}
WEEKS = {"every": "4 weeks"}
MONTH = {"each": "calendar month"}
AGREED = {"every": "4 weeks", "as_agreed": {"every": [{"when": "visits.agreed", "takes": "every"}]}}
SINCE = "2026-11-20"


def duty(due: Any, met: Any = ANY, **words: Any) -> dict[str, Any]:
    return sixth.rule(kind="visit_social_worker", opens={"when": "plan.opened"}, due=due, met=met, **words)


def owed(folder: Path, versions: list[dict[str, Any]], *history: Raw, until: str) -> list[tuple[str, str, str]]:
    """Each link by the day on which it opened, its last day and its status."""
    days = ["2026-01-01", SINCE, "2026-12-10"]
    policies = [
        sixth.policy(folder, rule, version=number, in_force_from=days[number - 1])
        for number, rule in enumerate(versions, 1)
    ]
    found = sixth.run(policies[0], sixth.opened(), *history, until=until, later=policies[1:])
    return sorted((link.opened_on.isoformat(), link.due_on.isoformat(), str(link.status)) for link in found.obligations)


def seen(day: str, *, child: bool = True) -> Raw:
    return visit(day, by="w-lead", child_seen=child)


@pytest.mark.parametrize(
    ("second", "due"),
    [
        (duty(MONTH), "2026-12-31"),
        (duty({**MONTH, "by_day": 28}), "2026-12-28"),
        (duty({"every": "2 weeks"}), "2026-12-09"),
        (duty({"every": "8 weeks"}), "2027-01-20"),
        (duty(AGREED), "2026-12-23"),
    ],
)
def test_a_visit_after_the_change_opens_the_next_by_the_new_clock(tmp_path: Path, second: Any, due: str) -> None:
    visits = [seen("2026-11-04"), seen("2026-11-10"), seen("2026-11-25")]
    assert owed(tmp_path, [duty(WEEKS), second], *visits, until="2026-11-26")[-2:] == [
        ("2026-11-10", "2026-12-08", "met"),
        ("2026-11-25", due, "open"),
    ]


@pytest.mark.parametrize(("due", "day"), [(WEEKS, "2026-12-23"), (MONTH, "2026-12-31"), (AGREED, "2026-12-23")])
def test_a_visit_that_the_new_version_would_not_count_opens_its_next(tmp_path: Path, due: Any, day: str) -> None:
    visits = [seen("2026-11-10", child=False), seen("2026-11-25", child=False)]
    versions = [duty(WEEKS), duty(due, met=SEEN)]
    links = owed(tmp_path, versions, *visits, until="2026-11-26")
    assert links[-2:] == [("2026-11-10", "2026-12-08", "met"), ("2026-11-25", day, "open")]
    # From then on the new version alone says what counts.
    late = seen("2026-12-01", child=False)
    assert owed(tmp_path, versions, *visits, late, until="2026-12-02") == links


def test_a_visit_of_the_month_before_the_change_of_months_to_weeks(tmp_path: Path) -> None:
    links = owed(tmp_path, [duty(MONTH), duty(WEEKS)], seen("2026-11-10"), seen("2026-12-02"), until="2026-12-03")
    assert links[-2:] == [("2026-11-10", "2026-12-31", "met"), ("2026-12-02", "2026-12-30", "open")]


def test_an_agreement_that_the_new_version_does_not_ask_for_leaves_its_own_day(tmp_path: Path) -> None:
    agreed = fact("2026-11-25", "visits.agreed", "P-1", by_role="social_worker", every="1 week")
    links = owed(tmp_path, [duty(AGREED), duty(WEEKS)], seen("2026-11-10"), agreed, until="2026-11-26")
    assert links[-2:] == [("2026-11-10", "2026-12-08", "superseded"), ("2026-11-25", "2026-12-08", "open")]


def test_what_ended_it_by_the_old_version_alone_leaves_what_the_new_one_asks(tmp_path: Path) -> None:
    first = duty(WEEKS, cancelled_by={"when": "hub.consulted"})
    consulted = fact("2026-11-25", "hub.consulted", "P-1", on="2026-11-25")
    links = owed(tmp_path, [first, duty(WEEKS)], seen("2026-11-10"), consulted, until="2026-11-26")
    assert links[-2:] == [("2026-11-10", "2026-12-08", "cancelled"), ("2026-11-25", "2026-12-08", "open")]
    assert [link[2] for link in owed(tmp_path, [first, first], seen("2026-11-10"), consulted, until="2026-11-26")] == [
        "met",
        "cancelled",
    ]


def test_a_link_of_the_first_version_that_stands_until_the_third(tmp_path: Path) -> None:
    versions = [duty({"every": "8 weeks"}), duty(MONTH), duty(WEEKS, met=SEEN)]
    links = owed(tmp_path, versions, seen("2026-11-10"), seen("2026-12-14", child=False), until="2026-12-15")
    assert links[-2:] == [("2026-11-10", "2027-01-05", "met"), ("2026-12-14", "2027-01-11", "open")]


def test_a_version_that_says_the_same_of_it_changes_nothing(tmp_path: Path) -> None:
    for due in (WEEKS, MONTH, AGREED):
        visits = [seen("2026-11-10"), seen("2026-11-25"), seen("2026-11-26"), seen("2026-12-02")]
        one = owed(tmp_path, [duty(due)], *visits, until="2026-12-20")
        assert owed(tmp_path, [duty(due), duty(due), duty(due)], *visits, until="2026-12-20") == one

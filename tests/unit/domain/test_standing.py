"""How a plan stands is kept for as long as it stands so, and no longer."""

from datetime import datetime

from service.domain.calendar import local_day
from service.domain.facts import Facts
from service.domain.obligations.obligation import Status, standing_of
from tests.unit.domain.builders import at, book, cast, directory, fact, parsed, plan_opened

OPENED = at("2026-11-02T12:00")
# A case system's clock may run ahead of ours: the change is known before its moment.
CHANGE = at("2026-11-02T12:04")
HISTORY = [
    *cast(),
    *plan_opened("2026-11-02T12:00"),
    fact("2026-11-02T12:04", "role.assigned", role="social_worker", person="w-sw2"),
]


def known() -> Facts:
    """The facts of the plan."""
    events = [event for event in parsed(HISTORY) if event.subject == "P-1"]
    facts = Facts.for_alerts(events, directory(HISTORY), local_day(CHANGE))
    assert facts is not None
    return facts


def visitors(facts: Facts, moment: datetime) -> set[str | None]:
    """Who owes the visits at a moment."""
    owed = standing_of(facts, book(), moment).obligations
    return {duty.responsible for duty in owed if duty.kind == "visit_social_worker"}


def test_a_role_that_changes_hands_later_changes_what_is_owed_at_its_moment() -> None:
    facts = known()
    assert [visitors(facts, moment) for moment in (OPENED, CHANGE, OPENED)] == [{"w-sw"}, {"w-sw2"}, {"w-sw"}]


def test_a_duty_is_late_from_its_moment_on() -> None:
    facts, lapsed = known(), at("2026-12-01T00:00")
    standings = [standing_of(facts, book(), moment).obligations for moment in (CHANGE, lapsed, CHANGE)]
    statuses = [{duty.status for duty in owed if duty.kind == "visit_social_worker"} for owed in standings]
    assert statuses == [{Status.OPEN}, {Status.OVERDUE}, {Status.OPEN}]

"""Two versions of a policy over one history: what would have been told more, less, earlier or later."""

import json
from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path
from typing import Any

from service.domain.calendar import iso_local
from service.domain.events.event import Event, parse_event
from service.policy_tools.comparison import Comparison, compare, together
from service.policy_tools.comparison_table import records, text
from tests import northmere

UNTIL = date(2026, 12, 31)
MONDAY = "2026-11-02"


def event(type_: str, day: str = MONDAY, subject: str | None = "P-1", **data: object) -> Event:
    """One event, recorded at ten on a day."""
    raw = {
        "specversion": "1.0", "id": f"{type_} {subject} {day} {data}", "source": "/northmere/test", "type": type_,
        "time": f"{day}T10:00:00+00:00", "data": data,
    }  # fmt: skip
    return parse_event(raw | ({"subject": subject} if subject else {}), {"northmere"})


def history(*events: Event) -> list[Event]:
    """A plan with a social worker and a team manager, and what happened to it."""
    names = {"w-sw": "social_worker", "w-tm": "team_manager"}
    common = {"authority": "northmere", "name": "Somebody", "kind": "worker"}
    people = [event("person.recorded", subject=one, email=f"{one}@example.org", **common) for one in names]
    child = {"ref": "C-1", "initials": "A.B."}
    opened = event("plan.opened", authority="northmere", child=child, route="child_in_need")
    roles = [event("role.assigned", role=role, person=person) for person, role in names.items()]
    return [*people, opened, *roles, *events]


def difference(folder: Path, events: Iterable[Event] = (), **changes: Any) -> Comparison:
    """What changes when Northmere's policy does."""
    before, after = northmere.changed(folder / "a"), northmere.changed(folder / "b", version=2, **changes)
    return compare(before, after, history(*events), UNTIL)


def moves(found: Comparison, purpose: str) -> list[tuple[str, str, str | None, str | None]]:
    """Who is told otherwise in one purpose, and from which day to which."""
    changes = (change for change in found.changes if change.thing.purpose == purpose)
    return [(one.thing.person, one.direction, day_of(one.before), day_of(one.after)) for one in changes]


def day_of(moment: datetime | None) -> str | None:
    """The local day of a moment."""
    return iso_local(moment)[:10] if moment is not None else None


def test_the_same_policy_changes_nothing(tmp_path: Path) -> None:
    found = difference(tmp_path)
    assert found.changes == ()
    assert text(found) == "Both would have sent the same, to the same people at the same times.\n"


def test_a_shorter_clock_tells_earlier(tmp_path: Path) -> None:
    ended = event("plan.ended", "2026-11-30", reason="all is well")
    found = difference(tmp_path, [ended], visit={"due": {"every": "25 days"}})
    assert moves(found, "reminder") == [
        ("w-sw", "earlier", "2026-11-23", "2026-11-20"),
        ("w-sw", "earlier", "2026-11-26", "2026-11-25"),
        ("w-sw", "earlier", "2026-11-30", "2026-11-27"),
    ]
    assert ("w-tm", "more", None, "2026-11-30") in moves(found, "overdue")


def test_comparisons_over_different_plans_are_one_together(tmp_path: Path) -> None:
    child = {"ref": "C-2", "initials": "C.D."}
    other = event("plan.opened", subject="P-2", authority="northmere", child=child, route="child_in_need")
    serves = event("role.assigned", subject="P-2", role="social_worker", person="w-tm")
    before = northmere.changed(tmp_path / "a")
    after = northmere.changed(tmp_path / "b", version=2, visit={"due": {"every": "25 days"}})
    parts = [history(), [*history()[:2], other, serves]]
    whole = compare(before, after, [*history(), other, serves], UNTIL)
    assert together(compare(before, after, part, UNTIL) for part in parts) == whole
    assert {change.thing.plan for change in whole.changes} == {"P-1", "P-2"}


def test_a_longer_clock_tells_later_and_spares_the_manager(tmp_path: Path) -> None:
    visit = event("visit.recorded", "2026-12-02", by="w-sw")
    found = difference(tmp_path, [visit], visit={"due": {"every": "5 weeks"}})
    assert ("w-tm", "fewer", "2026-12-01", None) in moves(found, "overdue")
    reminded = moves(found, "reminder")[:3]
    assert reminded
    assert all(direction != "earlier" for _, direction, *_ in reminded)


def test_a_rule_that_is_left_out_tells_nobody(tmp_path: Path) -> None:
    northmere.write(tmp_path, northmere.POLICY)
    before = northmere.changed(tmp_path)
    after = before.model_copy(update={"rules": [rule for rule in before.rules if rule.rule != "visit"]})
    found = compare(before, after, history(), UNTIL)
    assert {change.direction for change in found.changes} == {"fewer"}
    assert {total.after for total in found.totals if total.kind == "visit_social_worker"} == {0}


def test_what_lies_far_apart_was_not_moved(tmp_path: Path) -> None:
    agreed = event("plan.agreed", "2026-11-03", on="2026-11-03")
    found = difference(tmp_path, [agreed], review={"due": {"every": "1 week"}})
    gaps = [abs(one.after - one.before).days for one in found.changes if one.before and one.after]
    assert gaps
    assert max(gaps) <= 28


def test_an_alert_that_nobody_confirms_for_days_is_compared(tmp_path: Path) -> None:
    breach = event("bottom_line.breached", "2026-12-29", bottom_line="b-1", at="2026-12-29T10:00:00+00:00")
    found = difference(tmp_path, [breach], bottom_line={"again_every_minutes": 45})
    assert sum(total.fewer for total in found.totals if total.purpose == "alert") > 50


def test_the_sums_add_up(tmp_path: Path) -> None:
    found = difference(tmp_path, visit={"due": {"every": "3 weeks"}}, review={"due": {"every": "5 weeks"}})
    for total in found.totals:
        assert total.before + total.more - total.fewer == total.after
    changes = sum(total.more + total.fewer + total.earlier + total.later for total in found.totals)
    assert changes == len(found.changes)


def test_a_digest_counts_as_what_stands_in_it(tmp_path: Path) -> None:
    found = difference(tmp_path)
    assert {total.purpose for total in found.totals} == {"reminder", "overdue", "escalation"}
    assert {total.kind for total in found.totals} == {"visit_social_worker"}


def test_the_table_names_person_kind_and_counts(tmp_path: Path) -> None:
    lines = text(difference(tmp_path, visit={"due": {"every": "3 weeks"}})).splitlines()
    assert lines[0].split() == ["person", "what", "as", "before", "after", "more", "fewer", "earlier", "later"]
    assert lines[1].startswith("w-sw    visit social worker  overdue")
    assert any(line.startswith("earlier  ") and " -> " in line and line.endswith("P-1") for line in lines)


def test_the_records_are_json_and_name_every_change(tmp_path: Path) -> None:
    found = difference(tmp_path, visit={"due": {"every": "3 weeks"}})
    lines = [json.loads(json.dumps(record)) for record in records(found)]
    changes = [line for line in lines if line["record"] == "change"]
    assert len(lines) == len(found.totals) + len(found.changes)
    assert all(line["before"] or line["after"] for line in changes)
    assert {line["plan"] for line in changes} == {"P-1"}

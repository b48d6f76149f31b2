"""A reference gives an event's id alone: it means the event of the same source, else one on the same plan."""

from __future__ import annotations

import pytest

from tests.unit.domain.builders import cast, fact, plan_opened, run, visit


@pytest.mark.parametrize(
    ("source", "shared"),
    [
        ("/case-system", {"2026-11-03": "met", "2026-11-05": "open"}),
        ("/visits-app", {"2026-11-03": "open", "2026-11-05": "met"}),
        ("/spreadsheet", {"2026-11-03": "met", "2026-11-05": "met"}),
    ],
)
def test_of_two_visits_of_one_id_that_of_the_same_source_is_meant(source: str, shared: dict[str, str]) -> None:
    first = visit("2026-11-03", by="w-kp") | {"id": "v-1", "source": "/case-system"}
    second = visit("2026-11-05", by="w-kp") | {"id": "v-1", "source": "/visits-app"}
    told = fact("2026-11-05T16:00", "visit.shared", visit="v-1") | {"source": source}
    found = run(cast(), plan_opened(), first, second, told, until="2026-11-05").owed("share_visit")
    status = {one.opened_on.isoformat(): one.status.value.replace("met_late", "met") for one in found}
    assert {day: state.replace("overdue", "open") for day, state in status.items()} == shared

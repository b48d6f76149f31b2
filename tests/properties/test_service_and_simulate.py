"""Whatever happens on a plan, in one council or in two that use the same ids: `simulate` says what the service does."""

from __future__ import annotations

import asyncio
import random
import tempfile
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cli.simulated import simulated
from service.domain.events.event import parse_event
from tests.databases.sqlite import copy_of, migrated
from tests.examples import examples
from tests.integration.in_service import Record, in_service
from tests.integration.test_service_and_simulate import in_order
from tests.properties.histories import COUNCILS, Raw, history, history_of
from tests.properties.test_changing_people import changing
from tests.unit.domain.builders import book

SOME = settings(max_examples=examples(4, 300), deadline=None, suppress_health_check=list(HealthCheck), database=None)
pytestmark = pytest.mark.timeout(examples(600, 3_600))
AFTER = timedelta(days=10)  # long enough for lateness, escalation and a weekly list to follow


def of_one(make: Callable[[random.Random], list[Raw]]) -> Callable[[random.Random], list[Raw]]:
    """The histories of one council, sent by its own system."""

    def of_its_own(chance: random.Random) -> list[Raw]:
        events = make(chance)
        opening = next(event["data"] for event in events if event["type"] == "plan.opened")
        assert isinstance(opening, dict)
        return sent_by(str(opening["authority"]), events)

    return of_its_own


def of_two(chance: random.Random) -> list[Raw]:
    """The histories of two councils whose plans, people and events have the same ids."""
    first = date(2026, 1, 5) + timedelta(days=chance.randrange(365 * 4))
    two = chance.sample(COUNCILS, 2)
    return [event for council in two for event in sent_by(council, history_of(chance, council, first))]


def sent_by(council: str, events: Sequence[Raw]) -> list[Raw]:
    return [_clear_of_texts(event) | {"source": f"/{council}/cases"} for event in events]


def _clear_of_texts(event: Raw) -> Raw:
    """The event; a reply of the minute before a full hour, at which texts go, came a minute earlier.

    To the service it would answer that text, since a provider's clock may be a minute behind: `simulate` has none.
    """
    replied, data = datetime.fromisoformat(str(event["time"])), event["data"]
    if event["type"] != "check_in.replied" or replied.minute != 59:
        return event
    assert isinstance(data, dict)
    earlier = (replied - timedelta(minutes=1)).isoformat()
    return event | {"time": earlier, "data": data | ({"at": earlier} if "at" in data else {})}


def in_simulation(events: Sequence[Raw], until: date) -> list[Record]:
    parsed = [parse_event(event, book().authorities) for event in events]
    outcome = simulated(parsed, until, book())
    refused = [
        {"record": "refused", "id": why.id, "field": why.field, "detail": why.detail} for _, why in outcome.refused
    ]
    return [*map(dict, outcome.records()), *refused]


def served(events: Sequence[Raw], until: date) -> list[Record]:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "migrated.db"
        file.write_bytes(migrated())
        return asyncio.run(in_service(copy_of(file, Path(folder)), events, until.isoformat()))


def in_any_name(record: Mapping[str, object]) -> Record:
    """A record without what is chance: who works on several plans is told of a STOP once, in the name of any."""
    if record.get("template") != "check_in_stopped":
        return dict(record)
    return {name: value for name, value in record.items() if name not in ("plan", "about", "subject", "text")}


@SOME
@given(st.sampled_from([of_one(history), of_one(changing), of_two]), st.integers(0, 2**32).map(random.Random))
def test_what_simulate_says_is_what_the_service_does(
    make: Callable[[random.Random], list[Raw]], chance: random.Random
) -> None:
    events = make(chance)
    until = max(datetime.fromisoformat(str(event["time"])) for event in events).date() + AFTER
    told, done = in_simulation(events, until), served(events, until)
    assert in_order([*map(in_any_name, done)]) == in_order([*map(in_any_name, told)])

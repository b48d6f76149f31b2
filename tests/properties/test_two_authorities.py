"""What one authority sends changes nothing for another, though both use the same ids and the same numbers."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import date, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service.domain.events.event import parse_event
from service.simulation import Simulation
from tests.examples import examples
from tests.properties.histories import COUNCILS, Raw, history_of
from tests.unit.domain.builders import book

SOME = settings(max_examples=examples(6, 400), deadline=None, suppress_health_check=list(HealthCheck), database=None)


@SOME
@given(st.integers(0, 2**32).map(random.Random))
def test_neither_changes_by_what_the_other_sends(chance: random.Random) -> None:
    """Obligations, messages, what is withheld and what is to be mended, to the letter."""
    begin = date(2026, 1, 5) + timedelta(days=chance.randrange(365 * 2))
    councils = chance.sample(COUNCILS, 2)
    histories = {council: _sent_by(council, history_of(chance, council, begin)) for council in councils}
    until = begin + timedelta(days=30)
    together = _outcome([event for history in histories.values() for event in history], until)
    assert together
    for council, history in histories.items():
        assert _of(council, together) == _of(council, _outcome(history, until))


def _sent_by(council: str, history: Sequence[Raw]) -> list[Raw]:
    """The history as one system of the council sends it; the names of its events are those of the other council's."""
    return [event | {"source": f"/{council}/system"} for event in history]


def _outcome(history: Sequence[Raw], until: date) -> list[object]:
    simulation = Simulation(book())
    told = list(simulation.run([parse_event(raw, book().authorities) for raw in history], until))
    return [*told, *simulation.left_waiting(), *simulation.standing()]


def _of(council: str, records: Sequence[object]) -> list[object]:
    return [record for record in records if getattr(record, "authority", None) == council]

"""Facts that nobody keeps go at once: thousands of plans are asked about in a morning."""

import gc
import weakref

import pytest

from service import simulation
from service.domain import facts as kept
from service.domain.calendar import local_day
from service.domain.facts import Facts
from service.domain.look import Look, look_at
from service.domain.obligations import openings
from service.domain.obligations.obligation import live_among, standing_of
from service.domain.telling.records import NOTHING_TOLD
from tests.unit.domain.builders import at, book, cast, directory, parsed, plan_opened, visit

NOW = at("2026-11-20T09:00")


def test_facts_go_with_whoever_asked_about_them() -> None:
    raws = (cast(), plan_opened("2026-11-02"))
    facts = Facts.for_alerts(parsed(plan_opened("2026-11-02")), directory(raws), local_day(NOW))
    assert facts is not None
    assert look_at(book(), facts, NOTHING_TOLD, NOW).obligations
    assert live_among(facts, book(), [standing_of(facts, book(), NOW).live[0].key], NOW)
    was_enabled, alive = gc.isenabled(), weakref.ref(facts)
    gc.disable()
    try:
        kept._of_few.cache_clear()
        del facts
        assert alive() is None
    finally:
        (gc.enable if was_enabled else gc.disable)()


def test_what_a_look_opened_stays_with_a_simulation_until_the_next_whatever_else_is_forgotten() -> None:
    found: list[bool] = []

    def forget_and_look(*of_plan: object, **more: object) -> Look:
        kept._of_few.cache_clear()  # as many other plans do
        found.append(("dudley", "P-1", 0) in openings._latest)
        return look_at(*of_plan, **more)  # type: ignore[arg-type]

    events = parsed(cast(), plan_opened("2026-11-02"), visit("2026-11-09"), visit("2026-11-16"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(simulation, "look_at", forget_and_look)
        list(simulation.Simulation(book()).run(events, at("2026-12-16T09:00").date()))
    assert len(found) > 5
    assert all(found[1:])

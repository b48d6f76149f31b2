"""Facts that nobody keeps any more are gone at once: nothing that follows from them holds them in a circle."""

import gc
import weakref
from datetime import date, datetime

import pytest

from service.domain import facts as kept_facts
from service.domain.facts import Facts
from service.domain.look import look_at
from service.domain.people.directory import Directory
from service.domain.telling.records import Ledger
from tests.unit.domain.builders import at, book, cast, meeting, parsed, plan_opened, visit
from tests.unit.domain.test_opened_again import again, end

LATER = at("2027-02-01")


def looked_at(now: datetime) -> "weakref.ref[Facts]":
    """Facts of a plan with two periods, which a look has asked for all that it asks; nobody keeps them."""
    everything = parsed(
        cast(),
        plan_opened(),
        visit("2026-11-10"),
        end("2026-11-20"),
        again("2026-12-01"),
        meeting("2026-12-05", "review"),
    )
    events = [event for event in everything if event.subject == "P-1"]
    directory = Directory.of([event for event in everything if event.subject != "P-1"], events)
    facts = Facts.for_alerts(events, directory, date(2027, 2, 1))
    assert facts is not None
    assert len(facts.by_period) == 2
    assert look_at(book(), facts, Ledger({}, {}), now).obligations
    return weakref.ref(facts)


@pytest.fixture
def _no_garbage_collected() -> None:
    gc.disable()  # it is enabled again before each test


@pytest.mark.usefixtures("_no_garbage_collected")
def test_facts_that_nobody_keeps_are_gone_before_garbage_is_collected() -> None:
    facts = looked_at(LATER)
    assert facts() is not None  # the last of many plans are kept for the next who asks
    kept_facts._of_few.cache_clear()
    assert facts() is None

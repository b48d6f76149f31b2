"""No event that is taken can keep its plan from being looked at: a plan that fails is one that nobody is told of."""

import random
from datetime import UTC, datetime, timedelta

import pytest

from notifications.catalogue.render import render
from notifications.message import Channel
from service.domain.events.event import EventFault, parse_event
from service.domain.events.event_types import ABOUT_PERSONS
from service.domain.look import look
from service.domain.people.directory import Directory
from service.domain.telling.records import Ledger
from tests.hostile.extremes import AUTHORITIES, extreme, people
from tests.world import book

FIRST = datetime(2026, 1, 5, 10, tzinfo=UTC)
MOST_AT_ONCE = 40  # notices: two or three for each of a dozen obligations that became overdue before they were known


@pytest.mark.parametrize("seed", range(60))
def test_a_plan_with_values_at_the_ends_of_what_is_allowed_is_looked_at(seed: int) -> None:
    chance = random.Random(seed)
    authority = chance.choice(AUTHORITIES)
    raws = people(authority) + [extreme(chance, number, authority) for number in range(chance.choice((1, 3, 12)))]
    events = [parse_event(raw, book().authorities) for raw in raws if taken(raw)]
    assert len(events) >= 5
    directory = Directory.of([event for event in events if event.type in ABOUT_PERSONS])
    own = [event for event in events if event.type not in ABOUT_PERSONS]
    ledger, now = Ledger(), FIRST
    for _ in range(4):
        found = look(book(), own, directory, ledger, now)
        for notice in found.messages:
            assert render(notice.template, Channel(notice.channel), notice.context).text
        assert len(found.messages) <= MOST_AT_ONCE
        if found.next_look is None:
            return
        assert found.next_look > now
        ledger, now = found.ledger, max(found.next_look, now + timedelta(minutes=1))


def taken(raw: object) -> bool:
    """Whether an event is taken; the ends of several fields together may contradict each other."""
    try:
        parse_event(raw, book().authorities)
    except EventFault:
        return False
    return True

"""Whom the service would tell, against a second reading of the contract (a million: bench/faults/misdirected.py)."""

import random
from datetime import UTC, datetime

import pytest

from bench.faults.misdirected import lines, misdirected
from tests.properties.contact_asked import OK, Decision, Tally, decisions
from tests.properties.contact_model import ORDER, Model, Raw
from tests.properties.contact_worlds import world

SEEDS = range(40)
NOON = datetime(2026, 11, 11, 12, tzinfo=UTC)
OPENED = ("plan.opened", "P-1", "2026-11-01", {"authority": "dudley"})
NAN = ("person.recorded", "f-nan", "2026-11-01", {"kind": "family", "mobile": "+447700900300"})
ALLOW = ("contact.decided", "f-nan", "2026-11-02", {"decision": "allow"})
FLAG = ("flag.raised", "P-1", "2026-11-04", {"flag": "coercive_control"})


def by_model(*events: tuple[str, str, str, Raw]) -> str:
    """What the model says of a text to f-nan at noon, where the times of the events are noons, too."""
    raw = [
        {"id": str(n), "source": "/s", "type": kind, "subject": subject, "time": f"{day}T12:00:00+00:00", "data": data}
        for n, (kind, subject, day, data) in enumerate((OPENED, NAN, *events))
    ]
    return Model(raw).answer("P-1", "f-nan", "sms", NOON)


def test_nobody_is_told_who_is_not_to_be_and_the_reasons_are_the_models() -> None:
    tally = Tally()
    for seed in SEEDS:
        for decision in decisions(seed):
            tally.add(decision)
    assert (tally.misdirected, tally.differing) == ([], [])
    assert tally.decisions > 4_000
    assert set(tally.reasons) == {OK, *ORDER}
    assert tally.reasons[OK] > tally.decisions / 5


def test_the_case_asks_as_often_as_it_says() -> None:
    tally = misdirected(500)
    assert lines(tally)[0].startswith("misdirected: 500 decisions: 0 misdirected / 0 differing; ")


def test_worlds_hold_whatever_may_stand_against_contact() -> None:
    kinds = {event["type"] for seed in SEEDS for event in world(random.Random(seed))}
    assert {"plan.withheld", "person.excluded", "flag.cleared", "event.withdrawn", "incident.recorded"} <= kinds


@pytest.mark.parametrize(
    ("model", "service", "misdirected", "differing"),
    [(OK, OK, 0, 0), ("victim", OK, 1, 0), (OK, "victim", 0, 1), ("victim", "excluded", 0, 1)],
)
def test_an_answer_that_differs_is_seen(model: str, service: str, misdirected: int, differing: int) -> None:
    tally = Tally()
    tally.add(Decision("f-nan by sms", model, service))
    assert (len(tally.misdirected), len(tally.differing)) == (misdirected, differing)


@pytest.mark.parametrize(
    ("expected", "events"),
    [
        ("no_contact_decision", []),
        (OK, [ALLOW]),
        ("never_contact", [ALLOW, ("contact.decided", "f-nan", "2026-11-03", {"decision": "never"})]),
        ("excluded", [ALLOW, ("person.excluded", "P-1", "2026-11-03", {"person": "f-nan"})]),
        ("flag_undecided", [ALLOW, FLAG]),
        (OK, [ALLOW, FLAG, ("family_contact.approved", "P-1", "2026-11-05", {"person": "f-nan"})]),
        ("opted_out", [ALLOW, ("check_in.replied", "P-1", "2026-11-03", {"person": "f-nan", "text": "STOP"})]),
    ],
)
def test_the_model_says_what_is_plain(expected: str, events: list[tuple[str, str, str, Raw]]) -> None:
    assert by_model(*events) == expected

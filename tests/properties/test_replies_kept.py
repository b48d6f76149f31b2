"""What is kept of replies and of texts that were answered: a plan's check-ins come to the same as if read anew.

The histories are those of `histories`, with much more about check-ins: several agreements with a person, on one plan or
two, replies before, within and after two hours, recorded late and back-dated, and whatever of it is withdrawn.
"""

from __future__ import annotations

import random
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service.domain.events.event import parse_event
from tests.examples import examples
from tests.properties import test_rests
from tests.properties.histories import FAMILY, LONDON, REPLIES, Maker, Raw, more_of_history
from tests.properties.test_rests import Looks, told
from tests.unit.domain.builders import book

SOME = settings(max_examples=examples(4, 400), deadline=None, suppress_health_check=list(HealthCheck), database=None)
EVERY_DAY = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
AT = ("10:00", "10:00", "18:00")
# Around a text's two hours, which are counted from 10:00 and from 18:00.
SAID_AT = ("09:30", "10:00", "10:20", "11:59", "12:00", "12:01", "18:10", "19:30", "20:00", "20:01")


def asking(chance: random.Random) -> list[Raw]:
    """A history with many texts that ask, and many replies."""
    make, plans = more_of_history(chance)
    asked = chance.sample(FAMILY, 2)
    for _ in range(chance.randint(1, 4)):
        agreed: Raw = {"people": chance.sample(asked, chance.randint(1, 2)), "days": EVERY_DAY, "at": chance.choice(AT)}
        make.add(make.moment(1, 6), "check_ins.started", chance.choice(plans), agreed)
    for person in asked:
        free: Raw = {"decision": "allow", "decided_by": "w-sw", "channel": "sms"}
        make.add(make.moment(0, 2), "contact.decided", person, free)
    for _ in range(chance.randint(10, 40)):
        _say(make, chance.choice(plans), chance.choice(asked))
    _take_back(make)
    return make.events


def _say(make: Maker, plan: str, person: str) -> None:
    """A reply, nearly always that all is well; at times recorded a day late, or without a moment of its own."""
    said_at = datetime.combine(make.moment(2).date(), datetime.min.time(), LONDON)
    clock = datetime.strptime(make.chance.choice(SAID_AT), "%H:%M")  # noqa: DTZ007 - a time of day
    said_at = said_at.replace(hour=clock.hour, minute=clock.minute)
    words: Raw = {"person": person, "text": make.chance.choice(REPLIES["ok"])}
    if make.one_in(12):
        words["text"] = make.chance.choice(REPLIES[make.chance.choice(["call", "other", "stop"])])
    if make.one_in(5):
        make.add(said_at + timedelta(hours=make.chance.choice((1, 3, 26))), "check_in.replied", plan, words)
    else:
        late = timedelta(hours=make.chance.choice((0, 0, 0, 3, 26)))
        make.add(said_at + late, "check_in.replied", plan, words | {"at": said_at.isoformat()})


def _take_back(make: Maker) -> None:
    """Withdraw replies and agreements, and then some of the withdrawals."""
    taken = [raw for raw in make.events if str(raw["type"]).startswith("check_in") and make.one_in(6)]
    for _ in range(2):
        withdrawals = []
        for raw in taken:
            when = datetime.fromisoformat(str(raw["time"])) + timedelta(hours=make.chance.choice((0, 1, 30)), minutes=5)
            make.add(when, "event.withdrawn", str(raw["subject"]), {"event": raw["id"], "reason": "x"})
            withdrawals.append(make.events[-1])
        taken = [raw for raw in withdrawals if make.one_in(4)]


@SOME
@given(st.integers(0, 2**32).map(random.Random))
def test_what_is_kept_of_replies_tells_what_reading_them_anew_tells(chance: random.Random) -> None:
    events = [parse_event(raw, book().authorities) for raw in asking(chance)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(test_rests, "AFTER", timedelta(days=10))
        assert told(book(), events, Looks(resting=True)) == told(book(), events, Looks(resting=False))

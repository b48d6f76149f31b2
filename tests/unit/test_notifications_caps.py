"""The caps: what one number and one person are sent in a while, at most."""

from dataclasses import replace
from datetime import timedelta

import pytest

from notifications.message import Channel, Hold, Later, Message, Purpose
from notifications.outbox.rate_limits import Gone, cap
from service.domain.telling.contact import Reason
from tests.contract.post_room import START, alert, wanted


def text(purpose: Purpose = Purpose.CHECK_IN) -> Message:
    return wanted("t", channel=Channel.SMS, purpose=purpose, family=True)


def gone(number: int, purpose: Purpose, minutes_ago: float, *, family: bool = True) -> list[Gone]:
    return [Gone(purpose, family, START - timedelta(minutes=minutes_ago))] * number


@pytest.mark.parametrize(("number", "minutes_ago", "found"), [
    (2, 10, None), (3, 10, Hold("too_many")), (3, 61, None), (7, 90, None), (8, 90, Hold("too_many")), (8, 1441, None),
])  # fmt: skip
def test_one_number_gets_three_texts_an_hour_and_eight_a_day(number: int, minutes_ago: float, found: object) -> None:
    assert cap(text(), gone(number, Purpose.CHECK_IN, minutes_ago), START) == found


def test_five_answers_a_day_and_not_for_ever() -> None:
    assert cap(text(Purpose.REPLY), gone(4, Purpose.REPLY, 1), START) is None
    assert cap(text(Purpose.REPLY), gone(5, Purpose.REPLY, 1), START) == Hold("too_many")


def test_a_stop_is_answered_however_often_they_were_asked() -> None:
    assert cap(text(Purpose.REPLY), gone(8, Purpose.CHECK_IN, 1), START) is None


def test_the_thirty_first_waits_until_the_first_is_an_hour_old() -> None:
    lately = gone(29, Purpose.OVERDUE, 5, family=False)
    assert cap(wanted("a"), lately, START) is None
    found = cap(wanted("a"), [*lately, *gone(1, Purpose.NOTICE, 40, family=False)], START)
    assert isinstance(found, Later)
    assert timedelta(minutes=20) <= found.at - START < timedelta(minutes=20, seconds=1)


def test_those_that_wait_keep_their_order() -> None:
    full = gone(30, Purpose.OVERDUE, 5, family=False)
    moments = [cap(wanted("k", at=START - timedelta(minutes=n)), full, START) for n in (9, 3, 1)]
    assert moments == sorted(moments, key=lambda found: found.at if isinstance(found, Later) else START)
    assert len(set(moments)) == 3


def test_what_is_urgent_knows_no_cap() -> None:
    assert cap(alert("a"), gone(500, Purpose.ALERT, 1, family=False), START) is None


@pytest.mark.parametrize("purpose", [Purpose.DIGEST, Purpose.OVERDUE])
def test_the_one_email_a_person_that_speaks_of_many_plans_does_not_wait(purpose: Purpose) -> None:
    full = gone(30, Purpose.OVERDUE, 5, family=False)
    assert cap(replace(wanted("a", purpose=purpose), plan=None), full, START) is None
    assert isinstance(cap(replace(wanted("a", purpose=purpose), plan="P-1"), full, START), Later)


def test_a_text_for_several_plans_keeps_to_the_caps() -> None:
    several = replace(text(), plan=None)
    assert cap(several, gone(3, Purpose.CHECK_IN, 10), START) == Hold("too_many")


def test_its_reason_is_known_to_whoever_explains_what_was_held_back() -> None:
    assert cap(text(Purpose.REPLY), gone(5, Purpose.REPLY, 1), START) == Hold(Reason.TOO_MANY.value)

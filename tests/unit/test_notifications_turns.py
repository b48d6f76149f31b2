"""Turns at a provider: a burst goes at once, and what is more waits for as long as it must."""

import pytest

from notifications.providers.turns import Turns


def test_what_a_second_holds_goes_at_once_and_the_rest_one_after_the_other() -> None:
    turns = Turns(10, lambda: 0.0)
    assert [turns.take() for _ in range(13)] == pytest.approx([0.0] * 10 + [0.1, 0.2, 0.3])


def test_a_rest_is_worth_a_second_and_no_more() -> None:
    now = 0.0
    turns = Turns(10, lambda: now)
    for _ in range(10):
        turns.take()
    now = 100.0
    assert [turns.take() for _ in range(11)] == pytest.approx([0.0] * 10 + [0.1])

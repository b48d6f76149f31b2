"""Callbacks in any order, doubled, early, about what our worker did not live to record: the state is the model's."""

import random

import pytest

from tests.contract.post_room import post_room
from tests.properties.callback_lives import WORDS, Answer, Fate, Life, When, fate, life
from tests.properties.callback_run import Run

EACH = 30  # lives; bench/faults/callbacks.py lives 10,000
SEEDS = range(150, 300, EACH)  # among them are all ways in which a life ends


# What PostgreSQL does otherwise, a fifth of the lives shows: each kind of state and answer is among them.
@pytest.mark.parametrize(
    ("backend", "first"), [*(("sqlite", seed) for seed in SEEDS), ("postgresql", SEEDS[0])], indirect=["backend"]
)
async def test_what_comes_of_a_text_is_what_the_model_says(database: str, first: int) -> None:
    async with post_room(database) as room:
        run = Run(room)
        for number in range(EACH):
            lived = life(random.Random(first + number), f"k-{number}")
            assert await run.live(lived) == fate(lived), lived


def test_lives_are_of_every_kind() -> None:
    lives = [life(random.Random(seed), "k") for seed in range(SEEDS.start, SEEDS.stop)]
    assert {(one.provider, one.answer, one.family) for one in lives} == {
        (provider, answer, family) for provider in WORDS for answer in Answer for family in (True, False)
    }
    assert {(fate(one).state, fate(one).told) for one in lives} == {
        ("sent", ()), ("sent", ("held",)), ("held", ("held",)),
        ("undeliverable", ("undeliverable",)), ("undeliverable", ("held", "undeliverable")),
        ("failed", ("failed",)),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("answer", "deaf", "words", "expected"),
    [
        (Answer.SILENT, False, ["delivered", "failed", "sent"], Fate("sent", 1, (), True, "delivered")),
        (Answer.SILENT, True, ["failed", "read"], Fate("undeliverable", 1, ("held", "undeliverable"), True, "read")),
        (Answer.SILENT, True, [], Fate("held", 1, ("held",), True, None)),
        (Answer.LOST, False, ["delivered"], Fate("held", 0, ("held",), True, None)),
    ],
)
def test_the_model_says_what_is_plain(answer: Answer, deaf: bool, words: list[str], expected: Fate) -> None:
    called = tuple((When.AT_THE_END, word) for word in words)
    assert fate(Life("k", "twilio", True, deaf, answer, called)) == expected

"""Lives of a text with its callbacks, drawn at random, and what a small model of them says must have come of each."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, IntEnum


class Answer(Enum):
    """What comes of handing it over the first time."""

    ACCEPTED = "the provider takes it, and says so"
    SILENT = "the provider takes it, and hangs up"
    LOST = "the provider never gets it, and hangs up"
    DIED_WITH_IT = "the provider takes it, and our worker dies"
    DIED_WITHOUT = "our worker dies before the provider gets it"


TAKEN = (Answer.ACCEPTED, Answer.SILENT, Answer.DIED_WITH_IT)


class When(IntEnum):
    """When a callback comes."""

    BEFORE_THE_ANSWER = 0
    AFTER_THE_ANSWER = 1
    AFTER_THE_LEASE = 2
    WHILE_IT_IS_ASKED = 3
    AFTER_IT_WAS_ASKED = 4
    AT_THE_END = 5


# The words of each provider, how far each goes, and whether it says that the text will not arrive.
WORDS: Mapping[str, Mapping[str, tuple[int, bool]]] = {
    "twilio": {
        "accepted": (0, False), "scheduled": (0, False), "queued": (1, False), "sending": (2, False),
        "sent": (3, False), "delivered": (4, False), "undelivered": (4, True), "failed": (4, True),
        "canceled": (4, True), "read": (5, False),
    },
    "notify": {
        "created": (0, False), "sending": (1, False), "pending": (2, False), "sent": (3, False),
        "delivered": (4, False), "temporary-failure": (4, True), "permanent-failure": (4, True),
        "technical-failure": (4, True),
    },
}  # fmt: skip
OF_US = ("technical-failure",)  # the provider's trouble or ours: the number is as good as before
_END = 4
# What is called back by then spares the asking: a text cools off for a minute, a dead worker's for three.
_TOLD_IN_TIME = {Answer.SILENT: When.AFTER_THE_ANSWER, Answer.DIED_WITH_IT: When.AFTER_THE_LEASE}


@dataclass(frozen=True)
class Life:
    """One text: to whom, by whom, how it went, and what is called back when, in this order."""

    key: str
    provider: str
    family: bool
    deaf: bool  # the provider does not say whether it has it
    answer: Answer
    callbacks: tuple[tuple[When, str], ...]  # `?` before a word: about a text that is none of ours


@dataclass(frozen=True)
class Fate:
    """What must have come of it."""

    state: str
    copies: int
    told: tuple[str, ...]  # the states that a person was told of
    asked: bool  # the provider, whether it has the text
    last: str | None  # the word that is kept


def life(chance: random.Random, key: str) -> Life:
    """A life at random: callbacks doubled, in any order, early, of strangers, and without sense."""
    provider = chance.choice(sorted(WORDS))
    family = chance.random() < 0.4
    said = chance.choices([*WORDS[provider], "nonsense"], k=chance.randrange(6))
    said += [word for word in said if chance.random() < 0.4]
    strange = [f"?{word}" for word in said if chance.random() < 0.1]
    moments = [When.AT_THE_END] if chance.random() < 0.3 else list(When)
    placed = [(chance.choice(moments), word) for word in [*said, *strange]]
    chance.shuffle(placed)
    in_time = sorted(placed, key=lambda one: one[0])
    return Life(key, provider, family, family and chance.random() < 0.5, chance.choice(list(Answer)), tuple(in_time))


def fate(lived: Life) -> Fate:
    """The model: it knows nothing of attempts, claims and leases."""
    words = [(when, word) for when, word in lived.callbacks if word in WORDS[lived.provider]]
    if lived.answer not in TAKEN and lived.family:
        return Fate(
            "held", 0, ("held",), asked=True, last=None
        )  # a person decides; nothing went that could be called back about
    in_time = _TOLD_IN_TIME.get(lived.answer, -1)
    asked = lived.answer is not Answer.ACCEPTED and not any(when <= in_time for when, _ in words)
    known_by_itself = lived.answer is Answer.ACCEPTED or not lived.deaf
    called_back = any(when < When.AT_THE_END for when, _ in words)
    told = [] if known_by_itself or called_back else ["held"]
    end = next((word for _, word in words if _rank(lived, word) >= _END), None)
    state = "held" if told == ["held"] and not words else "sent"
    if end is not None and WORDS[lived.provider][end][1]:
        state = "failed" if end in OF_US else "undeliverable"
        told.append(state)
    furthest = max(words, key=lambda one: _rank(lived, one[1]), default=(None, None))[1]
    return Fate(state, 1, tuple(told), asked, furthest)


def _rank(lived: Life, word: str) -> int:
    return WORDS[lived.provider][word][0]

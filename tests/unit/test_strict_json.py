"""Of most texts no value is looked into: what is refused is the same as if each were."""

import random

import pytest

from service.files import strict_json
from service.files.strict_json import MAX_DEPTH, StrictJSONError, parse_json
from tests.examples import examples

SCALARS = (
    '"a"', '"\\u0041"', '"\\u0000"', '"\\ud800"', '"\\ud83d\\ude00"', '"\ud800"', '"\\\\u0000"', "true", "null",
    "1", "-1.5", "1e5", "1E999", "-2e400", "9" * 310 + ".0", "9" * 290 + ".0", "0." + "9" * 400,
)  # fmt: skip


def random_text(chance: random.Random) -> str:
    """A value of JSON, in one list after the other, or in objects; mostly near the deepest that is taken."""
    text = chance.choice(SCALARS)
    for _ in range(chance.choice((0, 1, 5, MAX_DEPTH - 2, MAX_DEPTH - 1, MAX_DEPTH, MAX_DEPTH + 1))):
        text = f"[{text}]" if chance.random() < 0.5 else f'{{"a":{text}}}'
    return text


def verdict(text: str) -> str:
    try:
        return f"taken: {parse_json(text)!r}"
    except StrictJSONError as fault:
        return f"refused: {fault}"


def test_what_is_not_looked_into_would_have_passed(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [random_text(random.Random(number)) for number in range(examples(1_000, 20_000))]
    verdicts = [verdict(text) for text in texts]
    monkeypatch.setattr(strict_json, "_is_doubtful", bool)  # each is looked into
    assert [verdict(text) for text in texts] == verdicts
    assert {"cannot be", "too large"} <= {
        reason for text in verdicts for reason in ("cannot be", "too large") if reason in text
    }
    assert any(text.startswith("taken") for text in verdicts)
    assert any("levels" in text for text in verdicts)

"""What a text that comes back is taken for: many spellings, and the near misses that a person must read."""

from __future__ import annotations

import pytest

from service.domain.events.replies import ReplyMeaning, meaning_of

TONES = ["", "🏻", "🏼", "🏽", "🏾", "🏿"]
OK = ["1", " 1 ", "1.", "1!", "1️⃣", "１", "one", "One", "ONE.", "yes", "Yes", "YES!", "yes.", "y", "Y", "Y.", "👍👍",
      "👍️", "ok", "Ok."]  # fmt: skip
CALL = ["2", " 2", "2.", "2!", "２", "two", "Two", "2\n"]
STOP = ["STOP", "stop", "Stop.", " stop ", "STOP!", "ＳＴＯＰ", "stopp", "STOP STOP", "stop all", "STOPALL",
        "unsubscribe", "Unsubscribe.", "cancel", "end", "quit", "opt out", "opt-out", "OptOut", "Sotp"]  # fmt: skip
A_PERSON = ["", "3", "12", "21", "1 or 2?", "1 2", "no", "n", "help", "Help!", "0", "yes but come round", "he is here",
            "please don't stop", "stop him", "can you stop by", "I can't stop him shouting", "stop it dad",
            "👎", "👍👎", "?", "not ok", "all ok? no", "call the police", "999", "who is this", "🆘", "11", "22",
            "1 🆘", "yes 😢", "👍😭"]  # fmt: skip


@pytest.mark.parametrize("text", [*OK, *(f"👍{tone}" for tone in TONES)])
def test_all_is_well(text: str) -> None:
    assert meaning_of(text) is ReplyMeaning.OK


@pytest.mark.parametrize("text", CALL)
def test_a_call_is_wanted(text: str) -> None:
    assert meaning_of(text) is ReplyMeaning.CALL


@pytest.mark.parametrize("text", STOP)
def test_no_more_texts(text: str) -> None:
    assert meaning_of(text) is ReplyMeaning.STOP


@pytest.mark.parametrize("text", A_PERSON)
def test_whatever_else_is_for_a_person_to_read(text: str) -> None:
    assert meaning_of(text) is ReplyMeaning.UNCLEAR

"""The code in a text that acknowledges an alert: honest spellings are taken, lists of guesses are not."""

from __future__ import annotations

import pytest

from service.domain.events.confirmations import code_in, tries_codes


@pytest.mark.parametrize(
    "text",
    [
        "482913", " 482913 ", "482 913", "482-913", "48 29 13", "4 8 2 9 1 3", "482913ok", "Ok482913", "ok 482913",
        "482913.", "code 482913", "Code: 482913", "CODE482913", "482913 ok", "482913, thanks", "“482913”", "(482913)",
        "got it 482913 will call now", "48\u200b2913", "４８２９１３", "482\u2011913",
        "482\u00a0913", "482913\nSent from my phone", "٤٨٢٩١٣", "reply 482913 to acknowledge", "#482913",
        "482913 on it, ref P-1001", "482913, will ring at 10:30", "482913\n\nJ. Roe\nTeam Manager\n01632 960123",
    ],
)  # fmt: skip
def test_an_honest_spelling_is_the_code(text: str) -> None:
    assert code_in(text) == "482913"


@pytest.mark.parametrize("text", ["1234ok", "Ok1234", "1234", "code 1234", "12 34"])
def test_the_four_digits_of_an_older_alert_are_read_too(text: str) -> None:
    assert code_in(text) == "1234"


@pytest.mark.parametrize(
    "text",
    [
        "", "ok on it", "ok", "yes", "48291", "4829134", "482913 482914", "482913, 111111", "482913 or 482914?",
        "call me at 10:30", "07700 900123", "+447700900123", "12345", "482913" * 2, "four eight two nine one three",
        "482913 and then I will drive over to see the family with the police this evening", "1234 5678",
        "482913, ref P-482914", "1234, ref P-1001",
    ],
)  # fmt: skip
def test_anything_else_is_none(text: str) -> None:
    assert code_in(text) is None


@pytest.mark.parametrize(
    "text", ["482913", "482913 482914", "111111, 222222, 333333", "1234 or 5678", " ".join(["999999"] * 200)]
)
def test_a_list_of_guesses_is_a_try(text: str) -> None:
    assert tries_codes(text)


@pytest.mark.parametrize("text", ["ok on it", "call me on 07700 900123", "+44 7700 900123", "I am at number 12", ""])
def test_what_people_write_otherwise_is_no_try(text: str) -> None:
    assert not tries_codes(text)

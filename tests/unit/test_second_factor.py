"""Codes of the second factor: of this moment, of the one before or after, and of no other."""

from datetime import UTC, datetime, timedelta

import pyotp
import pytest

from service.use_cases.access.passwords import weakness
from service.use_cases.access.second_factor import counter_of, new_secret, picture

NOW = datetime(2026, 1, 5, 9, 0, 10, tzinfo=UTC)


@pytest.mark.parametrize(("seconds", "is_taken"), [(0, True), (-30, True), (30, True), (-75, False), (75, False)])
def test_a_code_is_good_for_its_half_minute_and_its_neighbours(seconds: int, is_taken: bool) -> None:
    secret = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"  # noqa: S105 - a test's
    code = pyotp.TOTP(secret).at(NOW + timedelta(seconds=seconds))
    assert (counter_of(secret, f"{code[:3]} {code[3:]}", NOW) is not None) is is_taken


def test_a_secret_has_160_bits_and_its_picture_no_style() -> None:
    assert len(new_secret()) == 32
    assert "style" not in picture(new_secret(), "jo@example.org")


@pytest.mark.parametrize(
    ("password", "is_weak"),
    [("short", True), ("jo.bloggs jo.bloggs", True), ("planwatch planwatch", True), ("ababababababab", True),
     ("South Gloucestershire 7", True), ("a safety plan of mine", True), ("Q1w2e3r4T5y6", True),
     ("correct horse battery", False)],
)  # fmt: skip
def test_a_password_is_long_not_the_name_and_none_that_thieves_try_first(password: str, is_weak: bool) -> None:
    assert (weakness(password, "jo.bloggs@example.org", "south_gloucestershire") is not None) is is_weak

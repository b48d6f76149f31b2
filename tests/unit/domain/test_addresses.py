"""Telephone numbers and email addresses: one form each, and what is none is refused without repeating it."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.events import addresses
from service.domain.events.addresses import email_address, phone_number, phone_number_as_stored, takes_texts

NOTHING = re.compile(r"(?!)")
MOBILE = "+447700900601"


@pytest.mark.parametrize(
    "written",
    [
        "07700 900601", "+44 (0)7700 900601", "+44(0)7700900601", "0044 (0)7700 900601", "00447700900601",
        "+44 07700 900601", "+4407700900601", "(+44) 7700-900-601", "07700.900.601", "07700\u2013900601",
        "447700900601", " 07700\u00a0900601 ", "\u202d07700 900601\u202c", "+44\u200b7700900601",
        "tel:+447700900601", "TEL:07700900601", "０７７００９００６０１", "٠٧٧٠٠٩٠٠٦٠١",
    ],
)  # fmt: skip
def test_however_a_number_is_written_it_is_the_same_number(written: str) -> None:
    assert phone_number(written) == MOBILE


@given(st.sampled_from(["0", "+44", "0044", "+44(0)", "0044 (0)", "+44 0"]), st.data())
def test_signs_between_the_digits_change_nothing(prefix: str, data: st.DataObject) -> None:
    digits = "7700900601"
    signs = data.draw(st.lists(st.sampled_from(["", " ", "-", ".", "  "]), min_size=len(digits), max_size=len(digits)))
    assert phone_number(prefix + "".join(map(str.__add__, digits, signs))) == MOBILE


@pytest.mark.parametrize(
    "written",
    [
        "07700 90060", "07700 9006011", "+44 7700 90060", "12", "", "07700 900601 (mum)", "+44 20 7946 01",
        "+441111111111", "07700900601, 07700900602", "seven", 7700900601, None,
    ],
)  # fmt: skip
def test_too_few_digits_too_many_and_words_are_no_number(written: object) -> None:
    with pytest.raises(ValueError, match="is not a telephone number") as refused:
        phone_number(written)
    assert "90060" not in str(refused.value)


@pytest.mark.parametrize(
    ("written", "texts"),
    [
        ("07700 900601", True), ("+353 85 123 4567", True), ("+1 202 555 0123", True),
        ("020 7946 0123", False), ("0191 498 0123", False), ("0909 879 0123", False), ("0845 123 4567", False),
        ("070 1234 5678", False), ("0300 123 4567", False), ("0800 123 4567", False),
    ],
)  # fmt: skip
def test_a_landline_and_what_costs_more_take_no_texts(written: str, texts: bool) -> None:
    assert takes_texts(phone_number(written)) is texts


def test_what_was_stored_under_a_looser_rule_is_read_in_the_one_form_or_as_it_was() -> None:
    assert phone_number_as_stored("+44(0)7700 900601") == MOBILE
    assert phone_number_as_stored("07700 90060") == "+44770090060"


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("name@example.org", "name@example.org"), ("Name@EXAMPLE.Org", "Name@example.org"),
        ("o'brien+x@a.example.org", "o'brien+x@a.example.org"), ("zoë@example.org", "zoë@example.org"),
        ("name@exämple.org", "name@exämple.org"), ("name@xn--exmple-cua.org", "name@exämple.org"),
    ],
)  # fmt: skip
def test_an_address_is_taken_in_its_normal_form(written: str, normal: str) -> None:
    assert email_address(written) == normal


@pytest.mark.parametrize(
    "written",
    [
        "a@b", "jane@council..uk", "jane..b@example.org", ".jane@example.org", "jane.@example.org", "jane@example.org.",
        "jane@example.org\u200b", "ja\u200bne@example.org", "\u202ejane@example.org", "jane\u00a0@example.org",
        "jane b@example.org", '"jane b"@example.org', "jane@[127.0.0.1]", "jane@example.org, b@example.org",
        "jane@-example.org", "Jane <jane@example.org>", "jane", "@example.org", "", None, 7,
    ],
)  # fmt: skip
def test_what_is_no_address_is_refused_and_not_repeated(written: object) -> None:
    with pytest.raises(ValueError, match="is not an email address") as refused:
        email_address(written)
    assert "jane" not in str(refused.value)


@given(st.from_regex(addresses._ORDINARY_MOBILE, fullmatch=True))
def test_of_an_ordinary_mobile_the_library_says_the_same(number: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(addresses, "_ORDINARY_MOBILE", NOTHING)
        answers = addresses._normal_form.__wrapped__(number), takes_texts.__wrapped__(number)
    assert answers == (number, True)
    assert (phone_number(number), takes_texts(number)) == answers


NAMES = st.from_regex(r"[A-Za-z0-9_]{1,20}(?:[.+-][A-Za-z0-9_]{1,20}){0,2}", fullmatch=True)
LABELS = st.from_regex(r"[a-z0-9]{1,30}(?:-[a-z0-9]{1,30})?", fullmatch=True)
ENDS = st.sampled_from(["uk", "org", "com", "net", "example"])
ADDRESSES = st.builds(
    lambda name, labels, end: f"{name}@{'.'.join([*labels, end])}",
    NAMES,
    st.lists(LABELS, min_size=1, max_size=3),
    ENDS,
)


@given(ADDRESSES.filter(addresses._ORDINARY_ADDRESS.fullmatch))
def test_of_an_ordinary_address_the_library_says_the_same(address: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(addresses, "_ORDINARY_ADDRESS", NOTHING)
        assert email_address(address) == address
    assert email_address(address) == address


@pytest.mark.parametrize("written", ["4.47701E+11", "4,47701E+11", "7.7009e9"])
def test_what_a_spreadsheet_has_shortened_is_said_for_what_it_is(written: str) -> None:
    with pytest.raises(ValueError, match="a spreadsheet has shortened this one"):
        phone_number(written)

"""Telephone numbers and email addresses: one normal form each, and whether a number takes texts."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

# The country of a number that names none.
_HOME = "GB"
_CODE_OF_HOME = 44
_LIKE_A_NUMBER = re.compile(r"[+(]*[0-9][0-9 ()\-./\u2010-\u2015\u00a0]{1,40}")
_SHORTENED = re.compile(r"[0-9]([.,][0-9]+)?E\+?[0-9]+", re.IGNORECASE)
# What nearly all that comes looks like. Of these the libraries say nothing else (a property holds that), and they take
# longer to load than a year of a plan takes to simulate.
_ORDINARY_MOBILE = re.compile(r"\+447[1-57-9][0-9]{8}")
_ORDINARY_ADDRESS = re.compile(
    r"(?=.{1,64}@.{1,180}\Z)[A-Za-z0-9_]+(?:[.+-][A-Za-z0-9_]+)*"
    r"@(?:[a-z0-9]{1,30}(?:-[a-z0-9]{1,30})?\.){1,4}(?:uk|org|com|net|example)"
)
_NO_NUMBER = "is not a telephone number; write it like +447700900123"
_NO_ADDRESS = "is not an email address; write it like name@example.org"


def phone_number(value: object) -> str:
    """A telephone number in its one international form, however it was written (`+44 (0)7…`, `0044 7…`, `07…`).

    A ValueError says what is wrong, and never repeats the number.
    """
    text = _as_seen(value) if isinstance(value, str) else ""
    if _SHORTENED.fullmatch(text):
        raise ValueError(f"{_NO_NUMBER}: a spreadsheet has shortened this one; give its column the format Text")
    if not _LIKE_A_NUMBER.fullmatch(text):
        raise ValueError(_NO_NUMBER)
    number = _normal_form(text)
    if number is None:
        raise ValueError(f"{_NO_NUMBER}: this one has too few digits, too many, or others than its country has")
    return number


def _as_seen(value: str) -> str:
    """A number without what telephones and web pages put around it when it is copied, its digits as we write them."""
    if value.isascii() and not value.startswith(("t", "T")):
        return value.strip()
    visible = (sign for sign in unicodedata.normalize("NFKC", value) if unicodedata.category(sign) != "Cf")
    digits = "".join(str(unicodedata.decimal(sign)) if sign.isdecimal() else sign for sign in visible)
    return re.sub(r"^tel:", "", digits.strip(), flags=re.IGNORECASE)


def phone_number_as_stored(value: object) -> str:
    """As `phone_number`, of what was taken under the looser rule of before; that form where there is no better."""
    try:
        return phone_number(value)
    except ValueError:
        digits = re.sub(r"[ ()\-.]", "", value) if isinstance(value, str) else ""
        return re.sub(r"^0", "+44", re.sub(r"^00", "+", digits))


@lru_cache(maxsize=4096)
def _normal_form(text: str) -> str | None:
    if _ORDINARY_MOBILE.fullmatch(text):
        return text
    import phonenumbers

    try:
        number = phonenumbers.parse(text, _HOME)
    except phonenumbers.NumberParseException:
        return None
    # Some mobile numbers are in no list of numbers in use: new ones, and those that are set apart for drama.
    is_mobile = phonenumbers.is_possible_number_for_type(number, phonenumbers.PhoneNumberType.MOBILE)
    if number.country_code == _CODE_OF_HOME:
        is_mobile = is_mobile and str(number.national_number).startswith("7")
    if not is_mobile and not phonenumbers.is_valid_number(number):
        return None
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


@lru_cache(maxsize=4096)
def takes_texts(number: str) -> bool:
    """Whether a number in its international form can be texted: no landline, and none that costs more to reach."""
    if _ORDINARY_MOBILE.fullmatch(number):
        return True
    import phonenumbers

    try:
        kind = phonenumbers.number_type(phonenumbers.parse(number))
    except phonenumbers.NumberParseException:
        return True  # stored under the looser rule of before; whoever sends will be told
    kinds = phonenumbers.PhoneNumberType
    return kind in (kinds.MOBILE, kinds.FIXED_LINE_OR_MOBILE, kinds.UNKNOWN)


def email_address(value: object) -> str:
    """One plain address, its domain in lower case. A ValueError says what is wrong, and never repeats the address."""
    text = value if isinstance(value, str) else ""
    if _ORDINARY_ADDRESS.fullmatch(text):
        return text
    from email_validator import EmailNotValidError, validate_email

    try:
        return validate_email(text, check_deliverability=False).normalized
    except EmailNotValidError as fault:
        # Its own words may repeat a part of the address.
        raise ValueError(f"{_NO_ADDRESS}{_hint(text, fault)}") from None


def _hint(text: str, fault: Exception) -> str:
    if "unsafe" in str(fault):
        return "; this one holds a sign that cannot be seen"
    return "; its domain has no dot" if re.fullmatch(r"[^@]+@[^@.]+", text) else ""

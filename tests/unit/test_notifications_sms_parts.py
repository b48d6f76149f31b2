"""How many parts a text takes, against a library that asks the same question."""

import smsutil
from hypothesis import given
from hypothesis import strategies as st

from notifications.catalogue.sms_parts import first_fitting, gsm7, sms_parts

GSM = "@£$¥èéùìòÇØøÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !#%&()*+,-./09:;<=>?¡AZÄÖÑÜ§¿azäöñüà\n\r"
EXTENDED = "^{}\\[~]|€\f"


@given(st.text(alphabet=GSM + EXTENDED, max_size=500))
def test_in_the_gsm_alphabet_it_counts_as_others_do(text: str) -> None:
    assert sms_parts(text) == (len(smsutil.split(text).parts) if text else 0)


@given(st.text(alphabet="añłПあ 😀", max_size=300))
def test_beyond_it_too(text: str) -> None:
    assert sms_parts(text) == (len(smsutil.split(text).parts) if text else 0)


def test_a_letter_of_two_units_is_not_cut_in_half() -> None:
    assert [sms_parts("a" * 158 + "€"), sms_parts("a" * 159 + "€")] == [1, 2]
    assert sms_parts(("a" * 152 + "€") * 2 + "a" * 151) == 4


@given(st.text(min_size=1))
def test_what_was_made_gsm_is_gsm(text: str) -> None:
    assert smsutil.split(gsm7(text)).encoding in ("gsm0338", None)


def test_what_it_looks_like_stays() -> None:
    assert gsm7("Łódź – “P’1”…") == '?odz - "P\'1"...'


def test_the_fullest_text_that_fits_is_taken() -> None:
    assert first_fitting(["a" * 161, "b" * 160, "c"]) == "b" * 160
    assert first_fitting(["a" * 161, "b" * 161]) == "b" * 161

"""A call that Twilio signed once cannot be played again as another: its fields can be cut in one way only."""

from collections.abc import Mapping
from urllib.parse import urlencode

import pytest
from pydantic import SecretStr

from notifications.providers.report import MalformedCallback
from notifications.providers.twilio.callback import check_fields, is_signed, read_form
from tests.contract.forgeries import PUBLIC, SIGN

ACCOUNT = "AC" + "1" * 32
SID = "SM" + "0123456789abcdef" * 2
URL = f"{PUBLIC}/v1/twilio/inbound"
FORM: Mapping[str, str] = {
    "AccountSid": ACCOUNT,
    "ApiVersion": "2010-04-01",
    "Body": "STOP",
    "From": "+447700900199",
    "MessageSid": SID,
    "NumMedia": "0",
    "SmsMessageSid": SID,
    "SmsSid": SID,
    "To": "+447700900123",
}
TEXT = "".join(name + value for name, value in FORM.items())  # what is signed, after the address


def cut(*fields: tuple[str, str]) -> dict[str, str]:
    """The same letters, cut into other fields: the signature is as good as it was."""
    form = dict(fields)
    assert "".join(name + form[name] for name in sorted(form)) == TEXT
    assert is_signed(URL, form, SIGN(URL, dict(FORM)), SecretStr("twilio-token"))
    return form


def after(name: str) -> str:
    """What is signed after a field."""
    return TEXT.partition(f"{name}{FORM[name]}")[2]


BEFORE_SID = tuple((name, FORM[name]) for name in ("AccountSid", "ApiVersion", "Body", "From"))
REPLAYED = {
    "the id and all behind it": cut(*BEFORE_SID, ("MessageSid", SID + after("MessageSid"))),
    "the id and the next field": cut(
        *BEFORE_SID, ("MessageSid", f"{SID}NumMedia0"), *((name, FORM[name]) for name in list(FORM)[-3:])
    ),
    "a part of the id": cut(*BEFORE_SID, ("MessageSid", SID[:12]), (SID[12:] + "NumMedia", "0" + after("NumMedia"))),
    "all but the id in a name": cut((TEXT.partition("MessageSid")[0] + "MessageSid", SID + after("MessageSid"))),
    "number and id": cut(*BEFORE_SID[:3], ("From", "+447700900199MessageSid" + SID + after("MessageSid"))),
    "the account and what follows": cut(("AccountSid", TEXT.partition("AccountSid")[2])),
}  # fmt: skip


@pytest.mark.parametrize("form", REPLAYED.values(), ids=list(REPLAYED))
def test_a_call_whose_fields_were_run_together_is_refused(form: dict[str, str]) -> None:
    with pytest.raises(MalformedCallback):
        check_fields(read_form(urlencode(form).encode()), ACCOUNT)


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"From": ""},
        {"From": "24273"},
        {"From": "whatsapp:+447700900199"},
        {"To": "DUDLEY"},
        {"Body": "MessageSidSM1 \x00 whatever"},
        {"MessageSid": "MM" + "F" * 32, "SmsMessageSid": "MM" + "F" * 32, "SmsSid": "MM" + "F" * 32},
        {"MessageStatus": "a_new_word", "ErrorCode": "30003"},
        {"OptOutType": "STOP", "MediaContentType0": "image/jpeg"},
    ],
)
def test_a_genuine_call_is_taken(changed: dict[str, str]) -> None:
    check_fields(dict(FORM) | changed, ACCOUNT)


def test_a_short_id_is_taken_too() -> None:
    check_fields({"MessageSid": "SM1", "From": "+447700900199", "Body": "STOP"}, ACCOUNT)


@pytest.mark.parametrize(
    "changed",
    [
        {"AccountSid": "AC" + "2" * 32},
        {"SmsSid": "SM" + "f" * 32},
        {"From": "+447700900199\x00"},
        {"MessageStatus": "deliveredMessageSid"},
        {"lower": "1"},
    ],
)
def test_a_call_with_a_field_that_is_not_itself_is_refused(changed: dict[str, str]) -> None:
    with pytest.raises(MalformedCallback):
        check_fields(dict(FORM) | changed, ACCOUNT)

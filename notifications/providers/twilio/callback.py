"""What Twilio calls us with, believed only with its signature: a form about a text of ours, or one that came in."""

import re
from collections.abc import Mapping
from datetime import datetime
from urllib.parse import parse_qsl

from pydantic import SecretStr
from twilio.request_validator import RequestValidator

from config.settings import current_secrets
from notifications.providers.report import DeliveryReport, MalformedCallback, fault_number
from notifications.providers.twilio.statuses import STATUSES

_MOST_FIELDS = 200
_PRINTABLE = re.compile(r"[!-~]{1,64}")
# Twilio signs names and values run together, without anything between them. A call that is played again with its fields
# cut elsewhere has a good signature. So each field must look like itself: then there is one way only to cut them.
_NAME = re.compile(r"[A-Z][A-Za-z0-9_]{0,39}")
_SID = re.compile(r"(SM|MM)([0-9A-Fa-f]{32}|[0-9a-z]{1,31})")
_SAME_SID = ("SmsSid", "SmsMessageSid")
_STATUS = re.compile(r"[a-z_-]{1,20}")
_ADDRESS = re.compile(r"([a-z]{1,12}:)?\+?[A-Za-z0-9 ._@-]{1,64}")
_ADDRESSES = ("From", "To")


def read_form(body: bytes) -> dict[str, str]:
    """The fields of a call. Raises `MalformedCallback`."""
    try:
        pairs = parse_qsl(
            body.decode("ascii"), keep_blank_values=True, encoding="utf-8", errors="strict", max_num_fields=_MOST_FIELDS
        )
    except ValueError:
        raise MalformedCallback("The body is no form.") from None
    form = dict(pairs)
    if len(form) != len(pairs):
        raise MalformedCallback("The form has a field twice.")
    return form


def check_fields(form: Mapping[str, str], account_sid: str | None) -> None:
    """See that each field of a signed call looks like itself, and that the account is ours. Raises `MalformedCallback`.

    The words of a person may be any.
    """
    if not all(_NAME.fullmatch(name) for name in form):
        raise MalformedCallback("A field has a name that Twilio does not use.")
    sid = message_sid(form)
    if not _SID.fullmatch(sid):
        raise MalformedCallback("MessageSid is none of Twilio's.")
    if any(form.get(name, sid) != sid for name in _SAME_SID):
        raise MalformedCallback("The ids of the message differ.")
    if account_sid is not None and form.get("AccountSid", account_sid) != account_sid:
        raise MalformedCallback("The account is not ours.")
    if not all(_ADDRESS.fullmatch(form.get(name) or "-") for name in _ADDRESSES):
        raise MalformedCallback("From or To is no number.")
    if not _STATUS.fullmatch(form.get("MessageStatus", "-")):
        raise MalformedCallback("MessageStatus is no word.")


def is_signed(url: str, form: Mapping[str, str], signature: str, tokens: SecretStr) -> bool:
    """Whether Twilio signed this form for this address, with one of our tokens."""
    return any(RequestValidator(token).validate(url, form, signature) for token in current_secrets(tokens))


def message_sid(form: Mapping[str, str]) -> str:
    """Twilio's id of the text. Raises `MalformedCallback`."""
    sid = form.get("MessageSid", "")
    if not _PRINTABLE.fullmatch(sid):
        raise MalformedCallback("MessageSid is missing.")
    return sid


def report_of(form: Mapping[str, str], attempt_id: str, at: datetime) -> DeliveryReport | None:
    """How far a text of ours has come. None: Twilio has no such word. Raises `MalformedCallback`.

    `attempt_id`: as the address that was called has it, which is ours.
    """
    sid, status = message_sid(form), form.get("MessageStatus", "")
    standing = STATUSES.get(status)
    if standing is None:
        return None
    named = attempt_id if _PRINTABLE.fullmatch(attempt_id) else None
    error = fault_number(form.get("ErrorCode"))
    return DeliveryReport("twilio", status, standing, at, provider_id=sid, attempt_id=named, error=error)

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
_SID = re.compile(r"[!-~]{1,64}")


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


def is_signed(url: str, form: Mapping[str, str], signature: str, tokens: SecretStr) -> bool:
    """Whether Twilio signed this form for this address, with one of our tokens."""
    return any(RequestValidator(token).validate(url, form, signature) for token in current_secrets(tokens))


def message_sid(form: Mapping[str, str]) -> str:
    """Twilio's id of the text. Raises `MalformedCallback`."""
    sid = form.get("MessageSid", "")
    if not _SID.fullmatch(sid):
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
    named = attempt_id if _SID.fullmatch(attempt_id) else None
    error = fault_number(form.get("ErrorCode"))
    return DeliveryReport("twilio", status, standing, at, provider_id=sid, attempt_id=named, error=error)
